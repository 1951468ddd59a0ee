"""Guests are asked while they are well."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from bot.capture.sweep import Sweeper
from bot.core.entry import SITE
from bot.core.events import Swept
from tests.unit.capture.site import Site
from tests.unit.capture.world import AWAY
from tests.unit.core.things import machine

EVERY = 6 * 3600.0


class Enough(BaseException):
    """Nobody wants to see more of it."""


async def swept(lab: Site) -> list[Swept]:
    return [e.event for e in await lab.store.reader.journal(SITE) if isinstance(e.event, Swept)]


async def test_a_sweep_keeps_what_guests_tell_and_is_written_down(lab: Site) -> None:
    await Sweeper(lab.tools, "vc1", EVERY).once()
    assert await lab.store.reader.readings(lab.world.machine.target.instance_uuid) is not None
    (event,) = await swept(lab)
    assert (event.vcenter, event.told, event.failed) == ("vc1", 1, {})
    assert lab.world.effects == []


async def test_guests_that_do_not_answer_are_counted_by_what_stood_in_the_way(lab: Site) -> None:
    lab.world.always_failing["registry_values"] = AWAY
    await Sweeper(lab.tools, "vc1", EVERY).once()
    (event,) = await swept(lab)
    assert (event.told, event.failed) == (0, {"vcenter-unreachable": 1})


@pytest.mark.parametrize("why", ["off", "template", "no login", "a request lives"])
async def test_who_is_not_asked_does_not_count(lab: Site, why: str) -> None:
    match why:
        case "off":
            lab.world.machine = machine(power="poweredOff")
        case "template":
            lab.world.machine = machine(template=True)
        case "no login":
            lab.world.logs_in = False
        case _:
            await lab.approved()
    lab.world.asked.clear()
    await Sweeper(lab.tools, "vc1", EVERY).once()
    (event,) = await swept(lab)
    assert (event.told, event.failed) == (0, {})
    assert "registry_values" not in lab.world.asked


async def sweeping(lab: Site, times: int) -> list[float]:
    """Runs a sweeper until it has waited so often; the seconds of each wait."""
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        lab.world.clock.advance(seconds)
        if len(waited) == times:
            raise Enough

    tools = dataclasses.replace(lab.tools, pause=pause)
    with pytest.raises(Enough):
        await Sweeper(tools, "vc1", EVERY).run()
    return waited


async def test_the_first_comes_at_once_and_the_next_in_its_time(lab: Site) -> None:
    assert await sweeping(lab, 2) == [EVERY, EVERY]
    first, second = await lab.store.reader.entries_under(SITE, "swept/vc1/")
    assert second.at - first.at == timedelta(seconds=EVERY)


async def test_a_restart_neither_hastens_nor_delays_it(lab: Site) -> None:
    await Sweeper(lab.tools, "vc1", EVERY).once()
    lab.world.clock.advance(3600)
    assert (await sweeping(lab, 1))[0] == EVERY - 3600


async def test_a_vcenter_that_is_away_is_asked_again_in_its_time(lab: Site) -> None:
    lab.world.failing["names"] = [AWAY]
    assert await sweeping(lab, 2) == [EVERY, EVERY]
    assert len(await swept(lab)) == 1


async def test_what_breaks_a_sweep_ends_nothing_else(lab: Site) -> None:
    lab.world.failing["names"] = [RuntimeError("broken")]
    assert await sweeping(lab, 2) == [EVERY, EVERY]
    assert len(await swept(lab)) == 1
