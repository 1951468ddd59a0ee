"""Whether a record is whole: what the database says of itself."""

from __future__ import annotations

from bot.core.entry import SITE
from bot.requests.verify import prove
from tests.unit.core.things import REQUEST
from tests.unit.requests.office import Office


async def test_a_living_request_holds_before_the_site_has_an_entry(office: Office) -> None:
    await office.awaiting()
    assert (await prove(office.store.reader, await office.request())).faults == ()


async def test_a_closed_one_holds_with_its_head_in_the_sites_journal(office: Office) -> None:
    await office.awaiting()
    await office.cancel()
    proof = await prove(office.store.reader, await office.request())
    assert proof.faults == ()
    head = (await office.store.reader.journal(REQUEST))[-1].hash
    assert f"head {head}" in proof.holds


async def test_a_site_that_does_not_name_the_head_is_a_fault(office: Office) -> None:
    await office.awaiting()
    await office.cancel()
    await office.store.sql("DELETE FROM entries WHERE journal = ?", SITE)
    await office.store.sql("DELETE FROM journals WHERE id = ?", SITE)
    (fault,) = (await prove(office.store.reader, await office.request())).faults
    assert "the site journal does not say so" in fault


async def test_an_entry_that_cannot_be_read_is_a_fault_and_no_failure(office: Office) -> None:
    await office.awaiting()
    await office.store.sql("UPDATE entries SET body = '{' WHERE journal = ? AND seq = 2", REQUEST)
    (fault,) = (await prove(office.store.reader, await office.request())).faults
    assert fault == f"journal {REQUEST}: entry 2 cannot be read"
