"""What the tests of this room share: a database, a request in it, settings for the simulated Slack."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.entry import Entry, Event
from bot.core.events import RunStarted
from bot.core.request import Request
from bot.lab.slack import LabSlack
from bot.messages.catalogue import Texts
from bot.messages.copies import copy_of
from bot.messages.rendered import Rendered
from bot.requests.ports import Act, Ask
from bot.slack.login import Identity
from bot.slack.outbox_worker import OutboxWorker
from bot.slack.pace import Pace
from bot.slack.slack_api import SlackApi
from bot.slack.slack_settings import Mode, SlackSettings
from bot.slack.slack_time import SlackTime
from bot.store.clock import Clock, SystemClock
from bot.store.commit import Committer, Step
from bot.store.database import Database
from bot.store.outbox import Address, Post
from bot.store.reading import Reader

CHANNEL = "C0INC42000"
ALICE, BOB = "U0ALICE042", "U024BE7LH"
BOT_USER = "U0VMDUMP00"
REQUEST = "VD-7K3Q"


class ManualClock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{folder}/vmdump.db")
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()


def settings(slack: LabSlack, mode: Mode = Mode.SOCKET, **changed: Any) -> SlackSettings:
    values: dict[str, Any] = {
        "team_id": slack.team_id,
        "app_id": slack.app_id,
        "bot_token": lambda: slack.bot_token,
        "app_token": lambda: slack.app_token,
        "signing_secret": lambda: slack.signing_secret,
        "api_url": slack.api_url,
        "mode": mode,
        "listen_port": 0,
    }
    return SlackSettings(**(values | changed))


def identity(slack: LabSlack) -> Identity:
    return Identity(slack.team_id, slack.workspace.bot.id, slack.workspace.bot_id)


class PlainReceipts:
    def received(self, act: Act) -> str:
        return f"Looking for {act.query} …" if isinstance(act, Ask) else ""

    def other_name(self, vm: str) -> str:
        return f"not {vm}"

    def elsewhere(self) -> str:
        return "not from here"


@dataclass
class Journal:
    """A request whose entries are on their way to the chat."""

    database: Database
    clock: Clock = field(default_factory=SystemClock)
    id: str = REQUEST
    audit: str | None = None

    async def open(self, *, channel: str = CHANNEL) -> None:
        request = Request(
            id=self.id,
            vm_key=self.id,
            vcenter="vc1",
            moid="vm-1",
            vm_name="DumpTest",
            reason="",
            requester=ALICE,
            channel=channel,
            channel_name="inc-42",
            created_at=self.clock.now(),
        )
        await self._committer.open(request, f"asked/{self.id}", RunStarted(run=1), actor=ALICE)

    async def add(self, key: str, *events: Event, private: Address | None = None) -> None:
        await self._committer.commit(self.id, key, lambda _: Step(events=events, private=private))

    async def begin_thread(self, journal: str, seq: int, ts: str) -> None:
        """As the room ``requests`` does it when the first message is out."""
        await self._committer.commit(
            journal, f"posted/{seq}", lambda now: Step(events=(), set={"thread": now.thread or ts})
        )

    async def unsent(self) -> tuple[Post, ...]:
        return await Reader(self.database).unsent()

    async def drained(self) -> None:
        """Waits until nothing is left to be posted."""
        while True:
            seen = self.database.changes.count
            if not await self.unsent():
                return
            await self.database.changes.wait(seen, at_most=30)

    @property
    def _committer(self) -> Committer:
        return Committer(self.database, self.clock, self.audit)


def render(entry: Entry) -> Rendered:
    picture = entry.data.get("picture")
    return Rendered((f"{entry.journal} {entry.kind} {entry.seq}",), picture)


def copied(entry: Entry, address: Address, rendered: Rendered) -> Rendered:
    return copy_of(entry, address.copy_of or "", rendered, Texts("en"))


async def anywhere(_journal: str, _channel: str) -> bool:
    return True


def outbox_worker(
    db: Database,
    api: SlackApi,
    who: Identity,
    journal: Journal,
    *,
    rendering: Callable[[Entry], Rendered] = render,
    on_posted: Any = None,
    time: SlackTime | None = None,
    pace: Pace | None = None,
    may_show: Callable[[str, str], Awaitable[bool]] = anywhere,
) -> OutboxWorker:
    return OutboxWorker(
        db,
        journal.clock,
        api,
        who,
        render=rendering,
        on_posted=on_posted or journal.begin_thread,
        picture_label="Console picture",
        copied=copied,
        may_show=may_show,
        time=time or SlackTime(),
        pace=pace or Pace(per_second=math.inf),
    )
