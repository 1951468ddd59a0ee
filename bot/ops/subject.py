"""What is being worked on, so that each line of the log says whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Subject:
    request: str | None = None
    """id of a request, or ``site``"""
    delivery: str | None = None
    """key of a delivery from the chat"""


_current: ContextVar[Subject] = ContextVar("subject", default=Subject())  # noqa: B039  # it is frozen


def subject() -> Subject:
    """Of the task that asks."""
    return _current.get()


@contextmanager
def about(*, request: str | None = None, delivery: str | None = None) -> Iterator[None]:
    """What is logged in the block, by this task and those that it starts, concerns these."""
    token = _current.set(Subject(request, delivery))
    try:
        yield
    finally:
        _current.reset(token)


def concerns(request: str) -> None:
    """From now on the current block is known to be about this request."""
    _current.set(replace(_current.get(), request=request))
