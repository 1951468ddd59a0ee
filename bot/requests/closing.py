"""Ending a request that has changed nothing."""

from __future__ import annotations

from bot.core.events import Closed, Durations
from bot.core.request import Outcome, Request


def closed(request: Request, outcome: Outcome) -> Closed:
    """The last entry of a request that ends before its first change."""
    return Closed(vm=request.vm_name, outcome=outcome, changes=0, restored=0, durations=Durations())
