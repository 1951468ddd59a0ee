"""The chain of a journal: whatever is done to it afterwards is found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.entry import GENESIS, Entry, chain, entry_hash, first_fault
from bot.core.events import Cancelled
from tests.unit.core.things import ALICE, NOW, REQUEST


def journal(length: int, journal: str = REQUEST) -> tuple[Entry, ...]:
    made: list[Entry] = []
    head = GENESIS
    for seq in range(1, length + 1):
        at = NOW + timedelta(seconds=seq)
        event = Cancelled(person=f"U{seq}")
        made.append(chain(journal, seq, head, key=f"key/{seq}", at=at, actor=ALICE, event=event))
        head = made[-1].hash
    return tuple(made)


lengths = st.integers(2, 12)


@given(st.integers(0, 12))
def test_an_untouched_chain_holds(length: int) -> None:
    assert first_fault(journal(length)) is None


@given(st.data())
def test_a_missing_entry_is_found_unless_it_was_the_last(data: st.DataObject) -> None:
    entries = list(journal(data.draw(lengths)))
    del entries[data.draw(st.integers(0, len(entries) - 2))]
    assert first_fault(tuple(entries)) is not None


@given(st.data())
def test_a_reordering_is_found(data: st.DataObject) -> None:
    entries = journal(data.draw(lengths))
    shuffled = tuple(data.draw(st.permutations(entries)))
    assert (first_fault(shuffled) is None) == (shuffled == entries)


ALTERED = {
    "journal": "VD-2222",
    "key": "another",
    "kind": "expired",
    "at": NOW - timedelta(days=1),
    "actor": "U0MALLORY1",
    "data": {"person": "U0MALLORY1"},
    "previous": "f" * 64,
    "hash": "f" * 64,
    "seq": 99,
}


@pytest.mark.parametrize("field", sorted(Entry.model_fields))
@given(data=st.data())
def test_an_altered_field_is_found(field: str, data: st.DataObject) -> None:
    entries = list(journal(data.draw(lengths)))
    place = data.draw(st.integers(0, len(entries) - 1))
    entries[place] = entries[place].model_copy(update={field: ALTERED[field]})
    assert first_fault(tuple(entries)) is not None


@given(st.data())
def test_an_entry_altered_with_its_hash_made_anew_is_found_by_the_next(data: st.DataObject) -> None:
    entries = list(journal(data.draw(lengths)))
    place = data.draw(st.integers(0, len(entries) - 2))
    forged = entries[place].model_copy(update={"actor": "U0MALLORY1"})
    entries[place] = forged.model_copy(update={"hash": entry_hash(forged)})
    assert first_fault(tuple(entries)) == f"entry {place + 2} does not follow entry {place + 1}"


def test_an_entry_reads_back_from_json_with_the_same_hash() -> None:
    for entry in journal(3):
        again = Entry.model_validate_json(entry.model_dump_json())
        assert entry_hash(again) == entry.hash
        assert again.event == Cancelled(person=f"U{entry.seq}")
