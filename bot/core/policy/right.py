"""What a rule can give, or explicitly deny."""

from __future__ import annotations

from enum import StrEnum

from bot.core.purpose import Purpose


class Right(StrEnum):
    REQUEST = "request"
    CHECK = "check"
    """readiness without a request"""
    REHEARSE = "rehearse"
    ARM = "arm"
    """changing a guest so that it dumps"""
    APPROVE = "approve"
    DENY = "deny"
    CANCEL = "cancel"
    """other people's requests; requesters may always cancel their own"""
    OVERRIDE_READINESS = "override-readiness"
    COLLECT = "collect"
    READ_RECORD = "read-record"
    READ_EVIDENCE = "read-evidence"
    EXPORT_EVIDENCE = "export-evidence"
    DELETE_EVIDENCE = "delete-evidence"
    RESTORE = "restore"
    """having put back what a capture still holds"""
    BREAK_GLASS = "break-glass"
    """instead of quorum, of somebody else's approval and of freeze windows; nothing else, so that whoever is
    denied approving does not hold it"""

    @classmethod
    def to_ask_for(cls, purpose: Purpose) -> Right:
        """The right that a request for this purpose takes."""
        match purpose:
            case Purpose.CAPTURE:
                return cls.REQUEST
            case Purpose.REHEARSAL:
                return cls.REHEARSE
            case Purpose.ARM:
                return cls.ARM
