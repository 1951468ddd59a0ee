"""The state that a session keeps for telling its client of changes."""

from dataclasses import dataclass, field
from typing import Any

from pyVmomi import vmodl

from bot.lab.vcenter.collector import Collector
from bot.lab.vcenter.updates import State, Update, compare


@dataclass
class Answer:
    """One UpdateSet: updates by the filter that saw them. `more` are to follow under this version."""

    version: str
    updates: list[tuple[str, Update]]
    more: bool


@dataclass(eq=False)
class Watcher:
    """A property collector of one session, with its filters by id.

    A client names the version it knows. The newest and the one before can be named, so that a client whose
    answer was lost can ask again; older ones are out of date. `turn` grows when a call that waits has to end.
    """

    filters: dict[str, Any] = field(default_factory=dict)
    turn: int = 0
    _number: int = 0
    _known: dict[str, dict[str, State]] = field(default_factory=dict)
    _rest: tuple[str, list[tuple[str, Update]]] = ("", [])

    def next_page(self, version: str, size: int | None) -> Answer | None:
        """The next page where the version is one that was cut off; such a version serves once."""
        awaited, rest = self._rest
        if not rest or version != awaited:
            return None
        return self._page(rest, size)

    def changes(self, version: str, collector: Collector, size: int | None) -> Answer | None:
        """What changed since the version; from the start (the empty version) there is always an answer.

        Raises the faults InvalidCollectorVersion and InvalidProperty.
        """
        before = self._before(version)
        compared = {key: compare(collector, spec, before.get(key, {})) for key, spec in self.filters.items()}
        state = {key: now for key, (now, _) in compared.items()}
        updates = [(key, update) for key, (_, found) in compared.items() for update in found]
        if version and not updates:
            self._known[version] = state
            return None
        self._number += 1
        self._known = {version: before, str(self._number): state}
        return self._page(updates, size)

    def stop_waiting(self) -> None:
        """Let calls that wait end."""
        self.turn += 1

    def _before(self, version: str) -> dict[str, State]:
        if not version:
            return {}
        try:
            return self._known[version]
        except KeyError:
            raise vmodl.query.InvalidCollectorVersion(
                msg="A specified version is out of date or was never given out."
            ) from None

    def _page(self, updates: list[tuple[str, Update]], size: int | None) -> Answer:
        page, rest = (updates[:size], updates[size:]) if size else (updates, [])
        version = f"{self._number}/{len(rest)}" if rest else str(self._number)
        self._rest = (version, rest)
        return Answer(version, page, bool(rest))
