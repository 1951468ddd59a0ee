"""What guests told: one row for each, the newest; and the newest entry of a kind of key."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.core.entry import SITE
from bot.core.events import Swept
from bot.core.guest_readings import GuestReadings, GuestUnit
from tests.unit.core.things import NOW
from tests.unit.guest.readings import entry, linux, unwell_linux, unwell_windows, windows
from tests.unit.store.kit import Place, Store, opened_at

VM, OTHER = "502a0c3e-0000-0000-0000-000000000001", "502a0c3e-0000-0000-0000-000000000002"
TOLD: list[GuestReadings] = [
    windows(),
    linux(dumps=(entry("/var/crash/x/vmcore"),), unit=GuestUnit(name="kdump", active=True, enabled=False)),
    *unwell_windows(),
    *unwell_linux(),
]


async def rows(store: Store) -> int:
    ((count,),) = await store.sql("SELECT count(*) FROM readings")
    return int(count)


@pytest.mark.parametrize("told", TOLD)
async def test_what_was_kept_is_what_is_read(store: Store, told: GuestReadings) -> None:
    await store.committer.keep_readings(VM, told)
    assert await store.reader.readings(VM) == told


async def test_of_a_guest_that_was_never_asked_there_is_nothing(store: Store) -> None:
    await store.committer.keep_readings(OTHER, windows())
    assert await store.reader.readings(VM) is None


async def test_the_newest_takes_the_place_of_what_was_kept(store: Store) -> None:
    newer = linux(read_at=NOW + timedelta(hours=6))
    await store.committer.keep_readings(VM, windows())
    await store.committer.keep_readings(OTHER, windows())
    await store.committer.keep_readings(VM, newer)
    assert await store.reader.readings(VM) == newer
    assert await store.reader.readings(OTHER) == windows()
    assert await rows(store) == 2


async def test_two_who_ask_at_once_keep_one_row(store: Store) -> None:
    told = [windows(read_at=NOW + timedelta(seconds=n)) for n in range(6)]
    await asyncio.gather(*(store.committer.keep_readings(VM, each) for each in told))
    assert await store.reader.readings(VM) in told
    assert await rows(store) == 1


async def test_they_outlive_the_process(place: Place) -> None:
    async with opened_at(place) as database:
        await Store(database).committer.keep_readings(VM, linux())
    async with opened_at(place) as database:
        assert await Store(database).reader.readings(VM) == linux()


async def test_they_are_no_entry_of_any_journal(store: Store) -> None:
    before = await store.reader.journal(SITE)
    await store.committer.keep_readings(VM, windows())
    assert await store.reader.journal(SITE) == before


async def test_the_newest_entry_under_a_key_is_found(store: Store) -> None:
    assert await store.reader.newest_under(SITE, "swept/vc1/") is None
    for number, vcenter in enumerate(["vc1", "vc1", "vc_1", "vc10"]):
        event = Swept(vcenter=vcenter, told=number, failed={}, seconds=1)
        await store.committer.note(f"swept/{vcenter}/{number}", event, actor="vmdump")
    for prefix, told in (("swept/vc1/", 1), ("swept/vc_1/", 2), ("swept/vc10/", 3)):
        newest = await store.reader.newest_under(SITE, prefix)
        assert newest is not None
        assert newest.data["told"] == told
        assert newest == (await store.reader.entries_under(SITE, prefix))[-1]
    assert await store.reader.newest_under(SITE, "swept/v%/") is None
