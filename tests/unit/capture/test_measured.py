"""The rate at which an earlier dump was written, of captures that were proved and of no others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.capture.measured import SHORTEST, measured_rate
from bot.capture.planning import plan_for
from bot.core.errors import Code, VmdumpError
from bot.core.events import DumpWritten
from bot.core.purpose import Purpose
from bot.core.request import Outcome
from tests.unit.capture.site import Site
from tests.unit.capture.world import World
from tests.unit.core.things import GIB, REQUEST, dump_file, target

VM = target().instance_uuid
SIZE = 4 * GIB + 8192


async def captured(lab: Site, request_id: str = REQUEST) -> Outcome | None:
    """One capture from its approval to its end."""
    await lab.approved(request_id)
    request = await lab.run(request_id=request_id)
    return request.outcome


def crash(world: World, after: float) -> None:
    """As ``World.crash``, with another time for the dump."""
    world.after(1, world._blue)
    world.after(after, world.reboot)


async def seconds_of(lab: Site, request_id: str = REQUEST) -> float:
    (written,) = [e for e in await lab.events(request_id) if isinstance(e, DumpWritten)]
    return written.after_seconds


async def test_the_rate_is_that_of_the_dump_that_was_proved(lab: Site) -> None:
    assert await measured_rate(lab.store.reader, VM) is None
    began = lab.world.clock.now()
    assert await captured(lab) is Outcome.CAPTURED
    measured = await measured_rate(lab.store.reader, VM)
    assert measured is not None
    assert measured.rate == SIZE / await seconds_of(lab)
    assert (measured.request, measured.at) == (REQUEST, began)


async def test_the_next_plan_goes_by_it_and_names_it(lab: Site) -> None:
    first = await plan_for(lab.tools, "vc1", "vm-42")
    await captured(lab)
    second = await plan_for(lab.tools, "vc1", "vm-42")
    assert first.estimate is not None
    assert second.estimate is not None
    assert (first.estimate.measured, second.estimate.measured) == (
        None,
        await measured_rate(lab.store.reader, VM),
    )
    took = await seconds_of(lab)
    least, most = second.estimate.write_seconds
    assert least < took < most
    # A rate that was measured is no part of what people approve.
    assert first.estimate != second.estimate


async def test_of_several_the_newest_that_was_proved_counts(lab: Site) -> None:
    await captured(lab)
    lab.world.clock.advance(86400)
    lab.world.on_nmi = lambda: crash(lab.world, 30)
    await captured(lab, "VD-2222")
    lab.world.clock.advance(86400)
    lab.world.on_nmi = None
    assert await captured(lab, "VD-3333") is Outcome.NO_CRASH
    measured = await measured_rate(lab.store.reader, VM)
    assert measured is not None
    assert measured.request == "VD-2222"
    assert measured.rate == SIZE / await seconds_of(lab, "VD-2222")


async def test_a_dump_that_was_not_proved_says_nothing(lab: Site) -> None:
    lab.world.always_failing["read"] = VmdumpError(Code.DUMP_FORMAT, reason="no signature")
    assert await captured(lab) is not Outcome.CAPTURED
    assert await seconds_of(lab) >= SHORTEST
    assert await measured_rate(lab.store.reader, VM) is None


async def test_a_rehearsal_says_nothing(lab: Site) -> None:
    await lab.approved(purpose=Purpose.REHEARSAL)
    assert (await lab.run()).outcome is Outcome.REHEARSED
    assert await measured_rate(lab.store.reader, VM) is None


async def test_what_was_over_too_soon_says_nothing(lab: Site) -> None:
    lab.world.on_nmi = lambda: crash(lab.world, 6)
    assert await captured(lab) is Outcome.CAPTURED
    assert await seconds_of(lab) < SHORTEST
    assert await measured_rate(lab.store.reader, VM) is None


async def test_another_machine_has_none(lab: Site) -> None:
    await captured(lab)
    assert await measured_rate(lab.store.reader, "502a0c3e-0000-0000-0000-000000000002") is None


@pytest.mark.parametrize("grown", [2, 3])
async def test_of_a_dump_that_was_copied_its_last_size_counts(lab: Site, grown: int) -> None:
    come_up = lab.world.come_up

    def copying() -> None:
        come_up()
        lab.world.file = dump_file(size=GIB, modified_at=lab.world.clock.now())
        at = lab.world.clock.now() + timedelta(seconds=10 * grown)
        lab.world.after(10 * grown, lambda: setattr(lab.world, "file", dump_file(size=SIZE, modified_at=at)))

    lab.world.come_up = copying  # type: ignore[method-assign]
    assert await captured(lab) is Outcome.CAPTURED
    measured = await measured_rate(lab.store.reader, VM)
    assert measured is not None
    assert measured.rate == SIZE / await seconds_of(lab)
