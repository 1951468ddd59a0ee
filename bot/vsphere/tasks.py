"""Waiting for what vCenter does by itself after a call."""

from __future__ import annotations

import time
from typing import Any

from pyVmomi import vim

from bot.vsphere.faults import InDoubt, fault_text
from bot.vsphere.properties import ask, moid
from bot.vsphere.session import Link

_PAUSE = 0.1
_LONGEST_PAUSE = 1.0


def finish(link: Link, task: Any, seconds: float) -> None:
    """Returns when the task is done. Raises its fault, or ``InDoubt``. Blocks: for a worker's thread."""
    end = time.monotonic() + seconds
    pause = _PAUSE
    while True:
        info = _info(link, task)
        if info is not None and info.state == "success":
            return
        if info is not None and info.state == "error":
            if isinstance(info.error, vim.fault.NotAuthenticated):
                raise InDoubt("the task lost its session")
            raise info.error
        if time.monotonic() > end:
            raise InDoubt("the task takes too long")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _info(link: Link, task: Any) -> Any:
    try:
        found = ask(link, vim.Task(moid(task), link.stub), {vim.Task: ("info",)})
    except Exception as error:  # noqa: BLE001 - the call was taken: no failed question may look like its refusal
        raise InDoubt(f"how the task goes cannot be read: {fault_text(error)}") from None
    return found[0].get("info") if found else None
