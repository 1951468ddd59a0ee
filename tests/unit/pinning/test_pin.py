"""A host's key is pinned and taken back by admins alone, and by the fingerprint that was compared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.canonical import sha256_hex
from bot.core.entry import SITE
from bot.core.errors import Code
from bot.core.events import AskRefused, HostKeyPinned, HostKeyShown, HostKeyUnpinned
from bot.core.policy.model import Group, Policy
from bot.requests.pin import Pinning
from bot.requests.pins import pin_key, pin_of
from bot.requests.ports import Channel, Person, PinAsk, UnpinAsk
from bot.store.commit import Step
from tests.unit.core.things import ALICE, BOB, CAROL, CHANNEL, REQUEST
from tests.unit.requests.office import FakeChat
from tests.unit.store.kit import Store, always, opened

HOST = "esx-03.example.com"
OTHER = "VD-2222"


class Office(FakeChat):
    """A chat in which everybody is known, and rules that make bob an admin."""

    def __init__(self) -> None:
        super().__init__()
        self.direct = False
        self.rules = Policy(groups=(Group(name="ops", users=(BOB,)),), admins=("ops",), sha256="5" * 64)

    async def channel(self, channel_id: str) -> Channel:
        return Channel(id=channel_id, name="inc-42", member=True, direct=self.direct)

    async def person(self, person_id: str) -> Person:
        return Person(id=person_id, ours=person_id != "U0GUEST000")

    async def members(self, usergroup: str, *, at_most: float) -> frozenset[str]:
        raise AssertionError(usergroup, at_most)

    def policy(self) -> tuple[Policy, str]:
        return self.rules, self.rules.sha256


def key(letter: str) -> HostKeyShown:
    return HostKeyShown(
        host=HOST,
        algorithm="ssh-ed25519",
        fingerprint=f"SHA256:{letter * 43}",
        public_key=f"ssh-ed25519 {letter * 68}",
    )


def ask(letter: str = "A", *, person: str = BOB, request: str = REQUEST, number: int = 1) -> PinAsk:
    return PinAsk(
        key=f"pin/{number}",
        person=person,
        channel=CHANNEL,
        request=request,
        fingerprint=key(letter).fingerprint,
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as database:
        made = Store(database)
        for request_id, letter in ((REQUEST, "A"), (OTHER, "B")):
            await made.open(f"delivery/{request_id}", id=request_id, vm_key=request_id)
            shown = always(Step(events=(key(letter),)))
            await made.committer.commit(request_id, "rehearsal/result", shown)
        yield made


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def pinning(store: Store, office: Office) -> Pinning:
    return Pinning(store.committer, store.reader, office, office)


async def refusal(store: Store, number: int = 1) -> Code | None:
    entry = await store.reader.find(SITE, f"pin/{number}")
    if entry is None:
        return None
    assert isinstance(entry.event, AskRefused)
    return entry.event.code


async def test_the_key_that_was_shown_counts_from_then_on(store: Store, pinning: Pinning) -> None:
    assert await pin_of(store.reader, HOST) is None
    await pinning.pin(ask())
    pin = await pin_of(store.reader, HOST.upper())
    assert pin is not None
    assert (pin.public_key, pin.person, pin.groups) == (key("A").public_key, BOB, ("ops",))
    assert await pin_of(store.reader, "esx-04.example.com") is None
    told = await store.reader.find(REQUEST, "pinned")
    assert told is not None
    assert told.event == pin


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (ask(person=ALICE), Code.NOT_AN_ADMIN),
        (ask(person="U0GUEST000"), Code.FOREIGN_PERSON),
        (ask("B"), Code.OTHER_FINGERPRINT),
        (ask("a"), Code.OTHER_FINGERPRINT),
        (ask(request="VD-9999"), Code.REQUEST_UNKNOWN),
    ],
)
async def test_who_and_what_pins_nothing(store: Store, pinning: Pinning, act: PinAsk, code: Code) -> None:
    await pinning.pin(act)
    assert await refusal(store) is code
    assert await pin_of(store.reader, HOST) is None
    assert HostKeyPinned.kind not in [entry.kind for entry in await store.reader.journal(REQUEST)]


async def test_not_in_a_direct_message(store: Store, office: Office, pinning: Pinning) -> None:
    office.direct = True
    await pinning.pin(ask())
    assert await refusal(store) is Code.DIRECT_MESSAGE


async def test_a_request_that_showed_none(store: Store, pinning: Pinning) -> None:
    await store.open("delivery/3", id="VD-3333", vm_key="3")
    await pinning.pin(ask(request="VD-3333"))
    assert await refusal(store) is Code.NO_KEY_SHOWN


async def test_another_key_never_takes_its_place(store: Store, pinning: Pinning) -> None:
    await pinning.pin(ask())
    await pinning.pin(ask("B", request=OTHER, number=2))
    assert await refusal(store, 2) is Code.HOST_KEY_PINNED
    pin = await pin_of(store.reader, HOST)
    assert pin is not None
    assert pin.fingerprint == key("A").fingerprint


async def test_the_same_again_changes_nothing(store: Store, pinning: Pinning) -> None:
    await pinning.pin(ask())
    before = await store.tables()
    await pinning.pin(ask())
    await pinning.pin(ask(number=2))
    assert await store.tables() == before


async def test_a_refusal_stands_when_the_delivery_comes_again(store: Store, pinning: Pinning) -> None:
    await pinning.pin(ask(request="VD-3333"))
    await store.open("delivery/3", id="VD-3333", vm_key="3")
    shown = always(Step(events=(key("A"),)))
    await store.committer.commit("VD-3333", "rehearsal/result", shown)
    await pinning.pin(ask(request="VD-3333"))
    assert await refusal(store) is Code.REQUEST_UNKNOWN
    assert await pin_of(store.reader, HOST) is None


def written(delivery: str = "pin/1", letter: str = "A") -> dict[str, Any]:
    shown = key(letter)
    return {
        "host": HOST,
        "fingerprint": shown.fingerprint,
        "public_key": shown.public_key,
        "request": REQUEST,
        "person": BOB,
        "groups": ("ops",),
        "policy_sha256": "5" * 64,
        "delivery": delivery,
    }


async def test_ended_between_the_pin_and_the_thread(store: Store, pinning: Pinning) -> None:
    await store.committer.note(pin_key(HOST, 1), HostKeyPinned(**written()), actor=BOB)
    await pinning.pin(ask())
    assert await store.reader.find(REQUEST, "pinned") is not None


# taking back


def back(letter: str = "A", *, person: str = BOB, host: str = HOST, number: int = 7) -> UnpinAsk:
    return UnpinAsk(
        key=f"pin/{number}", person=person, channel=CHANNEL, host=host, fingerprint=key(letter).fingerprint
    )


async def test_a_pin_is_taken_back_and_another_key_pinned(store: Store, pinning: Pinning) -> None:
    await pinning.pin(ask())
    await pinning.unpin(back(host=HOST.upper()))
    assert await pin_of(store.reader, HOST) is None
    entry = await store.reader.find(SITE, pin_key(HOST, 2))
    assert entry is not None
    assert entry.actor == BOB
    assert entry.event == HostKeyUnpinned(**written("pin/7"))
    told = await store.reader.find(REQUEST, "unpinned/2")
    assert told is not None
    assert told.event == entry.event
    await pinning.pin(ask("B", request=OTHER, number=2))
    pin = await pin_of(store.reader, HOST)
    assert pin is not None
    assert pin.fingerprint == key("B").fingerprint
    assert [e.kind for e in await store.reader.journal(OTHER)][-1] == "host-key-pinned"
    assert await store.reader.journal_fault(SITE) is None


async def test_the_same_key_can_be_pinned_again_and_is_told_again(store: Store, pinning: Pinning) -> None:
    await pinning.pin(ask())
    await pinning.unpin(back())
    await pinning.pin(ask(number=2))
    assert await pin_of(store.reader, HOST) is not None
    kinds = [e.kind for e in await store.reader.journal(REQUEST)][-3:]
    assert kinds == ["host-key-pinned", "host-key-unpinned", "host-key-pinned"]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (back(person=ALICE), Code.NOT_AN_ADMIN),
        (back(person="U0GUEST000"), Code.FOREIGN_PERSON),
        (back("B"), Code.OTHER_PIN),
        (back("a"), Code.OTHER_PIN),
        (back(host="esx-04.example.com"), Code.NOT_PINNED),
    ],
)
async def test_who_and_what_takes_nothing_back(
    store: Store, pinning: Pinning, act: UnpinAsk, code: Code
) -> None:
    await pinning.pin(ask())
    await pinning.unpin(act)
    assert await refusal(store, 7) is code
    assert await pin_of(store.reader, HOST) is not None


async def test_deliveries_that_come_again_change_nothing_whatever_came_in_between(
    store: Store, pinning: Pinning
) -> None:
    await pinning.pin(ask())
    await pinning.unpin(back())
    await pinning.pin(ask())
    assert await pin_of(store.reader, HOST) is None
    await pinning.pin(ask(number=2))
    before = await store.tables()
    await pinning.unpin(back())
    assert await store.tables() == before
    assert await pin_of(store.reader, HOST) is not None


async def test_ended_between_taking_back_and_the_thread(store: Store, pinning: Pinning) -> None:
    await pinning.pin(ask())
    await store.committer.note(pin_key(HOST, 2), HostKeyUnpinned(**written("pin/7")), actor=BOB)
    await pinning.unpin(back())
    assert await store.reader.find(REQUEST, "unpinned/2") is not None
    assert await refusal(store, 7) is None


async def test_of_two_admins_at_once_one_takes_it_back(
    store: Store, office: Office, pinning: Pinning
) -> None:
    office.rules = office.rules.model_copy(update={"admins": (BOB, CAROL)})
    await pinning.pin(ask())
    acts = (back(number=7), back(person=CAROL, number=8))
    await asyncio.gather(*(pinning.unpin(act) for act in acts))
    assert await pin_of(store.reader, HOST) is None
    assert sorted([await refusal(store, 7), await refusal(store, 8)], key=str) == [None, Code.NOT_PINNED]
    assert [e.kind for e in await store.reader.journal(REQUEST)].count("host-key-unpinned") == 1


async def test_a_pin_of_an_older_version_holds_and_can_be_taken_back(store: Store, pinning: Pinning) -> None:
    older = written()
    del older["delivery"]
    await store.committer.note(f"host-key/{sha256_hex(HOST)}", HostKeyPinned(**older), actor=BOB)
    pin = await pin_of(store.reader, HOST)
    assert pin is not None
    assert pin.public_key == key("A").public_key
    await pinning.unpin(back())
    assert await pin_of(store.reader, HOST) is None
