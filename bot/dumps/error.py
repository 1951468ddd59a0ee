"""What is said of a file that is no dump."""

from __future__ import annotations


class DumpFormatError(Exception):
    """The bytes are no dump of this format, or contradict themselves; ``reason`` says so in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
