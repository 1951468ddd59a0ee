"""A text as people see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class VoteButton(StrEnum):
    APPROVE = "approve"
    DENY = "deny"
    GLASS = "break-glass"


@dataclass(frozen=True, slots=True)
class Button:
    button: VoteButton
    label: str
    """plain text"""
    mark: str
    """says which plan it is about, to whoever reads deliveries"""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Sections in the chat's own markup, every value in them escaped."""

    sections: tuple[str, ...]
    picture: str | None = None
    """SHA-256 of a stored picture that belongs to it"""
    buttons: tuple[Button, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(self.sections)
