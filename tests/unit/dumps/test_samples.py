"""Real dumps are judged as they are, and not one byte less of them as complete."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from bot.dumps import BUDGET, Inspection, inspect
from tests.unit.dumps.judging import codes, judged
from tests.unit.dumps.samples import CUT_BY_DISK, ELF, EXPECTED, FLAT, KDUMP, QEMU, patched, sample

FORMATS = {"kdump": "kdump", "kdump-flat": "flattened-kdump", "elf": "elf"}


def look(name: str, *patches: tuple[int, bytes], size: int | None = None) -> Inspection:
    file = sample(name)
    found = judged(patched(file.read, *patches), file.size if size is None else size)
    assert found is not None
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_known_of_each_is_found(name: str) -> None:
    found, expected = look(name), EXPECTED[name]["result"]
    told = expected["crashtime"]
    assert found.format == FORMATS[expected["format"]]
    assert found.size == EXPECTED[name]["size"]
    assert found.complete is expected["complete"]
    assert found.os_release == expected.get("release") == "6.1.0-56-cloud-amd64"
    assert found.crash_time == (None if told is None else datetime.fromtimestamp(int(told), UTC))
    assert found.cpus == 1


@pytest.mark.parametrize("name", [KDUMP, CUT_BY_DISK, FLAT])
def test_compressed_ones_tell_their_pages_level_and_host(name: str) -> None:
    found, expected = look(name), EXPECTED[name]["result"]
    assert found.pages == expected["dumpable_pages"]
    assert found.kind.startswith("kdump, zlib, dump level 31")
    assert (found.holds_all_memory, found.host_name) == (False, "(none)")


@pytest.mark.parametrize("name", [KDUMP, ELF, QEMU])
def test_the_size_is_told_to_the_byte(name: str) -> None:
    assert look(name).expected_size == EXPECTED[name]["result"]["expected"]


def test_cores_tell_their_memory() -> None:
    """QEMU stores all of it; makedumpfile left pages out, and both map the kernel's image once more."""
    assert (look(QEMU).holds_all_memory, look(ELF).holds_all_memory) == (True, False)
    assert look(QEMU).memory == EXPECTED[QEMU]["result"]["load_bytes"]
    memory = look(ELF).memory
    assert memory is not None
    assert 0 < memory < EXPECTED[ELF]["result"]["load_bytes"]


def test_the_end_of_a_flattened_one_is_its_mark() -> None:
    assert look(FLAT).expected_size == EXPECTED[FLAT]["result"]["end_at"]


@pytest.mark.parametrize(("name", "behind"), [(KDUMP, 0), (FLAT, 0), (ELF, 0), (QEMU, 11)])
def test_cut_anywhere_it_is_truncated(name: str, behind: int) -> None:
    """``behind`` memory QEMU writes names of sections that nobody needs."""
    end = sample(name).size - behind
    near = {end - n for n in (1, 2, 15, 16, 17, 4096)}
    near |= {16, 17, 463, 464, 465, 4096, 4112, 4200, 8192, 49152}
    for size in sorted(near | set(range(20, end, end // 400))):
        found = look(name, size=size)
        assert found.complete is False, size
        assert codes(found) & {"truncated", "lost-pages"}
        if name in {ELF, QEMU} and size > 4096:
            assert found.missing == end - size


def test_the_missing_bytes_are_known_while_the_last_descriptors_are_there() -> None:
    found = look(KDUMP, size=16_000_000)
    assert found.missing == 297_279
    assert "16,000,000 bytes of at least 16,297,279, 297,279 are missing" in {f.text for f in found.findings}


def test_a_full_disk_is_seen_twice() -> None:
    found = look(CUT_BY_DISK)
    assert {"incomplete-flag", "lost-pages"} <= codes(found)
    assert (found.complete, found.missing) == (False, None)


def test_a_reset_while_dumping_leaves_no_mark_but_empty_descriptors() -> None:
    found = look(CUT_BY_DISK, (424, struct.pack("<I", 1)))
    assert "incomplete-flag" not in codes(found)
    assert found.complete is False


@pytest.mark.parametrize("name", [KDUMP, FLAT, CUT_BY_DISK])
def test_a_prefix_of_a_compressed_one_leaves_completeness_open(name: str) -> None:
    file = sample(name)
    found = inspect(lambda at, n: file.read(at, max(0, min(n, 16384 - at))), file.size)
    assert found.complete is (False if name == CUT_BY_DISK else None)
    assert found.os_release == "6.1.0-56-cloud-amd64"
    assert found.crash_time is not None


@pytest.mark.parametrize("name", [ELF, QEMU])
def test_a_prefix_of_a_core_and_the_size_are_enough(name: str) -> None:
    file = sample(name)
    found = inspect(lambda at, n: file.read(at, max(0, min(n, 16384 - at))), file.size)
    assert found == inspect(file.read, file.size)
    assert found.complete


@pytest.mark.parametrize("name", EXPECTED)
def test_little_of_it_is_read(name: str) -> None:
    file = sample(name)
    asked: list[tuple[int, int]] = []

    def read(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return file.read(offset, length)

    inspect(read, file.size)
    headers = EXPECTED[name]["result"].get("chunks", 0)
    assert sum(length for _, length in asked) <= BUDGET // 2 + 16 * headers
    assert len(asked) <= 16 + headers


def test_bytes_behind_the_last_page_are_no_proof() -> None:
    """Perhaps the descriptors were miscounted: more than they tell of is as odd as less."""
    found = look(KDUMP, size=sample(KDUMP).size + 1)
    assert (found.complete, found.missing) == (None, None)
    assert "trailing" in codes(found)


def test_bytes_behind_the_mark_of_the_end_do_not_matter() -> None:
    found = look(FLAT, size=sample(FLAT).size + 5)
    assert found.complete
    assert "trailing" in codes(found)


def test_a_flattened_dump_is_only_as_complete_as_the_one_in_it() -> None:
    """The mark in the header of the dump inside, which lies 16 bytes behind its chunk's header."""
    found = look(FLAT, (4096 + 16 + 424, struct.pack("<I", 9)))
    assert found.complete is False
    assert "incomplete-flag" in codes(found)


def test_a_flattened_dump_with_a_hole_in_it() -> None:
    """As a file system leaves it when the machine loses its power."""
    found = look(FLAT, (15_950_913, bytes(16)))
    assert (found.complete, found.missing) == (False, None)
    assert "damaged" in codes(found)


def test_a_core_marked_as_incomplete_or_with_empty_segments() -> None:
    assert "incomplete-flag" in codes(look(ELF, (48, struct.pack("<I", 1))))
    lost = look(ELF, (64 + 56 * 19, bytes(56)))
    assert lost.complete is False
    assert "lost-segments" in codes(lost)


def test_a_flattened_one_of_which_only_start_and_end_are_at_hand() -> None:
    """So a guest's dump is read: thousands of chunk headers are not worth thousands of calls."""
    file = sample(FLAT)

    def ends(offset: int, length: int) -> bytes:
        return file.read(offset, length) if offset < 16384 or offset >= file.size - 64 else b""

    found = judged(ends, file.size)
    assert found is not None
    assert (found.complete, found.expected_size) == (True, file.size)
    assert (found.crash_time, found.cpus) == (look(FLAT).crash_time, 1)
    assert "not-walked" in codes(found)
    cut = judged(ends, file.size - 1)
    assert cut is not None
    assert (cut.complete, codes(cut) & {"no-end-mark"}) == (False, {"no-end-mark"})
    ones = patched(ends, (file.size - 17, b"\xff"))
    perhaps = judged(ones, file.size)
    assert perhaps is not None
    assert perhaps.complete is None, "a page of ones may be cut like that"


def test_compressed_ones_tell_where_the_memory_ends() -> None:
    for name in (KDUMP, FLAT):
        assert look(name).memory_end == 4096 * EXPECTED[name]["result"]["max_mapnr"]
