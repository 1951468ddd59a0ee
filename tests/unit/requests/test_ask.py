"""Asking for a capture: one delivery, one request, and every refusal told to the asker alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.core.entry import SITE
from bot.core.errors import Code
from bot.core.events import Asked, Planned
from bot.core.request import Outcome, State
from bot.core.surroundings import Volume
from bot.messages.render import render
from tests.unit.capture.world import AWAY
from tests.unit.core.things import (
    ALICE,
    BOB,
    CHANNEL,
    GIB,
    MALLORY,
    REQUEST,
    host,
    known_key,
    machine,
    store,
    surroundings,
)
from tests.unit.requests.office import DIRECT, GUEST, OTHER_CHANNEL, OUTSIDE, UNREADABLE, Office


async def test_it_opens_a_request_and_publishes_its_plan(office: Office) -> None:
    await office.ask()
    request = await office.request()
    assert (request.state, request.round, request.requester) == (State.PLANNED, 1, ALICE)
    planned = await office.one(Planned)
    assert planned.digest == request.digest == planned.plan.digest()
    assert planned.deadline == request.deadline == office.world.clock.now() + timedelta(minutes=15)
    assert [a.usergroup for a in planned.approvers] == ["S0123ABCD"]
    (post,) = await office.store.reader.unsent()
    assert (post.address.channel, post.address.person) == (CHANNEL, None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"person": MALLORY}, Code.NOT_ALLOWED),
        ({"person": GUEST}, Code.FOREIGN_PERSON),
        ({"channel": OTHER_CHANNEL}, Code.NOT_ALLOWED),
        ({"channel": DIRECT}, Code.DIRECT_MESSAGE),
        ({"channel": OUTSIDE}, Code.NOT_IN_CHANNEL),
        ({"channel": UNREADABLE}, Code.CHANNEL_UNREADABLE),
        ({"query": "DumpTset"}, Code.VM_UNKNOWN),
        ({"query": "nothing like it"}, Code.VM_UNKNOWN),
    ],
)
async def test_what_is_asked_wrongly_is_refused(office: Office, changed: dict[str, str], code: Code) -> None:
    await office.ask(**changed)
    assert await office.refusal() is code
    assert await office.store.reader.living() == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda o: setattr(o, "protected", "own"), Code.VM_PROTECTED),
        (lambda o: setattr(o.chat, "group_away", True), Code.GROUP_UNREADABLE),
        (lambda o: o.chat.members_of.update(S0123ABCD=frozenset()), Code.NO_APPROVERS),
        (lambda o: o.chat.members_of.update(S0123ABCD=frozenset({ALICE})), Code.NO_APPROVERS),
        (lambda o: setattr(o.policies, "vm", ("other-*",)), Code.NOT_ALLOWED),
        (lambda o: o.world.always_failing.update(names=AWAY), AWAY.code),
        (lambda o: o.world.always_failing.update(machine=AWAY), AWAY.code),
    ],
)
async def test_what_cannot_be_granted_is_refused(
    office: Office, change: Callable[[Office], None], code: Code
) -> None:
    change(office)
    await office.ask()
    assert await office.refusal() is code
    assert await office.store.reader.living() == ()


async def test_a_second_request_for_a_living_one_is_refused_with_its_id(office: Office) -> None:
    await office.ask()
    await office.ask(key="ask/2", person=BOB)
    assert await office.refusal() is Code.VM_BUSY
    (entry,) = await office.told()
    assert entry.data["params"]["request"] == REQUEST


async def test_a_machine_that_cannot_be_dumped_is_refused_before_anyone_votes(office: Office) -> None:
    office.world.machine = machine(power="poweredOff")
    await office.ask()
    request = await office.request()
    assert (request.state, request.outcome) == (State.CLOSED, Outcome.REFUSED)
    assert await office.refusal(REQUEST) is Code.NOT_READY
    # Nobody but the asker hears of it; the site journal holds its head.
    assert len(await office.store.reader.unsent()) == 1
    assert [e.key for e in await office.store.reader.journal(SITE)] == [f"closed/{REQUEST}"]


@pytest.mark.parametrize(
    ("state", "code"), [({}, Code.NO_HOST_KEY), ({"unread": "Permission denied"}, Code.NOT_READY)]
)
async def test_without_a_known_key_of_the_host_nobody_approves_in_vain(
    office: Office, state: dict[str, str], code: Code
) -> None:
    office.world.key = known_key(types=(), **state)
    await office.ask()
    assert (await office.request()).outcome is Outcome.REFUSED
    assert await office.refusal(REQUEST) is code


@pytest.mark.parametrize(
    "around", [{"stores": (store(free=GIB),)}, {"volumes": (Volume(path="C:\\", capacity=9, free=1),)}]
)
async def test_without_room_for_the_dump_nobody_approves_in_vain(
    office: Office, around: dict[str, Any]
) -> None:
    office.world.surroundings = surroundings(**around)
    await office.ask()
    assert (await office.request()).outcome is Outcome.REFUSED
    assert await office.refusal(REQUEST) is Code.NOT_READY


async def test_a_host_that_cannot_be_read_refuses_too(office: Office) -> None:
    office.world.always_failing = {"host": AWAY}
    await office.ask()
    assert await office.refusal(REQUEST) is AWAY.code
    assert host().name == "esx-03.example.com"


async def test_one_delivery_is_one_request_however_often_it_comes(office: Office) -> None:
    for _ in range(3):
        await office.ask()
    assert len(await office.store.reader.living()) == 1
    assert (await office.kinds()).count("asked") == 1
    assert (await office.kinds()).count("planned") == 1


async def test_a_refusal_stands_when_the_delivery_comes_again(office: Office) -> None:
    await office.ask(query="nothing like it", key="ask/0")
    office.world.always_failing = {"names": AWAY}
    await office.ask()
    office.world.always_failing = {}
    await office.ask()
    assert [e.data["code"] for e in await office.told()] == [Code.VM_UNKNOWN, AWAY.code]
    assert await office.store.reader.living() == ()


async def test_the_sites_first_entry_is_no_request(office: Office) -> None:
    await office.ask(query="nothing like it")
    await office.ask(key="ask/2")
    assert (await office.request()).state is State.PLANNED


async def test_a_bot_that_dies_between_opening_and_planning_plans_at_the_second_try(office: Office) -> None:
    office.world.always_failing = {"host": RuntimeError("killed")}
    with pytest.raises(RuntimeError):
        await office.ask()
    assert (await office.request()).state is State.ASKED
    office.world.always_failing = {}
    await office.ask()
    assert (await office.request()).state is State.PLANNED
    assert len([e for e in await office.events() if isinstance(e, Asked)]) == 1


async def test_an_id_that_is_taken_is_not_given_again(office: Office) -> None:
    await office.ask()
    await office.cancel()
    ids = iter([REQUEST, REQUEST, "VD-2222"])
    object.__setattr__(office.asking, "new_id", lambda: next(ids))
    await office.ask(key="ask/2")
    assert [r.id for r in await office.store.reader.living()] == ["VD-2222"]


async def test_a_guest_that_calls_itself_so_is_offered_and_not_taken(office: Office) -> None:
    office.world.machine = machine(guest_host_name="web01.example.com")
    await office.ask(query="web01")
    assert await office.refusal() is Code.VM_UNKNOWN
    (entry,) = await office.told()
    assert entry.data["params"]["guests"] == "vc1:vm-42  /DC1/vm/prod/DumpTest"
    assert "ask again with its id:\nvc1:vm-42  /DC1/vm/prod/DumpTest" in render(entry, "en").text


async def test_vms_that_may_not_be_requested_are_not_offered_either(office: Office) -> None:
    office.world.machine = machine(guest_host_name="web01.example.com")
    office.policies.vm = ("other-*",)
    await office.ask(query="web01")
    (entry,) = await office.told()
    assert (entry.data["params"]["guests"], entry.data["params"]["near"]) == ("", "")
