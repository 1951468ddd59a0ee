"""Whether a record is whole: what the database says of itself."""

from __future__ import annotations

import pytest

from bot.core.entry import SITE
from bot.requests.verify import Proof, prove, prove_site
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


async def test_the_site_names_every_closed_request(office: Office) -> None:
    await office.awaiting()
    assert (await prove_site(office.store.reader)).faults == ()
    await office.cancel()
    proof = await prove_site(office.store.reader)
    assert proof.faults == ()
    assert "1 closed requests, each with the head that it closed with" in proof.holds
    assert proof.holds[-1] == f"head {(await office.store.reader.journal(SITE))[-1].hash}"


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM entries WHERE journal = ?", f"journal {REQUEST}: the journal ends at entry 0"),
        (
            "UPDATE entries SET body = '{' WHERE journal = ? AND seq = 2",
            f"journal {REQUEST}: entry 2 cannot be read",
        ),
    ],
    ids=["gone", "broken"],
)
async def test_the_site_finds_what_was_done_to_a_request(office: Office, statement: str, fault: str) -> None:
    await office.awaiting()
    await office.cancel()
    await office.store.sql(statement, REQUEST)
    (found,) = (await prove_site(office.store.reader)).faults
    assert found.startswith(fault)


async def test_the_site_finds_a_request_that_is_gone_without_a_trace(office: Office) -> None:
    await office.awaiting()
    await office.cancel()
    for statement in ("entries WHERE journal", "journals WHERE id", "requests WHERE id"):
        await office.store.sql(f"DELETE FROM {statement} = ?", REQUEST)  # noqa: S608  # the test's own words
    (found,) = (await prove_site(office.store.reader)).faults
    assert found == f"journal {REQUEST}: there is no journal of that name"


async def test_the_site_finds_a_closed_request_that_it_does_not_name(office: Office) -> None:
    await office.awaiting()
    await office.store.sql("UPDATE requests SET living = 0 WHERE id = ?", REQUEST)
    (found,) = (await prove_site(office.store.reader)).faults
    assert "the request is closed, but the site journal does not say so" in found


async def test_a_site_that_was_altered_proves_nothing(office: Office) -> None:
    await office.awaiting()
    await office.cancel()
    await office.store.sql("UPDATE entries SET body = '{' WHERE journal = ?", SITE)
    assert await prove_site(office.store.reader) == Proof((), ("journal site: entry 1 cannot be read",))
