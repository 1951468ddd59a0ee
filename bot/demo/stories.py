"""The stories that the demo tells, and how each must end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.demo.stage import HOST, Stage


async def _nothing(_: Stage) -> None:
    """The lab is as the article has it."""


@dataclass(frozen=True, slots=True)
class Story:
    name: str
    summary: str
    outcome: str
    """what the record must say in the end"""
    nmis: int
    """how many NMIs must have reached the machine"""
    act: Callable[[Stage], Awaitable[None]]
    """what people do once the plan is in the channel"""
    prepare: Callable[[Stage], Awaitable[None]] = _nothing
    """how this lab differs, before the bot starts"""
    asks: str = "DumpTest support case 4711"
    """what alice types after ``/vmdump``"""
    expires: str | None = None
    """another time for approvals than the shipped rules'"""


async def _approve(stage: Stage) -> None:
    await stage.react("bob", await stage.approval_message())


async def _deny(stage: Stage) -> None:
    await stage.react("bob", await stage.approval_message(), "x")


async def _ignore(stage: Stage) -> None:
    await stage.approval_message()


async def _guest_ignores_nmi(stage: Stage) -> None:
    stage.world.vm("DumpTest").guest.nmi_ignored = True


async def _ssh_runs(stage: Stage) -> None:
    await stage.world.set_service(stage.world.host(HOST), "TSM-SSH", running=True, user="root")


_ALL = (
    Story(
        "windows-ssh",
        "alice asks, bob approves, the guest crashes, dumps and comes back",
        "captured",
        1,
        _approve,
    ),
    Story("denied", "bob reacts with a cross: nothing is changed", "denied", 0, _deny),
    Story("expired", "nobody answers in time: nothing is changed", "expired", 0, _ignore, expires="2s"),
    Story(
        "rehearsal",
        "everything but the NMI: the host is opened, looked at and closed, and each part has its time",
        "rehearsed",
        0,
        _approve,
        asks="rehearse DumpTest before the next incident",
    ),
    Story(
        "nmi-ignored",
        "the guest takes the NMI and runs on",
        "no crash seen",
        1,
        _approve,
        prepare=_guest_ignores_nmi,
    ),
    Story(
        "ssh-already-on",
        "somebody had SSH on before: it is used and stays on",
        "captured",
        1,
        _approve,
        prepare=_ssh_runs,
    ),
)
STORIES = {story.name: story for story in _ALL}
