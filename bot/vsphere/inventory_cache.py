"""The inventory of one vCenter, kept fresh by the changes that vCenter reports.

It is there to find VMs by, and for nothing that is decided: what comes before an effect is asked of vCenter.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from concurrent.futures import Future

from bot.core.errors import Code, VmdumpError
from bot.core.names import Names
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.faults import UNABLE
from bot.vsphere.inventory_watch import Watch
from bot.vsphere.session import Link, Session

_log = logging.getLogger(__name__)
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_GOODBYE_SECONDS = 2.0


class InventoryCache:
    """Waits for changes on a thread of its own: the others are for those who ask."""

    def __init__(self, endpoint: VCenterEndpoint, session: Session) -> None:
        self._endpoint = endpoint
        self._session = session
        self._stop = threading.Event()
        self._watch: Watch | None = None
        self._kept: tuple[Names, float] | None = None
        """and when vCenter had no more to tell"""
        self._ended: Future[None] = Future()

    def names(self) -> Names | None:
        """None where they are not known, or may be out of date: then vCenter has to be asked."""
        kept = self._kept
        if kept is None or time.monotonic() > kept[1] + 2 * self._endpoint.watch_seconds:
            return None
        return kept[0]

    def start(self) -> None:
        self._ended.set_running_or_notify_cancel()
        # A daemon: while it still connects to a dead vCenter it must not keep the bot from ending.
        threading.Thread(target=self._run, name=f"inventory-{self._endpoint.name}", daemon=True).start()

    async def close(self) -> None:
        """vCenter frees what belongs to the session when the caller ends that."""
        self._stop.set()
        if (watch := self._watch) is not None:
            watch.cut()
        if self._ended.running():
            ended = asyncio.wrap_future(self._ended)
            await asyncio.wait([ended], timeout=_GOODBYE_SECONDS)
            # It may end when there is no loop any more that could be told.
            ended.cancel()

    def _run(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            try:
                self._session.ask(self._next)
                pause = _FIRST_PAUSE_SECONDS
            except VmdumpError as error:
                self._lose(error)
                # A password that is refused over and over locks the account; others try it, seldom.
                refused = error.code is Code.VCENTER_LOGIN
                self._stop.wait(self._endpoint.keep_alive_seconds if refused else pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        self._kept = None
        if self._watch is not None:
            self._watch.close()
        self._ended.set_result(None)

    def _next(self, link: Link) -> None:
        """One wait. In a new session, or after an error, all is read anew; what is kept serves meanwhile."""
        watch = self._watch
        if watch is None or not watch.good_for(link):
            if watch is not None:
                watch.close()
            watch = self._watch = Watch(link, self._endpoint.name, self._endpoint.watch_seconds, watch)
        if self._stop.is_set():
            return
        try:
            names = watch.next()
        except UNABLE:
            _log.info("vCenter %s does not report changes: it is asked for its VMs", self._endpoint.name)
            self._stop.set()
            return
        if self._kept is None:
            _log.info("vCenter %s: %d VMs, kept up to date", self._endpoint.name, len(names))
        self._kept = names, time.monotonic()

    def _lose(self, error: VmdumpError) -> None:
        """What is kept is no answer while vCenter has none: the VM that is looked for might be new."""
        if self._kept is not None and not self._stop.is_set():
            _log.info("vCenter %s reports no changes (%s)", self._endpoint.name, error.code.value)
        self._kept = None
