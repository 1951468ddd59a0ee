"""Is the file in the guest a complete dump of this machine and this crash?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.errors import Code, VmdumpError
from bot.core.events import DumpFound, DumpGrowing, Judged, NotVerified
from bot.core.request import Outcome, Request, State
from tests.unit.capture.site import Site
from tests.unit.capture.world import AWAY, World
from tests.unit.core.things import GIB, dump_file, facts

WHOLE = 4 * GIB + 8192
LOGIN = VmdumpError(Code.GUEST_LOGIN, vm="DumpTest")
BUSY = VmdumpError(Code.GUEST_UNAVAILABLE, vm="DumpTest")
FORMAT = VmdumpError(Code.DUMP_FORMAT, reason="no signature")


async def rebooted(lab: Site) -> None:
    await lab.approved()
    assert (await lab.run(until="verify")).state is State.REBOOTED


async def verify(lab: Site) -> Request:
    ended = await lab.run(until="finish")
    assert ended.state is State.VERIFIED
    return ended


def grow(world: World, size: int) -> None:
    world.file = dump_file(size=size, modified_at=world.clock.now())


async def test_a_good_dump_is_captured_once_it_stays_the_same(lab: Site) -> None:
    """Of its full length it may be before it is filled."""
    await rebooted(lab)
    before = lab.world.clock.now()
    assert (await verify(lab)).outcome is Outcome.CAPTURED
    assert (lab.world.clock.now() - before).total_seconds() == lab.tools.times.poll
    assert (await lab.one(Judged)).verdict.proved
    assert (await lab.one(DumpFound)).file == lab.world.file
    assert DumpGrowing.kind not in await lab.kinds()


async def test_a_file_that_grows_is_waited_for(lab: Site) -> None:
    await rebooted(lab)
    grow(lab.world, 1 * GIB)
    for n in (2, 3):
        lab.world.after(40 * n, lambda n=n: grow(lab.world, n * GIB))  # type: ignore[misc]
    lab.world.after(160, lambda: grow(lab.world, WHOLE))
    assert (await verify(lab)).outcome is Outcome.CAPTURED
    said = await lab.one(DumpGrowing)
    assert (said.file.size, said.expected_size) == (2 * GIB, WHOLE)
    assert 0 < said.wait_seconds < lab.tools.times.settle_of(4096)


@pytest.mark.parametrize(
    ("missing", "outcome"), [(0, Outcome.CAPTURED), (1, Outcome.INCOMPLETE), (GIB, Outcome.INCOMPLETE)]
)
async def test_a_file_that_stays_too_short_is_incomplete(lab: Site, missing: int, outcome: Outcome) -> None:
    await rebooted(lab)
    grow(lab.world, WHOLE - missing)
    before = lab.world.clock.now()
    assert (await verify(lab)).outcome is outcome
    waited = (lab.world.clock.now() - before).total_seconds()
    assert waited == (lab.tools.times.settle_of(4096) if missing else lab.tools.times.poll)
    judged = await lab.one(Judged)
    assert judged.facts.expected_size - judged.file.size == missing


async def test_the_older_dump_is_waited_out_and_then_named(lab: Site) -> None:
    old = dump_file(modified_at=dump_file().modified_at - timedelta(days=27))
    lab.world.file = old
    await rebooted(lab)
    lab.world.file, lab.world.facts = old, facts(crashed_at=old.modified_at)
    assert (await verify(lab)).outcome is Outcome.INCOMPLETE
    verdict = (await lab.one(Judged)).verdict
    assert {c.name for c in verdict.disproved} == {"newer", "crash-time"}
    assert verdict.old


async def test_without_a_look_before_the_nmi_its_clock_tells_an_older_dump(lab: Site) -> None:
    """A hung guest, as most are, cannot be asked before."""
    lab.world.failing = {"guest_file": [BUSY, BUSY]}
    await rebooted(lab)
    lab.world.facts = facts(crashed_at=dump_file().modified_at - timedelta(days=27))
    assert (await verify(lab)).outcome is Outcome.INCOMPLETE
    verdict = (await lab.one(Judged)).verdict
    assert verdict.old
    assert "newer" not in {c.name for c in verdict.ours}


async def test_a_new_file_with_a_wrong_clock_is_not_called_old(lab: Site) -> None:
    await rebooted(lab)
    lab.world.facts = facts(crashed_at=dump_file().modified_at - timedelta(days=27))
    assert (await verify(lab)).outcome is Outcome.NOT_VERIFIED
    assert not (await lab.one(Judged)).verdict.old


async def test_another_machines_dump_is_not_ours(lab: Site) -> None:
    await rebooted(lab)
    lab.world.facts = facts(memory=8 * GIB, cpus=8)
    assert (await verify(lab)).outcome is Outcome.INCOMPLETE
    assert {c.name for c in (await lab.one(Judged)).verdict.disproved} == {"memory", "cpus"}


async def test_what_the_header_does_not_say_is_not_verified(lab: Site) -> None:
    await rebooted(lab)
    lab.world.facts = facts(bug_check=None)
    assert (await verify(lab)).outcome is Outcome.NOT_VERIFIED


@pytest.mark.parametrize(
    ("path", "failing", "outcome", "code", "at_once"),
    [
        (None, {}, Outcome.NOT_VERIFIED, Code.NO_GUEST_CREDENTIALS, True),
        ("x", {"guest_file": LOGIN}, Outcome.NOT_VERIFIED, Code.GUEST_LOGIN, True),
        ("x", {"guest_file": BUSY}, Outcome.NOT_VERIFIED, Code.GUEST_UNAVAILABLE, False),
        ("x", {"guest_piece": AWAY}, Outcome.NOT_VERIFIED, AWAY.code, False),
        ("x", {"read": FORMAT}, Outcome.INCOMPLETE, Code.DUMP_FORMAT, False),
    ],
)
async def test_what_cannot_be_read_is_said(
    lab: Site,
    path: str | None,
    failing: dict[str, BaseException],
    outcome: Outcome,
    code: Code,
    at_once: bool,
) -> None:
    lab.world.dump_path = path
    await rebooted(lab)
    lab.world.always_failing.update(failing)
    before = lab.world.clock.now()
    assert (await verify(lab)).outcome is outcome
    assert (await lab.one(NotVerified)).code is code
    assert (lab.world.clock.now() == before) is at_once


async def test_no_file_in_all_the_time_is_incomplete(lab: Site) -> None:
    await rebooted(lab)
    lab.world.file = None
    assert (await verify(lab)).outcome is Outcome.INCOMPLETE
    assert (await lab.one(NotVerified)).code is Code.NO_DUMP


async def test_a_reading_that_fails_in_between_is_forgiven(lab: Site) -> None:
    await rebooted(lab)
    lab.world.failing = {"guest_file": [BUSY, BUSY], "guest_piece": [AWAY], "read": [FORMAT]}
    assert (await verify(lab)).outcome is Outcome.CAPTURED
