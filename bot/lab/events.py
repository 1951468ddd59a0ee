"""The event log of a vCenter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.lab.host import Host
from bot.lab.vm import Vm


@dataclass(frozen=True)
class Event:
    """One event; `kind` is the name of its class in the vSphere API, `at` is UTC.

    `details` are further fields of that class; a host or a cluster among them stands for its reference.
    """

    key: int
    kind: str
    at: datetime
    user: str
    message: str
    vm: Vm | None
    host: Host | None
    details: Mapping[str, object]


class Events:
    """All events, oldest first."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self.logged: list[Event] = []

    def log(
        self,
        kind: str,
        message: str,
        *,
        user: str = "",
        vm: Vm | None = None,
        host: Host | None = None,
        details: Mapping[str, object] | None = None,
    ) -> Event:
        """Append an event that happens now."""
        event = Event(len(self.logged) + 1, kind, datetime.now(UTC), user, message, vm, host, details or {})
        self.logged.append(event)
        self._on_change()
        return event

    def of_kind(self, kind: str) -> list[Event]:
        """The events of one class."""
        return [event for event in self.logged if event.kind == kind]
