"""Hosts that do not let the bot do what was approved: everything is put back, and no NMI has been sent."""

from __future__ import annotations

from bot.core.request import Outcome
from bot.demo.stage import HOST, Stage
from bot.demo.stories.deeds import approve
from bot.demo.story import BOTH, OPENED, Story
from bot.lab.vmdumper import REFUSING

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
"""a key of somebody else's host"""
FAILED = (*OPENED, "failed", "released", "closed")


async def _no_port(stage: Stage) -> None:
    stage.world.host(HOST).ssh_refused = True


async def _other_password(stage: Stage) -> None:
    stage.environment["ESXI_ROOT"] = "as-it-was-last-month"


async def _other_key(stage: Stage) -> None:
    known_hosts = stage.folder / "known_hosts"
    where, *_ = known_hosts.read_text(encoding="utf-8").split()
    known_hosts.write_text(f"{where} {OTHER_KEY}\n", encoding="utf-8")


async def _no_such_world(stage: Stage) -> None:
    stage.world.host(HOST).vmdumper = REFUSING


STORIES = (
    Story(
        "ssh-refused",
        "SSH was started and its port stays closed: everything is put back",
        Outcome.FAILED,
        approve,
        thread=FAILED,
        started=BOTH,
        log=("fire failed: ssh-unreachable",),
        prepare=_no_port,
    ),
    Story(
        "wrong-root-password",
        "the host takes the login for a stranger's: everything is put back",
        Outcome.FAILED,
        approve,
        thread=FAILED,
        started=BOTH,
        log=("fire failed: ssh-login",),
        prepare=_other_password,
    ),
    Story(
        "host-key-changed",
        "the host shows another key than the pinned one: no password is sent to it",
        Outcome.FAILED,
        approve,
        thread=FAILED,
        started=BOTH,
        log=("fire failed: ssh-host-key",),
        prepare=_other_key,
    ),
    Story(
        "world-vanished",
        "vmdumper answers that the world is invalid: the machine runs on",
        Outcome.FAILED,
        approve,
        thread=(*OPENED, "nmi-not-sent", "released", "closed"),
        started=BOTH,
        prepare=_no_such_world,
    ),
)
