"""What holds for any bytes at all."""

from __future__ import annotations

from bot.dumps import BUDGET, DumpFormatError, Inspection, Read, inspect


def judged(read: Read, size: int) -> Inspection | None:
    """None for what is no dump. Nothing else is raised, little read, and complete is what is long enough."""
    taken = 0

    def counted(offset: int, length: int) -> bytes:
        nonlocal taken
        assert 0 <= offset < offset + length <= size
        data = read(offset, length)
        # The header of a chunk of a flattened dump is read beside the budget.
        taken += 0 if length == 16 and offset >= 4096 else len(data)
        return data

    try:
        found = inspect(counted, size)
    except DumpFormatError:
        return None
    finally:
        assert taken <= BUDGET
    assert found.size == size
    if found.complete:
        assert found.expected_size is not None
        assert found.expected_size <= size
        assert found.missing == 0
    elif found.expected_size is not None and found.expected_size > size:
        assert found.complete is False
        assert found.missing == found.expected_size - size
    return found


def whole(data: bytes | bytearray) -> Inspection:
    found = part(data, len(data))
    assert found is not None
    return found


def part(data: bytes | bytearray, size: int) -> Inspection | None:
    """``size`` bytes of a file of which ``data`` is the start; the rest is not at hand."""
    return judged(lambda offset, length: bytes(data[offset : offset + length]), size)


def codes(found: Inspection) -> set[str]:
    return {finding.code for finding in found.findings}
