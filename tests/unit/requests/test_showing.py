"""Where pictures of the console are shown, and where no more."""

from __future__ import annotations

from bot.requests.showing import Showing
from tests.unit.core.things import CHANNEL, REQUEST
from tests.unit.requests.office import UNREADABLE, Office


async def test_in_a_channel_of_our_own(office: Office) -> None:
    await office.awaiting()
    assert await Showing(office.store.reader, office.chat).picture(REQUEST, CHANNEL)


async def test_not_where_others_read_since(office: Office) -> None:
    await office.awaiting()
    office.chat.shared.add(CHANNEL)
    assert not await Showing(office.store.reader, office.chat).picture(REQUEST, CHANNEL)


async def test_unless_the_rules_let_them(office: Office) -> None:
    office.policies.external = True
    office.chat.shared.add(CHANNEL)
    await office.awaiting()
    assert await Showing(office.store.reader, office.chat).picture(REQUEST, CHANNEL)


async def test_not_where_nobody_knows(office: Office) -> None:
    await office.awaiting()
    showing = Showing(office.store.reader, office.chat)
    assert not await showing.picture(REQUEST, UNREADABLE)
    assert not await showing.picture("VD-2222", CHANNEL)
