"""Each kind of Windows dump, to the byte where it becomes complete. Synthetic, by the published layouts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.dumps import Inspection
from tests.unit.dumps.header_builder import CRASHED, bitmap, header_32, header_64, put
from tests.unit.dumps.judging import codes, part, whole

RUNS = ((1, 159), (256, 1000))
PAGES = 1159
Build = Callable[..., bytearray]
WIDTHS = pytest.mark.parametrize(
    ("build", "bits", "start"), [(header_64, 64, 0x2000), (header_32, 32, 0x1000)]
)


def triage(build: Build, *, size: int = 0x4000, mark_at: int = 0x3FFC, length: int = 0x4000) -> bytearray:
    data = build(kind=4, runs=RUNS)
    start = len(data)
    data += bytes(length - start)
    put(data, start, "III", 0, size, mark_at)
    data[mark_at : mark_at + 4] = b"TRGD"
    return data[:length]


def at_size(data: bytearray, size: int) -> Inspection:
    found = part(data[:size], size)
    assert found is not None
    return found


def boundaries(data: bytearray, expected: int) -> tuple[bool | None, bool | None, bool | None]:
    """One byte short, exact, one byte more."""
    short, exact, more = (at_size(data, expected + n) for n in (-1, 0, 1))
    assert (short.missing, exact.missing, more.missing) == (1, 0, 0)
    assert {f.expected_size for f in (short, exact, more)} == {expected}
    assert "truncated" in codes(short)
    return short.complete, exact.complete, more.complete


@WIDTHS
def test_full(build: Build, bits: int, start: int) -> None:
    data = build(kind=1, runs=RUNS)
    expected = start + PAGES * 4096
    assert boundaries(data, expected) == (False, True, True)
    found = at_size(data, expected)
    assert (found.format, found.kind) == (f"windows{bits}", f"{bits}-bit complete memory dump")
    assert (found.pages, found.memory, found.holds_all_memory) == (PAGES, PAGES * 4096, True)
    assert (found.bug_check, found.bug_check_parameters) == (0x80, (0x4F4454, 0, 0, 0))
    assert found.crash_time == CRASHED
    assert found.os_release == {64: "9600", 32: "3790"}[bits]
    assert found.findings == ()


@WIDTHS
@pytest.mark.parametrize(("kind", "everything"), [(5, True), (6, False), (8, False), (9, False), (10, True)])
def test_bitmap(build: Build, bits: int, start: int, kind: int, *, everything: bool) -> None:
    data = build(kind=kind, runs=RUNS) + bitmap(first=0xA038, present=0x44B, pages=0x40000)
    put(data, 0xFA0, "q", 0)
    assert boundaries(data, 0xA038 + 0x44B * 4096) == (False, True, True)
    found = at_size(data, 0xA038 + 0x44B * 4096)
    assert (found.pages, found.holds_all_memory) == (0x44B, everything)
    assert codes(found) == (set() if everything else {"pages-left-out"})


@WIDTHS
def test_header_only(build: Build, bits: int, start: int) -> None:
    data = build(kind=3, runs=RUNS)
    assert boundaries(data, start) == (False, True, True)
    assert at_size(data, start).pages == 0
    assert codes(at_size(data, start)) == {"pages-left-out"}


@WIDTHS
def test_triage(build: Build, bits: int, start: int) -> None:
    data = triage(build)
    assert (at_size(data, 0x4000).complete, at_size(data, 0x4000).pages) == (True, 0)
    assert at_size(data, 0x4001).complete
    cut = at_size(data, 0x3FFF)
    assert (cut.complete, cut.missing) == (False, 1)
    assert codes(cut) == {"truncated", "no-end-mark", "pages-left-out"}


@WIDTHS
def test_triage_without_the_mark_that_ends_it(build: Build, bits: int, start: int) -> None:
    data = triage(build)
    data[0x3FFC:] = b"oops"
    assert at_size(data, 0x4000).complete is False
    assert part(data[:0x3000], 0x4000) is not None
    # Behind what is at hand it is not missing.
    assert getattr(part(data[:0x3000], 0x4000), "complete", "") is None


@WIDTHS
def test_triage_that_claims_to_end_in_its_header(build: Build, bits: int, start: int) -> None:
    found = whole(triage(build, size=5))
    assert (found.complete, codes(found)) == (None, {"no-size", "pages-left-out"})


@WIDTHS
@pytest.mark.parametrize("kind", [1, 3, 4, 5, 6])
def test_cut_in_its_headers(build: Build, bits: int, start: int, kind: int) -> None:
    behind = {4: 12, 5: 0x38, 6: 0x38}.get(kind, 0)
    data = build(kind=kind, runs=RUNS) + bitmap(first=0xA038, present=1, pages=8)
    for size in range(8, start + behind, 37):
        found = at_size(data, size)
        assert found.complete is False
        assert found.missing == (start if size < start else start + behind) - size
        assert found.format == f"windows{bits}"


@WIDTHS
@pytest.mark.parametrize("kind", [0, 2, 7])
def test_kinds_whose_length_nothing_tells(build: Build, bits: int, start: int, kind: int) -> None:
    found = at_size(build(kind=kind, runs=RUNS), 1 << 30)
    assert (found.complete, found.expected_size, found.missing) == (None, None, None)
    assert "no-size" in codes(found)


@pytest.mark.parametrize("kind", [1, 5])
def test_no_page_at_all_is_no_complete_dump(kind: int) -> None:
    data = header_64(kind=kind, runs=((1, 0),)) + bitmap(first=0x2100, present=0, pages=8)
    found = at_size(data, 1 << 20)
    assert (found.complete, codes(found)) == (None, {"no-memory"})


def test_a_memory_map_left_unset_leaves_the_length_open() -> None:
    data = header_64()
    data[0x88:0x328] = b"PAGE" * 168
    assert at_size(data, 1 << 30).complete is None


def test_a_bitmap_that_is_not_at_hand_leaves_the_length_open() -> None:
    data = header_64(kind=5, runs=RUNS)
    assert at_size(data, 1 << 30).complete is None


def test_a_header_that_is_not_at_hand() -> None:
    found = part(header_64()[:4096], 1 << 30)
    assert found is not None
    assert (found.format, found.complete, codes(found)) == ("windows64", None, {"unread"})


def test_what_windows_asked_for_is_no_measure() -> None:
    data = header_64(kind=6, runs=RUNS) + bitmap(first=0xA038, present=9, pages=0x40000)
    found = at_size(data, 0xA038 + 9 * 4096)
    assert found.complete
    assert "required-space" in codes(found)


@pytest.mark.parametrize("gib", [64, 4096])
def test_huge_ones_take_no_more_reading(gib: int) -> None:
    data = header_64(runs=((0, gib << 18),))
    assert at_size(data, (gib << 30) + 0x2000).complete
    assert at_size(data, (gib << 30) + 0x1FFF).missing == 1
