"""Reading of a dump that stays small, whatever the dump's size and whatever its bytes ask for."""

from __future__ import annotations

from collections.abc import Callable

from bot.dumps.error import DumpFormatError

Read = Callable[[int, int], bytes]
"""``read(offset, length)``; shorter where there is no more, or no more at hand; may raise ``OSError``"""

BUDGET = 64 << 10
"""bytes that are read of one dump at most, the chunk headers of a flattened one apart"""


class Source:
    """A dump of ``size`` bytes of which perhaps only the start is at hand."""

    def __init__(self, read: Read, size: int, budget: int = BUDGET) -> None:
        self._read = read
        self._left = budget
        self.size = size

    def at(self, offset: int, length: int) -> bytes:
        """Fewer bytes at the file's end, behind what is at hand, and once the budget is spent."""
        data = self.beside(offset, min(length, self._left))
        self._left -= len(data)
        return data

    def whole(self, offset: int, length: int) -> bytes | None:
        """All of them; None if they are not at hand. Ask ``size`` whether the file has them at all."""
        data = self.at(offset, length)
        return data if len(data) == length else None

    def beside(self, offset: int, length: int) -> bytes:
        """Reads beside the budget, for whoever keeps to a limit of its own."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        try:
            return self._read(offset, length)[:length]
        except OSError as error:
            raise DumpFormatError(f"byte {offset:,} cannot be read: {error.strerror or error}") from error
