"""What a request is for."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    CAPTURE = "capture"
    REHEARSAL = "rehearsal"
    """everything of a capture but the NMI"""
    ARM = "arming"
    """changing the guest so that it writes a dump when it crashes"""
