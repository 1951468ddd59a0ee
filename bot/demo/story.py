"""What a story is, and how it must end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.core.errors import Code
from bot.core.request import Outcome
from bot.demo.stage import CHANNEL, Stage
from bot.demo.worlds import ARTICLE, SIMULATED

Deed = Callable[[Stage], Awaitable[None]]
DUMPTEST, DUMPTEST2 = "vm-101", "vm-102"
PAYDB, KDUMP, STUBBORN = "vm-101", "vm-102", "vm-113"
"""of another vCenter"""
SSH = ("TSM-SSH",)
BOTH = ("TSM", "TSM-SSH")
"""the host's services that the bot starts; it stops the same ones, in the other order"""
OPENED = ("planned", "voted", "prepared")
COME_BACK = ("released", "crash-seen", "dump-written", "rebooted")
AFTER_API = (*COME_BACK[1:], "guards-released")
CAPTURED = (*OPENED, "nmi-sent", *COME_BACK, "judged", "closed")


async def nothing(_: Stage) -> None:
    """The lab is as the article has it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What one person alone is told."""

    who: str
    code: Code
    words: str


@dataclass(frozen=True, slots=True)
class Story:
    name: str
    summary: str
    outcome: Outcome | None
    """what the record must say in the end; None if no request is ever opened"""
    act: Deed
    """what people do once alice has asked, up to the last thing that anybody does"""
    guest: str = SIMULATED
    """what runs in the machines"""
    world: str = ARTICLE
    """the vCenter of its machines, by its name in the settings"""
    targets: tuple[str, ...] = (DUMPTEST,)
    """the machines that an NMI may reach, each one at most, by their managed object ids"""
    thread: tuple[str, ...] = ()
    """the kinds of the entries in the thread"""
    later: tuple[tuple[str, ...], ...] = ()
    """the same of further requests, in the order of their closing"""
    nmis: int = 0
    """how many NMIs must have reached machines"""
    via: str = "vmdumper"
    """how they came there"""
    started: tuple[str, ...] = ()
    """the services that the bot starts for each request, each by one call and stopped by one, last started
    first"""
    left: Mapping[str, str] = field(default_factory=dict)
    """how things are in the end that somebody else changed meanwhile: the bot leaves them alone"""
    told: tuple[Refusal, ...] = ()
    """what one person alone is refused"""
    answered: tuple[str, ...] = ()
    """what one person alone is told besides: words of each answer, in their order"""
    log: tuple[str, ...] = ()
    """what the bot's log warns of; of nothing else"""
    prepare: Deed = nothing
    """how this lab differs, before the bot starts"""
    asks: str = "DumpTest support case 4711"
    """what alice types after ``/vmdump``"""
    channel: str = CHANNEL
