"""Brings entries into Slack: each once, a journal's in order, different journals side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Protocol

from bot.core.entry import SITE, Entry
from bot.messages.rendered import Rendered
from bot.ops.redaction import safe_logger
from bot.ops.subject import about
from bot.slack.lanes import Lanes
from bot.slack.login import Identity
from bot.slack.message import message
from bot.slack.own_message import find_own
from bot.slack.pace import Pace
from bot.slack.pictures import Pictures
from bot.slack.posting import post_to_person, post_to_thread
from bot.slack.slack_api import SlackApi
from bot.slack.slack_failures import RateLimited, Refused, SlackFailure, Unanswered
from bot.slack.slack_time import SlackTime
from bot.store.clock import Clock
from bot.store.database import Database
from bot.store.outbox import Address, Post, PostState, mark
from bot.store.reading import Reader

CONCURRENCY = 32
LOOK_SECONDS = 1.0
"""the longest pause between two looks at the outbox"""
TRIES = 8
"""of what Slack refuses; two minutes, in which somebody may let the bot back into the channel"""
LONGEST_PAUSE = 60.0
"""seconds between two tries; it begins with one and doubles"""
_OURS_TO_MEND = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"}
)
"""Refusals that an administrator ends by mending the app; until then nothing is given up."""

log = safe_logger("vmdump.slack.outbox")


class OnPosted(Protocol):
    """Told of each entry in a thread before it is marked as sent; told again after a crash in between."""

    async def __call__(self, journal: str, seq: int, ts: str, /) -> None: ...


class OutboxWorker:
    """Works off the outbox.

    ``render`` gives an entry's text in the configured language, ``copied`` what of it the auditors' channel
    gets, ``picture_label`` describes console pictures to those who cannot see them. ``time`` learns Slack's.
    ``may_show`` says of a request and a channel whether pictures may be shown there now.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        api: SlackApi,
        identity: Identity,
        *,
        render: Callable[[Entry], Rendered],
        on_posted: OnPosted,
        picture_label: str,
        copied: Callable[[Entry, Address, Rendered], Rendered],
        time: SlackTime,
        may_show: Callable[[str, str], Awaitable[bool]],
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._api = api
        self._identity = identity
        self._render = render
        self._on_posted = on_posted
        self._copied = copied
        self._time = time
        self._may_show = may_show
        self._pace = pace or Pace()
        self._reader = Reader(database)
        self._pictures = Pictures(api, self._reader, picture_label)

    async def run(self) -> None:
        """Until cancelled; whatever fails is logged and tried again."""
        changes = self._database.changes
        async with asyncio.TaskGroup() as tasks:
            lanes = Lanes(tasks, limit=CONCURRENCY, on_end=changes.set)
            while True:
                seen = changes.count
                pause = LOOK_SECONDS
                try:
                    pause = await self._look(lanes)
                except Exception as error:  # noqa: BLE001  # a database that is away for a while
                    log.error("the outbox cannot be read: %s", type(error).__name__)  # noqa: TRY400
                await changes.wait(seen, at_most=pause)

    async def _look(self, lanes: Lanes) -> float:
        """Starts what can be started; seconds until something else is due."""
        busy = lanes.busy()
        posts = await self._reader.unsent()
        now = self._clock.now().timestamp()
        pause = LOOK_SECONDS
        firsts: dict[Hashable, Post] = {}
        for post in posts:
            firsts.setdefault(_lane(post), post)
        for lane, post in firsts.items():
            if lane in busy or lanes.full:
                continue
            if post.due_at <= now:
                with about(request=post.journal):
                    lanes.start(lane, self._deliver(post))
            else:
                pause = min(pause, post.due_at - now)
        return pause

    async def _deliver(self, post: Post) -> None:
        try:
            entry = await self._reader.entry(post.journal, post.seq)
            if post.address.person is not None:
                await self._to_person(post, entry)
            else:
                await self._to_channel(post, entry)
        except Exception:
            # The post stays as it is marked: one that may be out is looked for before it is posted again.
            log.exception("%s/%s was not posted", post.journal, post.seq)
            await asyncio.sleep(LOOK_SECONDS)

    async def _to_person(self, post: Post, entry: Entry) -> None:
        rendered = await self._rendered(post, entry)
        if rendered is None:
            return
        now = self._clock.now()
        try:
            await post_to_person(self._api, post.address, message(rendered), at=entry.at, now=now)
        except Refused as failure:
            await self._refused(post, failure, tries=1)
        except SlackFailure as failure:
            await self._later(post, failure, PostState.PENDING, tries=TRIES)
        else:
            await self._mark(post, PostState.SENT)

    async def _to_channel(self, post: Post, entry: Entry) -> None:
        """Into the thread, or as a copy for the auditors, which nobody votes on."""
        copy = post.address.copy_of is not None
        thread = None if copy else await self._thread(post)
        ts = None
        if post.state is PostState.SENDING:
            try:
                ts = await self._find(post, entry, thread, copy=copy)
            except SlackFailure as failure:
                await self._later(post, failure, PostState.SENDING)
                return
        if ts is None:
            ts = await self._post(post, entry, thread, copy=copy)
        if ts is not None and (copy or await self._told(post, ts)):
            await self._mark(post, PostState.SENT, ts=ts)
            if not copy:
                self._pictures.forget(entry)

    async def _told(self, post: Post, ts: str) -> bool:
        """Tells before the post is marked: after a crash in between, the row is there to tell of it again."""
        try:
            await self._on_posted(post.journal, post.seq, ts)
        except Exception:
            log.exception("%s/%s is posted, and nobody could be told", post.journal, post.seq)
            await self._again(post, PostState.SENDING)
            return False
        return True

    async def _thread(self, post: Post) -> str | None:
        """The ts of the thread's first message; None for the post that begins it."""
        if post.journal == SITE:
            return None
        known = (await self._reader.request(post.journal)).thread
        if known is not None:
            return known
        posted = await self._reader.posts(post.journal)
        return posted[min(posted)] if posted else None

    async def _find(self, post: Post, entry: Entry, thread: str | None, *, copy: bool) -> str | None:
        channel = post.address.channel
        try:
            return await find_own(self._api, self._identity, entry, channel=channel, thread=thread, copy=copy)
        except Refused as failure:
            log.warning("%s cannot be searched (%s): it may show a message twice", channel, failure.cause)
            return None

    async def _post(self, post: Post, entry: Entry, thread: str | None, *, copy: bool) -> str | None:
        rendered = await self._rendered(post, entry)
        if rendered is None:
            return None
        picture = None
        if rendered.picture and not copy and await self._may_show(post.journal, post.address.channel):
            picture = await self._pictures.upload(entry, rendered.picture)
        channel = post.address.channel
        await self._pace.turn(channel)
        await self._mark(post, PostState.SENDING)
        before = self._clock.now()
        try:
            ts = await post_to_thread(
                self._api,
                entry,
                channel=channel,
                thread=thread,
                copy=copy,
                with_picture=None if picture is None else message(rendered, picture),
                plain=message(rendered),
            )
        except Refused as failure:
            await self._refused(post, failure, tries=TRIES)
        except Unanswered as failure:
            await self._later(post, failure, PostState.SENDING)
        except SlackFailure as failure:
            await self._later(post, failure, PostState.PENDING)
        else:
            self._time.measured(before, self._clock.now(), ts)
            return ts
        return None

    async def _rendered(self, post: Post, entry: Entry) -> Rendered | None:
        try:
            rendered = self._render(entry)
            return rendered if post.address.copy_of is None else self._copied(entry, post.address, rendered)
        except Exception:
            # Our own mistake, which no further try mends: the others must not wait behind it.
            log.exception("%s/%s (%s) has no text", post.journal, post.seq, entry.kind)
            await self._mark(post, PostState.GIVEN_UP)
            return None

    async def _refused(self, post: Post, failure: Refused, *, tries: int) -> None:
        endless = failure.cause in _OURS_TO_MEND
        await self._later(post, failure, PostState.PENDING, tries=None if endless else tries)

    async def _later(
        self, post: Post, failure: SlackFailure, state: PostState, *, tries: int | None = None
    ) -> None:
        """Tries again after a pause, at most ``tries`` times."""
        where = f"{post.journal}/{post.seq}"
        if isinstance(failure, RateLimited):
            if post.address.person is None:
                self._pace.hold(post.address.channel, failure.seconds)
            await self._mark(post, state, due_at=self._clock.now().timestamp() + failure.seconds)
            return
        if tries is not None and post.tries + 1 >= tries:
            log.error("%s is given up: %s", where, failure.cause)
            await self._mark(post, PostState.GIVEN_UP)
            return
        log.warning("%s was not posted, and will be tried again: %s", where, failure.cause)
        await self._again(post, state)

    async def _again(self, post: Post, state: PostState) -> None:
        pause = min(2.0 ** min(post.tries, 10), LONGEST_PAUSE)
        await self._mark(post, state, due_at=self._clock.now().timestamp() + pause, tried=True)

    async def _mark(
        self,
        post: Post,
        state: PostState,
        *,
        ts: str | None = None,
        due_at: float | None = None,
        tried: bool = False,
    ) -> None:
        await self._database.write(
            lambda connection: mark(connection, post, state, message=ts, due_at=due_at, tried=tried)
        )


def _lane(post: Post) -> Hashable:
    """What one person sees waits for nobody else's."""
    if post.address.person is not None:
        return ("person", post.id)
    return ("thread", post.journal) if post.address.copy_of is None else ("copies", post.address.channel)
