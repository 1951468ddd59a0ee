"""A text as people see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rendered:
    """Sections in the chat's own markup, every value in them escaped."""

    sections: tuple[str, ...]
    picture: str | None = None
    """SHA-256 of a stored picture that belongs to it"""

    @property
    def text(self) -> str:
        return "\n".join(self.sections)
