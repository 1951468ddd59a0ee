"""The policy in force: read from its file when the bot starts, and again whenever the file changes."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.core.events import PolicyLoaded, PolicyRefused
from bot.core.policy.model import Policy
from bot.settings.place import ConfigFaults, Fault, Place
from bot.settings.rbac_file import load_policy
from bot.store.clock import Clock
from bot.store.commit import Committer

log = logging.getLogger("vmdump")
LOOK_SECONDS = 1.0
Mark = tuple[int, ...]
"""changes whenever the file does"""
Note = Callable[[PolicyLoaded | PolicyRefused], Awaitable[None]]
"""writes into the site journal"""


def load_safely(path: Path) -> Policy:
    """Raises ``ConfigFaults``, also for a file that others than its owner can write."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return load_policy(path)
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        text = f"others than its owner can write it (mode {stat.S_IMODE(mode):o}); expected chmod go-w"
        raise ConfigFaults([Fault(Place(path), text)])
    return load_policy(path)


class PolicyFile:
    """Implements ``Policies``. A file that is not taken leaves the policy as it is, and is said loudly."""

    def __init__(self, path: Path) -> None:
        """Raises ``ConfigFaults``: without a first policy there is nothing to keep."""
        self._path = path
        self._mark = _mark(path)
        self._policy = load_safely(path)
        self.refused = False
        """whether the file holds another policy than the one in force"""

    def policy(self) -> tuple[Policy, str]:
        """The policy in force, and the SHA-256 of its file."""
        return self._policy, self._policy.sha256

    def names_tags(self) -> bool:
        """Whether a rule in force restricts by tags."""
        return any(rule.scope.tag is not None for rule in self._policy.rules)

    async def watch(self, committer: Committer, clock: Clock, wake: asyncio.Event) -> None:
        """Until cancelled: looks every second, and at once when ``wake`` is set (SIGHUP)."""
        note = functools.partial(self._note, committer, clock)
        first: PolicyLoaded | None = PolicyLoaded(policy_sha256=self._policy.sha256, before="")
        while True:
            try:
                if first is not None:
                    await note(first)
                    first = None
                forced = wake.is_set()
                wake.clear()
                await self._look(note, forced=forced)
            except Exception:
                # A database that is away for a while: what cannot be written down is not taken either.
                log.exception("rbac.yaml is looked at again")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await wake.wait()
            except TimeoutError:
                pass

    async def _look(self, note: Note, *, forced: bool) -> None:
        mark = await asyncio.to_thread(_mark, self._path)
        if forced or mark != self._mark:
            await self._load(note)
            self._mark = mark

    async def _load(self, note: Note) -> None:
        before = self._policy.sha256
        try:
            loaded = await asyncio.to_thread(load_safely, self._path)
        except ConfigFaults as error:
            self.refused = True
            faults = tuple(str(fault) for fault in error.faults)
            await note(PolicyRefused(policy_sha256=before, faults=faults))
            for fault in faults:
                log.error("the policy stays as it was: %s", fault)  # noqa: TRY400  # a person's mistake, no crash
            return
        self.refused = False
        if loaded.sha256 != before:
            await note(PolicyLoaded(policy_sha256=loaded.sha256, before=before))
            self._policy = loaded
            log.warning("another policy is in force: %s (before: %s)", loaded.sha256[:12], before[:12])

    async def _note(self, committer: Committer, clock: Clock, event: PolicyLoaded | PolicyRefused) -> None:
        await committer.note(f"policy/{clock.now().isoformat()}", event, actor="vmdump")


def _mark(path: Path) -> Mark:
    try:
        found = os.stat(path)  # noqa: PTH116  # all of it
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev, found.st_mode, found.st_uid)
