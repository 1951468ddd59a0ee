"""Waiting for what vCenter does by itself after a call."""

from __future__ import annotations

import time
from typing import Any

from pyVmomi import vim

from bot.vsphere.properties import ask
from bot.vsphere.session import Link

_PAUSE = 0.1
_LONGEST_PAUSE = 1.0


class NoAnswer(Exception):
    """Whether the task was done is not known."""


def finish(link: Link, task: Any, seconds: float) -> None:
    """Returns when the task is done. Raises its fault, or ``NoAnswer``. Blocks: for a worker's thread."""
    end = time.monotonic() + seconds
    pause = _PAUSE
    while True:
        try:
            found = ask(link, vim.Task(task._moId, link.stub), {vim.Task: ("info",)})  # noqa: SLF001 - its only name
        except vim.fault.NotAuthenticated:
            # The call before was taken: this refusal must not look like one of the call.
            raise NoAnswer("the session was lost") from None
        info = found[0].get("info") if found else None
        if info is not None and info.state == "success":
            return
        if info is not None and info.state == "error":
            raise info.error
        if time.monotonic() > end:
            raise NoAnswer("the task takes too long")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
