"""The verdict on a dump: each comparison says yes, no or unknown, and proved means that all say yes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.core.dump_facts import DumpFacts, DumpFinding
from bot.core.signs import GuestFile
from bot.core.verdict import CLOCKS_MAY_DIFFER, Answer, Check, Verdict, Wanted, judge, sum_of
from tests.unit.core.things import GIB, NOW, dump_file, facts, seconds

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
BEFORE = dump_file(modified_at=NOW - timedelta(days=27))
MIB = 1 << 20
PANIC = "Kernel panic - not syncing: NMI: Not continuing"
EARLIER = NOW - CLOCKS_MAY_DIFFER - timedelta(seconds=1)


def wanted(**changed: Any) -> Wanted:
    values = {"family": "windows", "memory_mib": 4096, "cpus": 2, "nmi_at": NOW, "before": BEFORE}
    return Wanted(**(values | changed))


def verdict(file: GuestFile | None = None, of: Wanted | None = None, **changed: Any) -> Verdict:
    return judge(facts(**changed), file or dump_file(), of or wanted())


def linux_facts(**changed: Any) -> DumpFacts:
    """As makedumpfile writes them where the distribution's settings were left alone."""
    values: dict[str, Any] = {
        "format": "kdump",
        "kind": "kdump, lzo, dump level 31",
        "findings": (DumpFinding(code="pages-left-out", weight="note", text="on purpose"),),
        "holds_all_memory": False,
        "memory": None,
        "memory_end": 5 * GIB,
        "pages": 40_000,
        "expected_size": 1000,
        "bug_check": None,
        "bug_check_parameters": (),
        "os_release": "5.14.0-1.el9",
        "host_name": "db01",
    }
    return facts(**(values | changed))


def of_linux(of: dict[str, Any] | None = None, **changed: Any) -> Verdict:
    given = {"family": "linux", "all_memory": False, **(of or {})}
    return judge(linux_facts(**changed), dump_file(size=1000), wanted(**given))


def check(of: Verdict, name: str) -> Check:
    (found,) = [c for c in of.checks if c.name == name]
    return found


def answer(of: Verdict, name: str) -> Answer:
    return check(of, name).answer


def test_a_complete_dump_of_this_machine_and_crash_is_proved() -> None:
    assert verdict().proved
    assert verdict().disproved == ()
    assert verdict(of=wanted(before=None)).proved
    assert verdict(of=wanted(before=None, looked_before=False)).proved


@pytest.mark.parametrize(
    ("name", "changed", "expected"),
    [
        ("type", {"format": "kdump"}, NO),
        ("kind", {"holds_all_memory": False}, NO),
        ("kind", {"holds_all_memory": None}, UNKNOWN),
        ("size", {"expected_size": None}, UNKNOWN),
        ("memory", {"memory": 8 * GIB}, NO),
        ("memory", {"memory": 3 * GIB}, NO),
        ("memory", {"memory": 4 * GIB + 1}, NO),
        ("memory", {"memory": 4 * GIB - 100 * MIB}, YES),
        ("memory", {"memory": None}, UNKNOWN),
        ("cpus", {"cpus": 4}, NO),
        ("cpus", {"cpus": None}, UNKNOWN),
        ("bug-check", {"bug_check": 0x7B}, NO),
        ("bug-check", {"bug_check_parameters": (1, 0, 0, 0)}, NO),
        ("bug-check", {"bug_check_parameters": ()}, NO),
        ("bug-check", {"bug_check": None}, UNKNOWN),
        ("crash-time", {"crashed_at": None}, UNKNOWN),
        ("crash-time", {"crashed_at": NOW - CLOCKS_MAY_DIFFER}, YES),
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


@pytest.mark.parametrize(
    ("code", "weight", "expected"),
    [
        ("lost-pages", "flaw", NO),
        ("unread", "doubt", UNKNOWN),
        ("pages-left-out", "note", YES),
        ("truncated", "flaw", YES),
        ("no-size", "doubt", YES),
    ],
)
def test_what_its_bytes_say_besides_the_size(code: str, weight: Any, expected: Answer) -> None:
    """Truncation and a size that nothing tells are the size's own check."""
    finding = DumpFinding(code=code, weight=weight, text="something about it")
    found = check(verdict(findings=(finding,)), "whole")
    assert found.answer is expected
    assert ("something about it" in found.found) is (expected is not YES)


def test_a_flaw_outweighs_a_doubt() -> None:
    findings = tuple(DumpFinding(code=w, weight=w, text=w) for w in ("doubt", "flaw", "note"))
    assert check(verdict(findings=findings), "whole").found == "flaw"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"pages": 100_000}, YES),
        ({"pages": 0}, NO),
        ({"pages": None}, UNKNOWN),
        ({"holds_all_memory": True}, YES),
    ],
)
def test_a_kernel_dump_is_enough_where_it_was_what_the_guest_writes(
    changed: dict[str, Any], expected: Answer
) -> None:
    """A small memory dump has no whole page."""
    found = verdict(of=wanted(all_memory=False), **({"holds_all_memory": False} | changed))
    assert answer(found, "kind") is expected


def test_how_much_of_the_memory_is_in_it_is_said() -> None:
    of = verdict(of=wanted(all_memory=False), holds_all_memory=False, pages=GIB // 4096)
    assert check(of, "kind").found == "64-bit complete memory dump, 25% of RAM"


@pytest.mark.parametrize(("later", "expected"), [(-1, UNKNOWN), (0, NO), (1, YES)])
def test_the_file_is_newer_than_the_one_before(later: int, expected: Answer) -> None:
    """Of an earlier time: the guest's clock was put back, or somebody brought an older file."""
    found = verdict(dump_file(modified_at=seconds(later)), wanted(before=dump_file(modified_at=NOW)))
    assert answer(found, "newer") is expected
    assert found.proved is (expected is YES)
    assert found.old is (expected is NO)


@pytest.mark.parametrize(
    ("of", "expected", "old"),
    [
        (wanted(before=dump_file()), NO, True),
        (wanted(before=None, looked_before=False), NO, True),
        (wanted(), UNKNOWN, False),
        (wanted(before=None), UNKNOWN, False),
    ],
)
def test_an_earlier_crash_is_an_old_one_unless_the_file_is_new(
    of: Wanted, expected: Answer, *, old: bool
) -> None:
    """A file that was not there before the NMI has a clock that errs, or somebody put it there."""
    found = verdict(of=of, crashed_at=EARLIER)
    assert (answer(found, "crash-time"), found.old) == (expected, old)


def test_no_beats_unknown_and_unknown_beats_yes() -> None:
    of = verdict(cpus=None)
    assert sum_of(of.ours) is UNKNOWN
    assert sum_of(verdict(cpus=None, memory=1).ours) is NO
    assert sum_of(()) is YES


def test_what_is_unset_is_named_so() -> None:
    of = verdict(memory=None, cpus=None, bug_check=None, crashed_at=None, expected_size=None)
    unknown = [c for c in of.checks if c.answer is UNKNOWN]
    assert {c.name for c in unknown} == {"size", "memory", "cpus", "bug-check", "crash-time"}
    assert all("unset in the header" in (c.found, c.expected) for c in unknown)


def test_a_linux_dump_is_proved() -> None:
    said = {"os_release": "5.14.0-1.el9", "host_name": "DB01.example.com", "panic": PANIC}
    found = of_linux(said)
    assert found.proved
    names = {"memory", "cpus", "panic", "crash-time", "newer", "os-release", "host-name"}
    assert {c.name for c in found.ours} == names


@pytest.mark.parametrize(
    ("name", "of", "changed", "expected"),
    [
        ("type", {}, {"format": "windows64"}, NO),
        ("kind", {"all_memory": True}, {}, NO),
        ("memory", {}, {"memory_end": 5 * GIB + 1}, NO),
        ("memory", {}, {"memory_end": 4 * GIB - 700 * MIB}, YES),
        ("memory", {}, {"memory_end": 3 * GIB}, NO),
        ("memory", {}, {"memory": 4 * GIB - 700 * MIB}, YES),
        ("memory", {}, {"memory": 5 * GIB}, NO),
        ("memory", {}, {"memory_end": None}, UNKNOWN),
        ("panic", {"panic": "Kernel panic - not syncing: hung_task: blocked tasks"}, {}, NO),
        ("os-release", {"os_release": "5.14.0-2.el9"}, {}, NO),
        ("host-name", {"host_name": "db02"}, {}, NO),
    ],
)
def test_each_of_a_linux_dump_decides_its_check(
    name: str, of: dict[str, Any], changed: dict[str, Any], expected: Answer
) -> None:
    found = of_linux(of, **changed)
    assert answer(found, name) is expected
    assert [c.name for c in found.checks if c.answer is not YES] == ([] if expected is YES else [name])


@pytest.mark.parametrize(
    ("of", "changed"),
    [
        ({"os_release": "5.14.0-1.el9"}, {"os_release": None}),
        ({"host_name": "db01"}, {"host_name": "(none)"}),
        ({"host_name": "db01"}, {"host_name": None}),
    ],
)
def test_names_that_one_side_does_not_know_are_not_compared(
    of: dict[str, Any], changed: dict[str, Any]
) -> None:
    assert {c.name for c in of_linux(of, **changed).ours}.isdisjoint({"os-release", "host-name"})


def test_facts_of_old_records_are_read() -> None:
    old = {
        "format": "64-bit complete memory dump",
        "signature": "PAGEDU64",
        "holds_all_memory": True,
        "expected_size": 4 * GIB + 8192,
        "header_size": 8192,
        "memory": 4 * GIB,
        "cpus": 2,
        "bug_check": 0x80,
        "bug_check_parameters": [0x4F4454, 0, 0, 0],
        "crashed_at": seconds(1).isoformat(),
        "build": 9600,
    }
    assert DumpFacts.model_validate(old) == facts()
    assert DumpFacts.model_validate(old | {"build": None}).os_release is None
