"""Trouble that a test orders: the next calls of a method go wrong."""

from dataclasses import dataclass


@dataclass(slots=True)
class Fault:
    """What goes wrong. `kind` is `ratelimited`, `http_500`, `lost`, or an error code of Slack's.

    `lost`: the call is carried out, then the connection is cut before the answer.
    """

    kind: str
    times: int
    retry_after: int


class Faults:
    """The faults that are still to happen, per method, in the order they were ordered."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Fault]] = {}

    def order(self, method: str, kind: str, *, times: int = 1, retry_after: int = 1) -> None:
        """Let the next `times` calls of `method` go wrong. `retry_after` in seconds, for `ratelimited`."""
        self._waiting.setdefault(method, []).append(Fault(kind, times, retry_after))

    def take(self, method: str) -> Fault | None:
        """The fault for this call, if one is due."""
        waiting = self._waiting.get(method)
        if not waiting:
            return None
        fault = waiting[0]
        fault.times -= 1
        if fault.times <= 0:
            waiting.pop(0)
        return fault
