"""A guest that is real: its kernel panics by the NMI, and kdump writes the vmcore."""

from __future__ import annotations

from typing import Any

from bot.core.request import Outcome
from bot.demo.settings import change_settings
from bot.demo.stage import Stage
from bot.demo.stories.deeds import approve, let_alice_override
from bot.demo.story import AFTER_API, OPENED, SSH, Story
from bot.demo.worlds import DEBIAN, MODERN, QEMU

NAME, TARGET = DEBIAN
ASKS = f"{NAME} --route ssh support case 4711"


def _patient(stage: Stage, crash: str) -> None:
    """What is emulated takes its real time, and more of it where the machine is busy."""

    def change(site: dict[str, Any]) -> None:
        site["timeouts"].update(call="15s")
        site["watch"].update(crash=crash, dump="180s", settle="60s")
        site["guests"][1].update(dump_file="/var/crash")

    change_settings(stage, change)


async def _armed(stage: Stage) -> None:
    _patient(stage, "60s")


async def _unarmed(stage: Stage) -> None:
    _patient(stage, "20s")
    let_alice_override(stage)
    machine = stage.world.vm(NAME).machine
    if machine is None:
        raise ValueError(f"{NAME} has no guest that is real")
    await machine.agent.run("sysctl -w kernel.unknown_nmi_panic=0")


STORIES = (
    Story(
        "linux-kdump",
        "Debian in QEMU: the kernel panics by the NMI, kdump writes a vmcore, the guest comes back by itself",
        Outcome.CAPTURED,
        approve,
        guest=QEMU,
        world=MODERN,
        targets=(TARGET,),
        thread=(*OPENED, "nmi-sent", "released", *AFTER_API, "kernel-log", "judged", "closed"),
        nmis=1,
        started=SSH,
        prepare=_armed,
        asks=ASKS,
    ),
    Story(
        "linux-nmi-ignored",
        "the same with its sysctl off, as readiness says: alice overrides that, and the kernel runs on",
        Outcome.NO_CRASH,
        approve,
        guest=QEMU,
        world=MODERN,
        targets=(TARGET,),
        thread=(*OPENED, "nmi-sent", "released", "no-crash", "guards-released", "closed"),
        nmis=1,
        started=SSH,
        prepare=_unarmed,
        asks=f"{NAME} --route ssh --override to see whether it is true",
    ),
)
