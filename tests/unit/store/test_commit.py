"""Writing: one transaction, one key, all of it or nothing."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.change import ChangeState
from bot.core.entry import SITE, Shows
from bot.core.errors import Code, VmdumpError
from bot.core.events import AskRefused, Cancelled, Closed, Durations, HeadClosed, RunStarted
from bot.core.request import Outcome, Request, State
from bot.store.commit import Step, WrongState
from bot.store.ledger import ThingTaken
from bot.store.outbox import Address
from tests.unit.core.things import ALICE, CHANNEL, MALLORY, REQUEST, change, request
from tests.unit.store.kit import Store, always, asked, debt

CLOSED = Closed(vm="DumpTest", outcome=Outcome.CANCELLED, changes=0, restored=0, durations=Durations())
REFUSED = AskRefused(person=ALICE, channel=CHANNEL, text="x", code=Code.VM_UNKNOWN, params={"vm": "x"})
TO_ALICE = Address(channel=CHANNEL, person=ALICE)


def closing(*, quiet: bool = False) -> Step:
    events = (Cancelled(person=ALICE), CLOSED)
    return Step(events=events, to=State.CLOSED, set={"outcome": Outcome.CANCELLED}, quiet=quiet)


async def test_a_known_key_changes_nothing_and_gives_what_is_stored(store: Store) -> None:
    await store.open()
    first = await store.committer.commit(REQUEST, "cancel", always(closing()))
    before = await store.tables()
    called: list[Request] = []

    def decide(now: Request) -> Step:
        called.append(now)
        return Step(events=(RunStarted(run=9),), set={"run": 9})

    store.clock.advance(60)
    again = await store.committer.commit(REQUEST, "cancel", decide)
    assert (first.new, again.new) == (True, False)
    assert again.entries == first.entries
    assert again.request == first.request
    assert called == []
    assert await store.tables() == before


async def test_opening_twice_by_one_delivery_gives_the_first_request(store: Store) -> None:
    first = await store.open("delivery/1")
    before = await store.tables()
    again = await store.open("delivery/1", id="VD-2222")
    assert (again.new, again.request, again.entries) == (False, first.request, first.entries)
    assert await store.tables() == before


async def test_noting_twice_gives_the_first_entry(store: Store) -> None:
    first = await store.committer.note("k", REFUSED, actor=ALICE, private=TO_ALICE)
    before = await store.tables()
    other = REFUSED.model_copy(update={"text": "y"})
    assert await store.committer.note("k", other, actor=MALLORY, private=TO_ALICE) == first
    assert await store.tables() == before


async def test_a_step_that_is_not_allowed_writes_nothing(store: Store) -> None:
    await store.open()
    before = await store.tables()
    step = Step(events=(RunStarted(run=1),), to=State.SENT, set={"run": 1}, debts=(debt(),))
    with pytest.raises(WrongState):
        await store.committer.commit(REQUEST, "k", always(step))
    assert await store.tables() == before


async def test_a_decision_that_raises_writes_nothing(store: Store) -> None:
    await store.open()
    before = await store.tables()

    def decide(_: Request) -> Step:
        raise VmdumpError(Code.TOO_LATE)

    with pytest.raises(VmdumpError):
        await store.committer.commit(REQUEST, "k", decide)
    with pytest.raises(VmdumpError):
        await store.committer.commit("VD-2222", "k", always(closing()))
    assert await store.tables() == before
    assert (await store.committer.commit(REQUEST, "k", always(closing()))).new


async def test_a_thing_that_another_request_holds_is_refused_whole(store: Store) -> None:
    await store.open()
    await store.open("delivery/2", id="VD-2222", vm_key="other")
    await store.committer.commit(REQUEST, "intent", always(Step(events=(), debts=(debt(),))))
    before = await store.tables()
    wanted = Step(events=(RunStarted(run=1),), debts=(debt(of="VD-2222"),))
    with pytest.raises(ThingTaken) as taken:
        await store.committer.commit("VD-2222", "intent", always(wanted))
    assert taken.value.holder == REQUEST
    assert await store.tables() == before


@pytest.mark.parametrize("state", [ChangeState.SETTLED, ChangeState.NEVER_MADE])
async def test_a_thing_is_free_when_nothing_is_owed_for_it(store: Store, state: ChangeState) -> None:
    await store.open()
    await store.open("delivery/2", id="VD-2222", vm_key="other")
    for number, now in enumerate((ChangeState.INTENDED, state)):
        step = Step(events=(RunStarted(run=number),), debts=(debt(state=now),))
        await store.committer.commit(REQUEST, f"k{number}", always(step))
    theirs = Step(events=(), debts=(debt(of="VD-2222"), debt(2, "VD-2222", change=change(service="TSM"))))
    await store.committer.commit("VD-2222", "intent", always(theirs))
    owed = await store.reader.debts(only_open=True)
    assert [d.change_id for d in owed] == ["VD-2222/1", "VD-2222/2"]
    assert await store.reader.debts(REQUEST, only_open=False) == (debt(state=state),)


async def test_one_living_request_per_vm_however_many_ask_at_once(store: Store) -> None:
    def one(number: int) -> Request:
        return request(id=f"VD-{number:04}")

    results = await asyncio.gather(
        *(store.committer.open(one(n), f"d/{n}", asked(one(n)), actor=ALICE) for n in range(10)),
        return_exceptions=True,
    )
    refused = [r for r in results if isinstance(r, VmdumpError)]
    living = await store.reader.living()
    assert len(living) == 1
    assert len(refused) == 9
    assert {(r.code, r.params["request"]) for r in refused} == {(Code.VM_BUSY, living[0].id)}


async def test_a_vm_can_be_asked_for_again_when_its_request_is_closed(store: Store) -> None:
    await store.open()
    await store.committer.commit(REQUEST, "cancel", always(closing()))
    assert (await store.open("delivery/2", id="VD-2222")).new


async def test_closing_writes_the_head_into_the_site_journal(store: Store) -> None:
    await store.open()
    done = await store.committer.commit(REQUEST, "cancel", always(closing()))
    (site,) = await store.reader.journal(SITE)
    last = done.entries[-1]
    head = HeadClosed(request=REQUEST, outcome=Outcome.CANCELLED, seq=last.seq, head=last.hash)
    assert (site.key, site.event) == (f"closed/{REQUEST}", head)
    assert await store.reader.closed_heads() == {REQUEST: last.hash}


@pytest.mark.parametrize("quiet", [False, True])
async def test_each_entry_goes_where_its_kind_shows_it(store: Store, quiet: bool) -> None:
    await store.open()
    events = (RunStarted(run=1), Cancelled(person=ALICE), REFUSED)
    step = Step(events=events, private=TO_ALICE, quiet=quiet)
    done = await store.committer.commit(REQUEST, "k", always(step))
    posts = {p.seq: p.address for p in await store.reader.unsent()}
    expected = {entry.seq: shown(entry.event.shows) for entry in done.entries}
    wanted = {seq: a for seq, a in expected.items() if a is not None and not (quiet and a.person is None)}
    assert posts == wanted


def shown(where: Shows) -> Address | None:
    return {Shows.THREAD: Address(channel=CHANNEL), Shows.PRIVATE: TO_ALICE, Shows.RECORD: None}[where]


async def test_what_is_private_without_an_address_is_in_the_record_only(store: Store) -> None:
    await store.committer.note("k", REFUSED, actor=ALICE)
    assert await store.reader.unsent() == ()
    assert len(await store.reader.journal(SITE)) == 1


async def test_a_picture_is_kept_once(store: Store) -> None:
    await store.committer.keep_picture("a" * 64, b"png")
    await store.committer.keep_picture("a" * 64, b"png")
    assert await store.reader.picture("a" * 64) == b"png"
