"""Objects that tell their world when one of their fields is set.

Tests and stories flip fields of a machine at any moment; whoever waits for a change (`World.until`) and
whatever was computed from the old values (the vCenter's property cache) has to learn of it.
"""

from collections.abc import Callable


class Watched:
    """Calls `on_change` after every assignment to a field."""

    on_change: Callable[[], None] | None = None

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if self.on_change is not None and name != "on_change":
            self.on_change()
