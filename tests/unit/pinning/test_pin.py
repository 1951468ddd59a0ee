"""A host's key is pinned by an admin, once, and by the fingerprint that was compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.entry import SITE
from bot.core.errors import Code, VmdumpError
from bot.core.events import AskRefused, HostKeyPinned, HostKeyShown
from bot.core.policy.model import Group, Policy
from bot.requests.pin import Pinning
from bot.requests.pins import pin_of
from bot.requests.ports import Channel, Person, PinAsk
from bot.store.commit import Step
from tests.unit.core.things import ALICE, BOB, CHANNEL, REQUEST
from tests.unit.store.kit import Store, always, opened

HOST = "esx-03.example.com"
OTHER = "VD-2222"


class Office:
    """A chat in which everybody is known, and rules that make bob an admin."""

    def __init__(self) -> None:
        self.direct = False
        self.rules = Policy(groups=(Group(name="ops", users=(BOB,)),), admins=("ops",), sha256="5" * 64)

    async def channel(self, channel_id: str) -> Channel:
        return Channel(id=channel_id, name="inc-42", member=True, direct=self.direct)

    async def person(self, person_id: str) -> Person:
        return Person(id=person_id, ours=person_id != "U0GUEST000")

    async def members(self, usergroup: str) -> frozenset[str]:
        raise AssertionError(usergroup)

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


async def test_ended_between_the_pin_and_the_thread(
    store: Store, pinning: Pinning, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object, **__: object) -> None:
        raise VmdumpError(Code.DATABASE, place="x", cause="gone")

    with monkeypatch.context() as patch:
        patch.setattr(store.committer, "commit", gone)
        await pinning.pin(ask())
    assert await store.reader.find(REQUEST, "pinned") is None
    await pinning.pin(ask())
    assert await store.reader.find(REQUEST, "pinned") is not None
