"""The verdict on a dump: each comparison says yes, no or unknown, and proved means that all say yes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.core.signs import GuestFile
from bot.core.verdict import CLOCKS_MAY_DIFFER, Answer, Verdict, judge, sum_of
from tests.unit.core.things import GIB, NOW, dump_file, facts, seconds

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
BEFORE = dump_file(modified_at=NOW - timedelta(days=27))


def verdict(file: GuestFile | None = None, before: GuestFile | None = BEFORE, **changed: Any) -> Verdict:
    return judge(facts(**changed), file or dump_file(), memory_mib=4096, cpus=2, nmi_at=NOW, before=before)


def answer(of: Verdict, name: str) -> Answer:
    found = [c for c in (*of.valid, *of.complete, *of.ours) if c.name == name]
    assert len(found) == 1
    return found[0].answer


def test_a_complete_dump_of_this_machine_and_crash_is_proved() -> None:
    assert verdict().proved
    assert verdict().disproved == ()
    assert verdict(before=None).proved


@pytest.mark.parametrize(
    ("name", "changed", "expected"),
    [
        ("kind", {"holds_all_memory": False}, NO),
        ("size", {"expected_size": None}, UNKNOWN),
        ("memory", {"memory": 8 * GIB}, NO),
        ("memory", {"memory": 3 * GIB}, NO),
        ("memory", {"memory": 4 * GIB + 1}, NO),
        ("memory", {"memory": 4 * GIB - 100 * (1 << 20)}, YES),
        ("memory", {"memory": None}, UNKNOWN),
        ("cpus", {"cpus": 4}, NO),
        ("cpus", {"cpus": None}, UNKNOWN),
        ("bug-check", {"bug_check": 0x7B}, NO),
        ("bug-check", {"bug_check_parameters": (1, 0, 0, 0)}, NO),
        ("bug-check", {"bug_check_parameters": ()}, NO),
        ("bug-check", {"bug_check": None}, UNKNOWN),
        ("crash-time", {"crashed_at": None}, UNKNOWN),
        ("crash-time", {"crashed_at": NOW - CLOCKS_MAY_DIFFER}, YES),
        ("crash-time", {"crashed_at": NOW - CLOCKS_MAY_DIFFER - timedelta(seconds=1)}, NO),
        ("crash-time", {"crashed_at": NOW + timedelta(hours=9)}, YES),
    ],
)
def test_each_header_field_decides_its_check(name: str, changed: dict[str, Any], expected: Answer) -> None:
    found = verdict(**changed)
    assert answer(found, name) is expected
    assert found.proved is (expected is YES)
    assert [c.name for c in found.disproved] == ([name] if expected is NO else [])


@pytest.mark.parametrize(("size", "expected"), [(-1, NO), (0, YES), (4096, YES)])
def test_one_byte_too_few_is_cut_off_and_more_is_fine(size: int, expected: Answer) -> None:
    assert answer(verdict(dump_file(size=4 * GIB + 8192 + size)), "size") is expected


@pytest.mark.parametrize(("later", "expected"), [(-1, NO), (0, NO), (1, YES)])
def test_the_file_is_newer_than_the_one_before(later: int, expected: Answer) -> None:
    file = dump_file(modified_at=seconds(later))
    found = verdict(file, before=dump_file(modified_at=NOW))
    assert answer(found, "newer") is expected
    assert found.proved is (expected is YES)


def test_no_beats_unknown_and_unknown_beats_yes() -> None:
    of = verdict(cpus=None)
    assert sum_of(of.ours) is UNKNOWN
    assert sum_of(verdict(cpus=None, memory=1).ours) is NO
    assert sum_of(()) is YES


def test_what_is_unset_is_named_so() -> None:
    of = verdict(memory=None, cpus=None, bug_check=None, crashed_at=None, expected_size=None)
    unknown = [c for c in (*of.complete, *of.ours) if c.answer is UNKNOWN]
    assert {c.name for c in unknown} == {"size", "memory", "cpus", "bug-check", "crash-time"}
    assert all("unset in the header" in (c.found, c.expected) for c in unknown)
