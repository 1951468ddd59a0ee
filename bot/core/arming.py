"""What somebody wants of arming a guest, and what that comes to."""

from __future__ import annotations

from enum import StrEnum

from bot.core.value import Value


class DumpWish(StrEnum):
    """How much of the memory a Windows guest is to write."""

    COMPLETE = "complete"
    KERNEL = "kernel"
    ACTIVE = "active"
    AUTOMATIC = "automatic"


class ArmWish(Value):
    dump: DumpWish = DumpWish.COMPLETE
    """Linux guests write what their kdump is set to"""
    restart: bool = False
    """whether the guest may be restarted, where what is changed counts only then"""
