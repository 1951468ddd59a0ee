"""What a story is, and how it must end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.errors import Code
from bot.core.request import Outcome
from bot.demo.stage import CHANNEL, Stage

Deed = Callable[[Stage], Awaitable[None]]
BOTH = ("TSM", "TSM-SSH")
"""the host's services that the bot starts; it stops the same ones, in the other order"""
OPENED = ("planned", "voted", "prepared")
COME_BACK = ("released", "crash-seen", "dump-written", "rebooted")
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
    thread: tuple[str, ...] = ()
    """the kinds of the entries in the thread"""
    nmis: int = 0
    """how many NMIs must have reached the machine"""
    started: tuple[str, ...] = ()
    """the services that the bot starts, each by one call and stopped by one, last started first"""
    told: tuple[Refusal, ...] = ()
    """all that is said to one person alone"""
    log: tuple[str, ...] = ()
    """what the bot's log warns of; of nothing else"""
    prepare: Deed = nothing
    """how this lab differs, before the bot starts"""
    asks: str = "DumpTest support case 4711"
    """what alice types after ``/vmdump``"""
    channel: str = CHANNEL
