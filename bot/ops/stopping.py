"""Ending when told to: the work is cancelled, and whatever else happens, the process is gone in time."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Coroutine

STOP_SECONDS = 8.0
"""from the signal to the end; container engines kill after 10"""
SIGNALS = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger("vmdump")


async def until_told_to_stop(work: Coroutine[None, None, None]) -> None:
    """Runs ``work``, which SIGTERM or SIGINT cancels; a second signal ends the process at once.

    After the first the process ends within ``STOP_SECONDS``, with status 0 even if threads hang in calls:
    what they wait for is in the journal, and the next start goes on from there. Raises what ``work`` raises.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    told = False

    def stop() -> None:
        nonlocal told
        told = True
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        log.info("stopping: captures go on where they are at the next start")
        _be_gone_in_time()
        task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not told:
            raise
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def _be_gone_in_time() -> None:
    last = threading.Timer(STOP_SECONDS, _leave)
    # It must neither keep the process alive nor wait for the threads that do.
    last.daemon = True
    last.start()


def _leave() -> None:
    log.warning("stopped with calls still under way: the next start looks what became of them")
    sys.stdout.flush()
    os._exit(0)
