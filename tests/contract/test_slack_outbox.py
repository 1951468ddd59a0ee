import asyncio
import functools
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.core.entry import Entry
from bot.core.events import Answered, Cancelled, CrashSeen, Expired
from bot.lab.slack import Change, LabSlack, Message
from bot.messages.rendered import Rendered
from bot.slack import posting
from bot.slack.chat import SlackChat
from bot.slack.outbox_worker import TRIES
from bot.slack.own_message import metadata
from bot.slack.slack_api import SlackApi
from bot.slack.slack_time import SlackTime
from bot.store.clock import Clock, SystemClock
from bot.store.commit import Committer
from bot.store.database import Database
from bot.store.outbox import Address, PostState, mark
from bot.store.reading import Reader
from bot.store.tables import outbox
from tests.unit.slack.world import (
    ALICE,
    CHANNEL,
    REQUEST,
    Journal,
    ManualClock,
    anywhere,
    database,
    identity,
    outbox_worker,
    render,
)

PNG = b"\x89PNG not really"
PICTURE = hashlib.sha256(PNG).hexdigest()


class Chat:
    """A simulated Slack, a journal, and a bot that posts it while ``posting()`` is open."""

    def __init__(self, slack: LabSlack, db: Database, clock: Clock, audit: str | None) -> None:
        self.slack = slack
        self.db = db
        self.journal = Journal(db, clock, audit=audit)
        self.time = SlackTime()
        self.told: list[tuple[str, int, str]] = []
        self.refusals: list[Exception] = []

    async def on_posted(self, journal: str, seq: int, ts: str) -> None:
        if self.refusals:
            raise self.refusals.pop()
        self.told.append((journal, seq, ts))
        await self.journal.begin_thread(journal, seq, ts)

    @asynccontextmanager
    async def posting(
        self,
        rendering: Callable[[Entry], Rendered] = render,
        may_show: Callable[[str, str], Awaitable[bool]] = anywhere,
    ) -> AsyncIterator[None]:
        async with SlackApi(self.slack.api_url, lambda: self.slack.bot_token, timeout=5) as api:
            worker = outbox_worker(
                self.db,
                api,
                identity(self.slack),
                self.journal,
                rendering=rendering,
                on_posted=self.on_posted,
                time=self.time,
                may_show=may_show,
            )
            task = asyncio.create_task(worker.run())
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def messages(self, channel: str = CHANNEL) -> list[Message]:
        return self.slack.workspace.messages(channel)

    def texts(self, channel: str = CHANNEL) -> list[str]:
        return [message.text for message in self.messages(channel)]

    async def states(self) -> list[str]:
        return await self.db.read(
            lambda c: [row.state for row in c.execute(outbox.select().order_by(outbox.c.id))]
        )

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(20):
            await self.slack.workspace.until(lambda _: condition())


@asynccontextmanager
async def chatting(
    folder: Path, clock: Clock | None = None, slack: LabSlack | None = None, audit: str | None = None
) -> AsyncIterator[Chat]:
    lab = slack or LabSlack(rate_limits=False)
    async with lab.serve(), database(folder) as db:
        chat = Chat(lab, db, clock or SystemClock(), audit)
        await chat.journal.open()
        yield chat


def crash(picture: str | None = None) -> CrashSeen:
    return CrashSeen(vm="DumpTest", after_seconds=1, witnesses=("blue-screen",), picture=picture)


async def test_the_first_entry_begins_the_thread_and_the_others_follow_in_order(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat, chat.posting():
        await chat.journal.add("1", crash(), Cancelled(person=ALICE), Expired(count=0, quorum=1))
        await chat.journal.drained()
        root, *replies = chat.messages()
        assert chat.texts() == [f"{REQUEST} crash-seen 2", f"{REQUEST} cancelled 3", f"{REQUEST} expired 4"]
        assert root.thread_ts is None
        assert {reply.thread_ts for reply in replies} == {root.ts}
        assert root.metadata == {
            "event_type": "vmdump_entry",
            "event_payload": {"journal": REQUEST, "seq": 2},
        }
        assert [(seq, ts) for _, seq, ts in chat.told] == [
            (n, m.ts) for n, m in enumerate(chat.messages(), 2)
        ]
        assert await Reader(chat.db).posts(REQUEST) == {seq: ts for _, seq, ts in chat.told}


async def test_a_thread_goes_on_though_nobody_noted_where_it_began(tmp_path: Path) -> None:
    async def forgets(journal: str, seq: int, ts: str) -> None:
        pass

    async with chatting(tmp_path) as chat:
        chat.on_posted = forgets  # type: ignore[method-assign]
        async with chat.posting():
            await chat.journal.add("1", crash(), Cancelled(person=ALICE))
            await chat.journal.drained()
        assert chat.messages()[1].thread_ts == chat.messages()[0].ts


async def test_nothing_in_a_text_pings_anybody(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat, chat.posting(lambda _: Rendered(("&lt;!channel&gt; @channel",))):
        await chat.journal.add("1", crash())
        await chat.journal.drained()
        (message,) = chat.messages()
        assert not message.link_names
        assert message.blocks[0]["text"]["verbatim"] is True


@pytest.mark.parametrize("kind", ["lost", "http_500"])
async def test_a_lost_answer_never_doubles_a_message(tmp_path: Path, kind: str) -> None:
    async with chatting(tmp_path) as chat:
        chat.slack.fault("chat.postMessage", kind)
        async with chat.posting():
            await chat.journal.add("1", crash(), Cancelled(person=ALICE))
            await chat.journal.drained()
            chat.slack.fault("chat.postMessage", kind)
            await chat.journal.add("2", Expired(count=0, quorum=1))
            await chat.journal.drained()
        assert chat.texts() == [f"{REQUEST} crash-seen 2", f"{REQUEST} cancelled 3", f"{REQUEST} expired 4"]


async def test_slack_says_when_to_go_on(tmp_path: Path) -> None:
    clock = ManualClock()
    async with chatting(tmp_path, clock) as chat:
        chat.slack.fault("chat.postMessage", "ratelimited", retry_after=1)
        async with chat.posting():
            await chat.journal.add("1", crash())
            while (await chat.journal.unsent())[0].due_at == clock.now().timestamp():
                await chat.db.changes.wait(chat.db.changes.count, at_most=1)
            (post,) = await chat.journal.unsent()
            assert (post.state, post.tries) == (PostState.PENDING, 0)
            assert post.due_at == clock.now().timestamp() + 1
            clock.advance(1)
            await chat.journal.drained()
        assert len(chat.messages()) == 1


async def test_a_restart_finds_what_went_out(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.journal.add("1", crash(), Cancelled(person=ALICE), Expired(count=0, quorum=1))
        first, second, third = await chat.journal.unsent()
        bot, read = chat.slack.workspace.bot.id, Reader(chat.db)
        root = chat.slack.workspace.post(
            CHANNEL, bot, "root", metadata=metadata(await read.entry(REQUEST, 2))
        )
        impostor = metadata(await read.entry(REQUEST, 3))
        chat.slack.workspace.post(CHANNEL, ALICE, "impostor", metadata=impostor, thread_ts=root.ts)
        reply = chat.slack.workspace.post(
            CHANNEL, bot, "reply", metadata=metadata(await read.entry(REQUEST, 4)), thread_ts=root.ts
        )
        for post in (first, second, third):
            await chat.db.write(functools.partial(mark, post=post, state=PostState.SENDING))
        async with chat.posting():
            await chat.journal.drained()
        assert chat.texts() == ["root", "impostor", "reply", f"{REQUEST} cancelled 3"]
        assert [seq for _, seq, _ in chat.told] == [2, 3, 4]
        posts = await read.posts(REQUEST)
        assert (posts[2], posts[4]) == (root.ts, reply.ts)


async def test_a_bot_that_goes_down_after_posting_does_not_post_again(tmp_path: Path) -> None:
    posted = asyncio.Event()

    async def goes_down(journal: str, seq: int, ts: str) -> None:
        posted.set()
        await asyncio.Event().wait()

    async with chatting(tmp_path) as chat:
        told, chat.on_posted = chat.on_posted, goes_down  # type: ignore[method-assign]
        async with chat.posting():
            await chat.journal.add("1", crash())
            await posted.wait()
        chat.on_posted = told  # type: ignore[method-assign]
        async with chat.posting():
            await chat.journal.drained()
        (message,) = chat.messages()
        assert chat.told == [(REQUEST, 2, message.ts)]


async def test_a_long_thread_is_searched_to_its_end(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.journal.add("1", crash())
        (post,) = await chat.journal.unsent()
        entry = await Reader(chat.db).entry(REQUEST, 2)
        chat.slack.workspace.post(CHANNEL, chat.slack.workspace.bot.id, "root", metadata=metadata(entry))
        for number in range(450):
            chat.slack.workspace.post(CHANNEL, ALICE, f"chatter {number}")
        await chat.db.write(lambda c: mark(c, post, PostState.SENDING))
        async with chat.posting():
            await chat.journal.drained()
        assert len(chat.messages()) == 451


async def test_whoever_waits_for_a_message_is_told_even_after_trouble(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        chat.refusals = [RuntimeError("a mistake")]
        async with chat.posting():
            await chat.journal.add("1", crash())
            await chat.journal.drained()
        assert [seq for _, seq, _ in chat.told] == [2]
        assert len(chat.messages()) == 1


async def test_a_channel_without_us_is_given_up_and_holds_up_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock()
    async with chatting(tmp_path, clock) as chat:
        other = Journal(chat.db, clock, id="VD-8888")
        await other.open(channel="C0NOBOT000")
        async with chat.posting():
            await other.add("1", crash())
            await chat.journal.add("1", crash())
            await chat.until(chat.messages)
            for _ in range(TRIES):
                seen = chat.db.changes.count
                clock.advance(60)
                chat.db.changes.set()
                while (left := await other.unsent()) and left[0].due_at <= clock.now().timestamp():
                    await chat.db.changes.wait(seen, at_most=0.1)
            await other.drained()
        assert await chat.states() == ["given up", "sent"]
        assert "VD-8888/2 is given up: not_in_channel" in caplog.text


async def test_a_revoked_scope_is_waited_out(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        chat.slack.scopes.remove("chat:write")
        async with chat.posting():
            await chat.journal.add("1", crash())
            while (await chat.journal.unsent())[0].tries == 0:
                await chat.db.changes.wait(chat.db.changes.count, at_most=1)
            chat.slack.scopes.add("chat:write")
            await chat.journal.drained()
        assert len(chat.messages()) == 1


async def test_an_entry_without_a_text_holds_up_nobody(tmp_path: Path) -> None:
    def fails(entry: Entry) -> Rendered:
        if entry.kind == "crash-seen":
            raise KeyError(entry.kind)
        return render(entry)

    async with chatting(tmp_path) as chat, chat.posting(fails):
        await chat.journal.add("1", crash(), Cancelled(person=ALICE))
        await chat.journal.drained()
        assert chat.texts() == [f"{REQUEST} cancelled 3"]


async def keep_picture(chat: Chat) -> None:
    await Committer(chat.db, SystemClock()).keep_picture(PICTURE, PNG)


async def test_a_picture_stands_below_its_text(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat, chat.posting():
        await keep_picture(chat)
        await chat.journal.add("1", crash(PICTURE))
        await chat.journal.drained()
        (message,) = chat.messages()
        assert [block["type"] for block in message.blocks] == ["section", "image"]
        file = chat.slack.workspace.files[message.blocks[1]["slack_file"]["id"]]
        assert file.content == PNG


async def test_where_others_read_there_is_the_text_alone(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    async def nowhere(journal: str, channel: str) -> bool:
        asked.append((journal, channel))
        return False

    async with chatting(tmp_path) as chat, chat.posting(may_show=nowhere):
        await keep_picture(chat)
        await chat.journal.add("1", crash(PICTURE))
        await chat.journal.drained()
        assert [block["type"] for block in chat.messages()[0].blocks] == ["section"]
        assert asked == [(REQUEST, CHANNEL)]
        assert chat.slack.workspace.files == {}


async def test_a_picture_that_slack_still_digests_is_waited_for(tmp_path: Path) -> None:
    slack = LabSlack(rate_limits=False, file_processing=0.3)
    async with chatting(tmp_path, slack=slack) as chat, chat.posting():
        await keep_picture(chat)
        await chat.journal.add("1", crash(PICTURE))
        await chat.journal.drained()
        assert [block["type"] for block in chat.messages()[0].blocks] == ["section", "image"]


async def test_a_picture_that_slack_never_shows_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "FILE_PAUSES", (0.0,))
    slack = LabSlack(rate_limits=False, file_processing=3600)
    async with chatting(tmp_path, slack=slack) as chat, chat.posting():
        await keep_picture(chat)
        await chat.journal.add("1", crash(PICTURE))
        await chat.journal.drained()
        assert [block["type"] for block in chat.messages()[0].blocks] == ["section"]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_upload_that_fails_does_not_hold_the_text_back(tmp_path: Path, method: str) -> None:
    async with chatting(tmp_path) as chat:
        chat.slack.fault(method, "fatal_error")
        async with chat.posting():
            await keep_picture(chat)
            await chat.journal.add("1", crash(PICTURE))
            await chat.journal.drained()
        assert [block["type"] for block in chat.messages()[0].blocks] == ["section"]


async def test_a_picture_that_is_not_stored_does_not_hold_the_text_back(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat, chat.posting():
        await chat.journal.add("1", crash("0" * 64))
        await chat.journal.drained()
        assert len(chat.messages()) == 1


async def test_blocks_that_slack_refuses_are_left_out(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        chat.slack.fault("chat.postMessage", "invalid_blocks")
        async with chat.posting():
            await chat.journal.add("1", crash())
            await chat.journal.drained()
        (message,) = chat.messages()
        assert (message.text, message.blocks) == (f"{REQUEST} crash-seen 2", [])


def answered(channel: str) -> Answered:
    return Answered(person=ALICE, channel=channel, topic="help")


async def whisper(chat: Chat, address: Address) -> Change:
    """What alice alone sees of one private entry."""
    with chat.slack.workspace.changes() as changes:
        async with chat.posting():
            await chat.journal.add("1", answered(address.channel), private=address)
            async with asyncio.timeout(20):
                async for change in changes:
                    if change.kind == "ephemeral":
                        await chat.journal.drained()
                        return change
    raise AssertionError("nobody saw anything")


async def test_a_person_is_answered_where_the_bot_is_no_member(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        chat.slack.workspace.request_url = "http://127.0.0.1:1/nobody"
        command = await chat.slack.command("alice", "#inc-7", "DumpTest")
        url = command.payload["response_url"]
        seen = await whisper(chat, Address(channel="C0NOBOT000", person=ALICE, response_url=url))
        assert (seen.person, seen.message.channel) == (ALICE, "C0NOBOT000")
        assert await chat.states() == ["sent"]


@pytest.mark.parametrize(
    "url", [None, "https://hooks.example.com/commands/1", "http://127.0.0.1:1/response/x"]
)
async def test_otherwise_a_person_is_answered_in_the_channel(tmp_path: Path, url: str | None) -> None:
    async with chatting(tmp_path) as chat:
        seen = await whisper(chat, Address(channel=CHANNEL, person=ALICE, response_url=url))
        assert (seen.person, seen.message.text) == (ALICE, f"{REQUEST} answered 2")


async def test_an_expired_response_url_is_no_obstacle(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        url = chat.slack.api_url.replace("/api/", "/response/expired")
        seen = await whisper(chat, Address(channel=CHANNEL, person=ALICE, response_url=url))
        assert seen.person == ALICE


async def test_a_person_who_cannot_be_reached_is_given_up_at_once(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat, chat.posting():
        address = Address(channel="C0NOBOT000", person=ALICE)
        await chat.journal.add("1", answered("C0NOBOT000"), crash(), private=address)
        await chat.journal.drained()
        assert await chat.states() == ["given up", "sent"]


@pytest.mark.parametrize(("error", "least", "most"), [(5, 4.0, 5.0), (-5, -5.0, -4.0), (0, 0.0, 0.0)])
async def test_each_message_tells_how_far_slacks_clock_is_off(
    tmp_path: Path, error: float, least: float, most: float
) -> None:
    async with chatting(tmp_path) as chat, chat.posting():
        assert chat.time.offset() is None
        chat.slack.workspace.err(error)
        await chat.journal.add("1", crash())
        await chat.journal.drained()
        offset = chat.time.offset()
        assert offset is not None
        assert least <= offset <= most


async def test_a_clock_that_was_set_right_is_known_from_the_next_message(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat, chat.posting():
        chat.slack.workspace.err(60)
        await chat.journal.add("1", crash())
        await chat.journal.drained()
        assert chat.time.offset() != 0.0
        chat.slack.workspace.err(0)
        await chat.journal.add("2", Cancelled(person=ALICE))
        await chat.journal.drained()
        assert chat.time.offset() == 0.0
        async with SlackApi(chat.slack.api_url, lambda: chat.slack.bot_token) as api:
            assert SlackChat(api, chat.slack.team_id, time=chat.time).clock_offset() == 0.0
