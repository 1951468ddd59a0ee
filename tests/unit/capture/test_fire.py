"""The right world gets one NMI at most, whatever goes wrong around it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

from bot.capture.ports import NmiAnswer
from bot.core.errors import Code, VmdumpError
from bot.core.events import Failed, NmiIntended, NmiNotSent, NmiSent, NmiUnknown, WorldFound
from bot.core.request import Outcome, Request, State
from bot.store.commit import Committed, Step, WrongState
from tests.unit.capture.site import Site
from tests.unit.capture.world import AWAY, LOST, SENT, Killed
from tests.unit.core.things import REQUEST, WORLD_ID, machine, target, world


@pytest.fixture
async def prepared(lab: Site) -> Site:
    await lab.approved()
    await lab.run(until="fire")
    lab.world.effects.clear()
    return lab


def nmis(lab: Site) -> int:
    return lab.world.effects.count(f"nmi {WORLD_ID}")


async def fire(lab: Site) -> Request:
    return await lab.run(until="release")


async def test_the_world_that_is_the_target_gets_one(prepared: Site) -> None:
    sent = await fire(prepared)
    assert (sent.state, sent.world_id) == (State.SENT, WORLD_ID)
    assert nmis(prepared) == 1
    kinds = await prepared.kinds()
    order = [WorldFound.kind, NmiIntended.kind, NmiSent.kind]
    assert [kind for kind in kinds if kind in order] == order
    assert (await prepared.one(NmiSent)).output == SENT.output


@pytest.mark.parametrize(
    ("answer", "state", "outcome", "kind"),
    [
        (SENT.model_copy(update={"answer": NmiAnswer.UNKNOWN}), State.SENT, None, NmiUnknown),
        (SENT.model_copy(update={"answer": NmiAnswer.NOT_SENT}), State.ENDING, Outcome.FAILED, NmiNotSent),
        (AWAY, State.ENDING, Outcome.FAILED, NmiNotSent),
        (LOST, State.SENT, None, NmiUnknown),
        (ConnectionResetError("gone"), State.SENT, None, NmiUnknown),
    ],
)
async def test_only_a_certain_answer_counts(
    prepared: Site, answer: object, state: State, outcome: Outcome | None, kind: type
) -> None:
    prepared.world.answer = answer  # type: ignore[assignment]
    ended = await fire(prepared)
    assert (ended.state, ended.outcome) == (state, outcome)
    assert len([e for e in await prepared.events() if isinstance(e, kind)]) == 1
    assert nmis(prepared) == 1
    await fire(prepared)
    assert nmis(prepared) == 1


@pytest.mark.parametrize("point", ["nmi", "call nmi", "nmi/result"])
async def test_killed_around_it_there_is_no_second_one(prepared: Site, point: str) -> None:
    async def hook(reached: str) -> None:
        if reached == point:
            raise Killed(point)

    prepared.world.hook = hook
    with pytest.raises(Killed):
        await fire(prepared)
    prepared.world.hook = None
    before = nmis(prepared)
    assert before == (0 if point == "nmi" else 1)
    assert (await fire(prepared)).state is State.SENT
    assert nmis(prepared) == before
    unknown = [e.restarted for e in await prepared.events() if isinstance(e, NmiUnknown)]
    assert unknown == ([] if point == "nmi/result" else [True])


def failing_commits(lab: Site, key: str, error: Exception, *, written: bool) -> None:
    """Has the commit under that key raise, once, after it was written or without."""
    real = lab.tools.committer.commit

    async def commit(
        request_id: str, name: str, decide: Callable[[Request], Step], *, actor: str = "vmdump"
    ) -> Committed:
        if name == key:
            lab.tools.committer.commit = real  # type: ignore[method-assign]
            if written:
                await real(request_id, name, decide, actor=actor)
            raise error
        return await real(request_id, name, decide, actor=actor)

    lab.tools.committer.commit = commit  # type: ignore[method-assign, assignment]


DISK = OperationalError("COMMIT", {}, Exception("disk I/O error"))


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("key", ["nmi", "nmi/result"])
async def test_a_database_that_fails_there_leads_to_no_second_one(
    prepared: Site, key: str, written: bool
) -> None:
    failing_commits(prepared, key, DISK, written=written)
    with pytest.raises(OperationalError):
        await fire(prepared)
    before = nmis(prepared)
    assert before == (0 if key == "nmi" else 1)
    await fire(prepared)
    # Where not even the intent was written, the next run sends the first one.
    assert nmis(prepared) == (1 if (key, written) == ("nmi", False) else before)


async def test_a_state_that_does_not_allow_it_sends_none(prepared: Site) -> None:
    request = await prepared.request()
    failing_commits(prepared, "nmi", WrongState(request, State.FIRING), written=False)
    assert (await fire(prepared)).state is State.PREPARED
    assert nmis(prepared) == 0


async def test_an_intent_that_another_run_wrote_first_sends_none(prepared: Site) -> None:
    """Two runs pass the first look together; the second one's intent is not new."""
    find = prepared.tools.reader.find

    async def nothing_yet(journal: str, key: str) -> object:
        prepared.tools.reader.find = find  # type: ignore[method-assign]
        await fire(prepared)
        return None

    await prepared.start()
    prepared.tools.reader.find = nothing_yet  # type: ignore[method-assign, assignment]
    from bot.capture.fire import fire as phase

    await phase(prepared.tools, await prepared.request())
    assert nmis(prepared) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda w: setattr(w, "rows", ()), Code.WORLD_NOT_FOUND),
        (lambda w: setattr(w, "rows", (world(), world(world_id=5))), Code.WORLD_AMBIGUOUS),
        (lambda w: setattr(w, "machine", machine(target=target(host_moid="host-7"))), Code.MOVED),
        (lambda w: setattr(w, "machine", machine(target=target(vmx_path="/vmfs/x"))), Code.MOVED),
        (lambda w: setattr(w, "machine", machine(power="poweredOff")), Code.NOT_READY),
        (lambda w: setattr(w, "machine", machine(question="?")), Code.NOT_READY),
        (lambda w: w.failing.update(signs=[AWAY]), AWAY.code),
        (lambda w: w.failing.update(worlds=[AWAY]), AWAY.code),
        (lambda w: w.failing.update(ssh=[VmdumpError(Code.SSH_HOST_KEY, host="h")]), Code.SSH_HOST_KEY),
        (lambda w: w.clock.advance(3601), Code.STALE_APPROVAL),
    ],
)
async def test_a_doubt_before_it_ends_the_capture_and_puts_all_back(
    prepared: Site, change: Callable[[object], None], code: Code
) -> None:
    change(prepared.world)
    ended = await prepared.run()
    assert (ended.state, ended.outcome) == (State.CLOSED, Outcome.FAILED)
    assert (await prepared.one(Failed)).code is code
    assert nmis(prepared) == 0
    assert prepared.world.running == []
    await prepared.check_the_end()


async def test_the_world_that_was_found_by_each_run_is_in_the_record(prepared: Site) -> None:
    async def hook(point: str) -> None:
        if point.startswith("world/"):
            raise Killed(point)

    prepared.world.hook = hook
    with pytest.raises(Killed):
        await fire(prepared)
    prepared.world.hook = None
    prepared.world.rows = (world(cartel_id=1),)
    await fire(prepared)
    found = [e.cartel_id for e in await prepared.events() if isinstance(e, WorldFound)]
    assert found == [WORLD_ID - 3, 1]
    assert (await prepared.request(REQUEST)).state is State.SENT
