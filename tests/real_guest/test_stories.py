"""The whole bot at a machine whose guest is real."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.demo.launching import Launch
from bot.demo.play import LONGEST, perform
from bot.demo.stage import Stage, stage
from bot.demo.stories import REAL
from bot.demo.worlds import DEBIAN, QEMU
from bot.lab.qemu.machine import Machine
from tests.scenario.kit import data

pytestmark = [pytest.mark.slow, pytest.mark.timeout(LONGEST[QEMU])]

Fact = Callable[[Stage, Machine, dict[str, Any]], Awaitable[None]]


async def crashed(lab: Stage, machine: Machine, record: dict[str, Any]) -> None:
    seen = data(record, "crash-seen")
    assert seen["witnesses"] == ["crash-event", "heartbeat-lost", "kernel-crashed"]
    assert "Kernel panic - not syncing: NMI: Not continuing" in console(machine)
    vmcores = [found for found in await machine.agent.look_into("/var/crash") if "127.0.0.1-" in found.path]
    assert len(vmcores) == 1
    vmcore = await machine.agent.look(f"{vmcores[0].path}/vmcore")
    assert vmcore is not None
    assert vmcore.modified >= lab.world.nmis[0].at


async def dazed(lab: Stage, machine: Machine, record: dict[str, Any]) -> None:
    assert data(record, "no-crash")["heartbeat"] == "green"
    assert "Dazed and confused, but trying to continue" in console(machine)
    assert "Kernel panic" not in console(machine)
    assert lab.world.vm(DEBIAN[0]).guest.crashes == 0


FACTS: dict[str, Fact] = {"linux-kdump": crashed, "linux-nmi-ignored": dazed}


def console(machine: Machine) -> str:
    return machine.console.read_text(errors="replace")


def test_all_have_their_facts() -> None:
    assert list(FACTS) == list(REAL)


@pytest.mark.parametrize("name", FACTS)
async def test_a_story_ends_as_it_must(name: str, tmp_path: Path, launch: Launch) -> None:
    story = REAL[name]
    async with stage(tmp_path, world=story.world, guest=story.guest, launch=launch) as made:
        records, wrong = await perform(story, made)
        assert wrong == []
        machine = made.world.vm(DEBIAN[0]).machine
        assert machine is not None
        await FACTS[name](made, machine, records[0])
