"""A dump in a guest: judged by pieces that each cost a call, and that may not be had at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.dump_facts import DumpFacts
from bot.core.errors import Code, VmdumpError
from bot.dumps import BUDGET, Read, inspect
from bot.guest.dumps import ROUNDS, START, GuestDumps
from tests.unit.dumps.header_builder import header_64
from tests.unit.dumps.samples import CUT_BY_DISK, ELF, EXPECTED, FLAT, KDUMP, QEMU, sample

NAMES = (KDUMP, CUT_BY_DISK, FLAT, ELF, QEMU)
TELLS = ("format", "kind", "expected_size", "holds_all_memory", "memory", "cpus", "os_release", "host_name")
NO_MORE = VmdumpError(Code.GUEST_FILE, vm="x", path="y", cause="no more than the start on Windows")


class Guest:
    """Counts what is asked of it; behind ``reach`` it raises ``error``."""

    def __init__(self, read: Read, reach: int = 1 << 62, error: VmdumpError = NO_MORE) -> None:
        self.asked: list[tuple[int, int]] = []
        self._read, self._reach, self._error = read, reach, error

    async def piece(self, offset: int, length: int) -> bytes:
        self.asked.append((offset, length))
        if offset + length > self._reach:
            raise self._error
        return self._read(offset, length)


async def facts(guest: Guest, size: int) -> DumpFacts:
    found = await GuestDumps().read(guest.piece, size)
    assert sum(length for _, length in guest.asked) <= BUDGET
    return found


def codes(found: DumpFacts, weight: str) -> set[str]:
    return {f.code for f in found.findings if f.weight == weight}


@pytest.mark.parametrize("name", NAMES)
async def test_real_dumps_are_told_as_vmdump_inspect_tells_them(name: str) -> None:
    file = sample(name)
    guest = Guest(file.read)
    found, whole = await facts(guest, file.size), inspect(file.read, file.size)
    assert {field: getattr(found, field) for field in TELLS} == {
        field: getattr(whole, field) for field in TELLS
    }
    assert found.crashed_at == whole.crash_time
    assert bool(codes(found, "flaw")) is (whole.complete is False)
    assert codes(found, "doubt") == set()
    assert guest.asked[0] == (0, START)
    assert len(guest.asked) <= 2 + ROUNDS


@pytest.mark.parametrize("name", [KDUMP, FLAT])
async def test_what_cannot_be_had_leaves_it_open_and_says_why(name: str) -> None:
    file = sample(name)
    found = await facts(Guest(file.read, 64 << 10), file.size)
    assert codes(found, "flaw") == set()
    assert {"unread", "not-had"} <= codes(found, "doubt")
    assert any("no more than the start on Windows" in f.text for f in found.findings)
    assert found.crashed_at == inspect(file.read, file.size).crash_time


async def test_the_start_of_a_windows_dump_is_enough() -> None:
    data = bytes(header_64())
    guest = Guest(lambda offset, length: data[offset : offset + length], START)
    found = await facts(guest, 4 << 30)
    assert (guest.asked, found.findings, found.bug_check) == ([(0, START)], (), 0x80)


@pytest.mark.parametrize(
    ("reach", "error"),
    [(0, NO_MORE), (START, VmdumpError(Code.GUEST_UNAVAILABLE, vm="x"))],
    ids=["not even the start", "the guest is away"],
)
async def test_what_may_be_had_later_is_an_error(reach: int, error: VmdumpError) -> None:
    file = sample(KDUMP)
    with pytest.raises(VmdumpError) as caught:
        await facts(Guest(file.read, reach, error), file.size)
    assert caught.value.code is error.code


@pytest.mark.parametrize(
    ("data", "size", "reason"),
    [(b"", 0, "empty"), (b"MZ\x90\0" * 4096, 1234567, "1,234,567 bytes")],
)
async def test_what_is_no_dump_is_said_with_its_size(data: bytes, size: int, reason: str) -> None:
    with pytest.raises(VmdumpError) as caught:
        await facts(Guest(lambda offset, length: data[offset : offset + length]), size)
    assert caught.value.code is Code.DUMP_FORMAT
    assert reason in str(caught.value.params["reason"])


def growing(name: str) -> Callable[[int, int], bytes]:
    """A file that shrank since its size was read."""
    file = sample(name)
    return lambda offset, length: file.read(offset, length) if offset < START else b""


async def test_a_file_that_changes_meanwhile_ends_all_the_same() -> None:
    guest = Guest(growing(KDUMP))
    found = await facts(guest, EXPECTED[KDUMP]["size"])
    assert "unread" in codes(found, "doubt")
    assert len(guest.asked) <= 2 + 2 * ROUNDS
