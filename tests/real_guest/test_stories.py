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

PANIC = "Kernel panic - not syncing: NMI: Not continuing"
Fact = Callable[[Stage, Machine, dict[str, Any]], Awaitable[None]]


async def captured(lab: Stage, machine: Machine, record: dict[str, Any]) -> None:
    """What the bot says of the vmcore is what is in the guest."""
    assert {"crash-event", "kernel-crashed"} <= set(data(record, "crash-seen")["witnesses"])
    assert PANIC in console(machine)
    assert any(PANIC in message.text for message in lab.messages())
    judged = data(record, "judged")
    vmcore = await machine.agent.look(judged["file"]["path"])
    assert vmcore is not None
    assert vmcore.size == judged["file"]["size"] == judged["facts"]["expected_size"]
    assert vmcore.modified >= lab.world.nmis[0].at
    assert judged["facts"]["format"] == "kdump"
    checks = {check["name"]: check for part in judged["verdict"].values() for check in part}
    assert {"memory", "cpus", "panic", "crash-time", "host-name"} <= set(checks)
    assert {check["answer"] for check in checks.values()} == {"yes"}
    assert PANIC in checks["panic"]["found"]


async def dazed(lab: Stage, machine: Machine, record: dict[str, Any]) -> None:
    assert data(record, "no-crash")["heartbeat"] == "green"
    assert "Dazed and confused, but trying to continue" in console(machine)
    assert "Kernel panic" not in console(machine)
    assert not [each for each in await machine.agent.look_into("/var/crash") if each.path[-1] != "."]
    assert lab.world.vm(DEBIAN[0]).guest.crashes == 0


FACTS: dict[str, Fact] = {"linux-kdump": captured, "linux-nmi-ignored": dazed}


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
