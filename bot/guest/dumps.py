"""What a dump in a guest says of itself, in the words of ``core``.

The parsers read at once, the pieces come from the guest one call each. So a dump is judged by what is at
hand; what was missed is fetched, and it is judged again.
"""

from __future__ import annotations

from bot.capture.ports import Piece
from bot.core.dump_facts import DumpFacts, DumpFinding
from bot.core.errors import Code, VmdumpError
from bot.dumps import BUDGET, DumpFormatError, Inspection, Weight, inspect

START = 16 << 10
"""bytes: enough for the headers of every kind of Windows dump, and of most others"""
ROUNDS = 6
"""A kdump takes three: the first page descriptors, the last ones, and what they lead to."""
NOT_TO_BE_HAD = frozenset({Code.GUEST_FILE, Code.GUEST_PROGRAM})
"""errors of a piece behind the start that leave a question open; any other is that of the whole reading"""


class GuestDumps:
    """Implements ``DumpFormats``."""

    async def read(self, piece: Piece, size: int) -> DumpFacts:
        pieces = _Pieces(piece, size)
        await pieces.fetch(0, min(START, size))
        found = _inspected(pieces)
        for _ in range(ROUNDS):
            if _decided(found) or not await pieces.fetch_wanted():
                break
            found = _inspected(pieces)
        return _facts(found, pieces.refused)


class _Pieces:
    """What is at hand of a file, and what was asked for in vain."""

    def __init__(self, piece: Piece, size: int) -> None:
        self.size = size
        self.refused: str | None = None
        """why a piece cannot be had"""
        self._piece = piece
        self._left = BUDGET
        self._have: list[tuple[int, bytes]] = []
        self._wanted: dict[tuple[int, int], None] = {}

    def read(self, offset: int, length: int) -> bytes:
        """Up to what is not at hand, which is noted."""
        at, end, data = offset, offset + length, b""
        while at < end:
            held = next((d[at - start :] for start, d in self._have if start <= at < start + len(d)), b"")
            if not held:
                self._wanted[at, end - at] = None
                break
            data += held[: end - at]
            at = offset + len(data)
        return data

    async def fetch(self, offset: int, length: int) -> None:
        """Raises ``VmdumpError``."""
        if length > 0:
            self._have.append((offset, await self._piece(offset, length)))
            self._left -= length

    async def fetch_wanted(self) -> bool:
        """Whether more is at hand now than before. Raises ``VmdumpError``."""
        wanted, self._wanted = self._wanted, {}
        before = self._left
        for offset, length in wanted:
            if length > self._left:
                self.refused = f"no more than {BUDGET:,} bytes are read of a dump"
                break
            try:
                await self.fetch(offset, length)
            except VmdumpError as error:
                if error.code not in NOT_TO_BE_HAD:
                    raise
                self.refused = str(error.params.get("cause", error.code.value))
                break
        return self._left < before


def _inspected(pieces: _Pieces) -> Inspection:
    try:
        return inspect(pieces.read, pieces.size)
    except DumpFormatError as error:
        reason = f"{error.reason}; the file has {pieces.size:,} bytes"
        raise VmdumpError(Code.DUMP_FORMAT, reason=reason) from error


def _decided(found: Inspection) -> bool:
    """Whether more of the file would change nothing that counts."""
    return not _doubted(found) and None not in (found.crash_time, found.cpus)


def _doubted(found: Inspection) -> bool:
    return any(f.weight is Weight.DOUBT for f in found.findings)


def _facts(found: Inspection, refused: str | None) -> DumpFacts:
    findings = [DumpFinding(code=f.code, weight=f.weight.value, text=f.text) for f in found.findings]
    if refused is not None:
        text = f"not all that was asked for could be had from the guest: {refused}"
        findings.append(DumpFinding(code="not-had", weight="doubt" if _doubted(found) else "note", text=text))
    return DumpFacts(
        format=found.format,
        kind=found.kind,
        findings=tuple(findings),
        expected_size=found.expected_size,
        holds_all_memory=found.holds_all_memory,
        memory=found.memory,
        memory_end=found.memory_end,
        pages=found.pages,
        cpus=found.cpus,
        bug_check=found.bug_check,
        bug_check_parameters=found.bug_check_parameters,
        crashed_at=found.crash_time,
        os_release=found.os_release,
        host_name=found.host_name,
    )
