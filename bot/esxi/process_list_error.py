"""A list of VMs that cannot be trusted."""

from __future__ import annotations


class ProcessListError(Exception):
    """The list is not what ``esxcli vm process list`` prints; ``reason`` says where."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
