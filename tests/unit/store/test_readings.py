"""What guests told of themselves is kept, one row a VM."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.core.things import NOW
from tests.unit.guest.readings import linux, windows
from tests.unit.store.kit import Store

VM, OTHER = "502a0c3e-0000-0000-0000-000000000001", "502a0c3e-0000-0000-0000-000000000002"


async def test_the_newest_are_kept_of_each_guest(store: Store) -> None:
    assert await store.reader.readings(VM) is None
    later = windows({"CrashDumpEnabled": 2}, read_at=NOW + timedelta(hours=1))
    for told in (windows(), later):
        await store.committer.keep_readings(VM, told)
    await store.committer.keep_readings(OTHER, linux())
    assert await store.reader.readings(VM) == later
    assert await store.reader.readings(OTHER) == linux()
    assert len(await store.sql("SELECT vm_key FROM readings")) == 2
