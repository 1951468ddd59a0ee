"""What the auditors' channel gets: copies of requests and decisions, each once, in order."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from bot.core.entry import SITE, Entry, Shows
from bot.core.events import Answered, Cancelled, Expired, PolicyRefused
from bot.messages.rendered import Button, Rendered, VoteButton
from bot.slack.outbox_worker import TRIES
from bot.slack.own_message import metadata
from bot.slack.slack_api import SlackApi
from bot.slack.thread_check import compare_thread
from bot.store.commit import Committer
from bot.store.outbox import Address, PostState, mark
from bot.store.reading import Reader
from tests.contract.test_slack_outbox import PICTURE, Chat, chatting, crash, keep_picture
from tests.unit.slack.world import ALICE, CHANNEL, REQUEST, Journal, ManualClock, render

AUDIT, OUTSIDE = "C0RANDOM00", "C0NOBOT000"
HEAD = f"*{REQUEST}* in <#{CHANNEL}>"


def copy(kind: str, seq: int) -> str:
    return f"{HEAD}\n{REQUEST} {kind} {seq}"


async def decide(chat: Chat) -> None:
    """Two decisions, with something between that is none."""
    await chat.journal.add("1", Cancelled(person=ALICE), crash(), Expired(count=0, quorum=1))


async def test_requests_and_decisions_are_copied_in_order(tmp_path: Path) -> None:
    async with chatting(tmp_path, audit=AUDIT) as chat, chat.posting():
        await decide(chat)
        await chat.journal.drained()
        assert chat.texts(AUDIT) == [copy("cancelled", 2), copy("expired", 4)]
        assert [message.thread_ts for message in chat.messages(AUDIT)] == [None, None]
        assert len(chat.messages()) == 3


async def test_of_a_copy_nobody_is_told_and_it_is_no_part_of_the_thread(tmp_path: Path) -> None:
    async with chatting(tmp_path, audit=AUDIT) as chat, chat.posting():
        await decide(chat)
        await chat.journal.drained()
        thread = {seq: message.ts for seq, message in enumerate(chat.messages(), 2)}
        assert chat.told == [(REQUEST, seq, ts) for seq, ts in thread.items()]
        assert await Reader(chat.db).posts(REQUEST) == thread


async def test_a_copy_has_nothing_to_press_and_nothing_to_look_at(tmp_path: Path) -> None:
    def rich(entry: Entry) -> Rendered:
        return Rendered((entry.kind,), PICTURE, tuple(Button(b, b.value, "d") for b in VoteButton))

    async with chatting(tmp_path, audit=AUDIT) as chat, chat.posting(rich):
        await keep_picture(chat)
        await chat.journal.add("1", Cancelled(person=ALICE))
        await chat.journal.drained()
        ((shown,), (copied,)) = chat.messages(), chat.messages(AUDIT)
        assert [block["type"] for block in shown.blocks] == ["section", "actions", "image"]
        assert [block["type"] for block in copied.blocks] == ["section", "section"]
        assert len(chat.slack.workspace.files) == 1


async def test_what_only_one_person_sees_or_nobody_is_copied_too(tmp_path: Path) -> None:
    async with chatting(tmp_path, audit=AUDIT) as chat, chat.posting():
        committer = Committer(chat.db, chat.journal.clock, AUDIT)
        await committer.note("p", PolicyRefused(policy_sha256="a", faults=("no rules",)), actor="vmdump")
        await chat.journal.drained()
        (seen,) = chat.texts(AUDIT)
        assert seen.splitlines()[0] == "*no request*"
        assert seen.splitlines()[1].startswith(f"{SITE} policy-refused")
        answer = Answered(person=ALICE, channel=CHANNEL, topic="help")
        await chat.journal.add("1", answer, private=Address(channel=CHANNEL, person=ALICE))
        await chat.journal.drained()
        assert len(chat.messages(AUDIT)) == 1


@pytest.mark.parametrize("trouble", ["lost", "http_500"])
async def test_a_lost_answer_doubles_neither_a_message_nor_its_copy(tmp_path: Path, trouble: str) -> None:
    async with chatting(tmp_path, audit=AUDIT) as chat:
        chat.slack.fault("chat.postMessage", trouble, times=2)
        async with chat.posting():
            await decide(chat)
            await chat.journal.drained()
        assert chat.texts(AUDIT) == [copy("cancelled", 2), copy("expired", 4)]
        assert len(chat.messages()) == 3


async def test_a_bot_that_goes_down_with_a_copy_on_its_way_posts_it_once(tmp_path: Path) -> None:
    async with chatting(tmp_path, audit=AUDIT) as chat:
        async with chat.posting():
            await decide(chat)
            await chat.until(lambda: chat.messages(AUDIT))
        async with chat.posting():
            await chat.journal.drained()
        assert chat.texts(AUDIT) == [copy("cancelled", 2), copy("expired", 4)]
        assert len(chat.messages()) == 3


async def test_a_copy_that_went_out_before_a_crash_is_found(tmp_path: Path) -> None:
    async with chatting(tmp_path, audit=AUDIT) as chat:
        await decide(chat)
        bot, entry = chat.slack.workspace.bot.id, await Reader(chat.db).entry(REQUEST, 2)
        chat.slack.workspace.post(AUDIT, ALICE, "impostor", metadata=metadata(entry, copy=True))
        chat.slack.workspace.post(AUDIT, bot, "the copy", metadata=metadata(entry, copy=True))
        await on_their_way(chat)
        async with chat.posting():
            await chat.journal.drained()
        assert chat.texts(AUDIT) == ["impostor", "the copy", copy("expired", 4)]


async def test_where_the_auditors_read_in_the_same_channel_a_copy_is_no_thread(tmp_path: Path) -> None:
    async with chatting(tmp_path, audit=CHANNEL) as chat:
        await chat.journal.add("1", Cancelled(person=ALICE))
        bot, entry = chat.slack.workspace.bot.id, await Reader(chat.db).entry(REQUEST, 2)
        chat.slack.workspace.post(CHANNEL, bot, "the copy", metadata=metadata(entry, copy=True))
        await on_their_way(chat)
        async with chat.posting():
            await chat.journal.drained()
        assert chat.texts() == ["the copy", f"{REQUEST} cancelled 2"]
        assert chat.told == [(REQUEST, 2, chat.messages()[1].ts)]


async def test_where_the_auditors_read_in_the_same_channel_a_thread_is_no_copy(tmp_path: Path) -> None:
    async with chatting(tmp_path, audit=CHANNEL) as chat:
        await chat.journal.add("1", Cancelled(person=ALICE))
        bot, entry = chat.slack.workspace.bot.id, await Reader(chat.db).entry(REQUEST, 2)
        root = chat.slack.workspace.post(CHANNEL, bot, "the thread", metadata=metadata(entry))
        await on_their_way(chat)
        async with chat.posting():
            await chat.journal.drained()
        assert chat.texts() == ["the thread", copy("cancelled", 2)]
        assert chat.told == [(REQUEST, 2, root.ts)]


async def on_their_way(chat: Chat) -> None:
    """As a crash leaves it: everything may be out, or not."""
    for post in await chat.journal.unsent():
        await chat.db.write(functools.partial(mark, post=post, state=PostState.SENDING))


async def test_auditors_who_keep_the_bot_out_hold_up_no_thread(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock()
    async with chatting(tmp_path, clock, audit=OUTSIDE) as chat:
        async with chat.posting():
            await decide(chat)
            await chat.until(lambda: len(chat.messages()) == 3)
            await tried(chat, 2 * TRIES, clock)
            await chat.journal.drained()
        assert sorted(await chat.states()) == ["given up", "given up", "sent", "sent", "sent"]
        assert "is given up: not_in_channel" in caplog.text
        assert len(chat.told) == 3


async def tried(chat: Chat, times: int, clock: ManualClock) -> None:
    """Lets so many tries of what is due pass."""
    for _ in range(times):
        clock.advance(60)
        seen = chat.db.changes.count
        chat.db.changes.set()
        while (left := await chat.journal.unsent()) and left[0].due_at <= clock.now().timestamp():
            await chat.db.changes.wait(seen, at_most=0.1)


async def test_auditors_who_let_the_bot_in_again_get_what_they_missed(tmp_path: Path) -> None:
    clock = ManualClock()
    async with chatting(tmp_path, clock, audit=OUTSIDE) as chat, chat.posting():
        await decide(chat)
        await chat.until(lambda: len(chat.messages()) == 3)
        await tried(chat, 2, clock)
        chat.slack.workspace.channels[OUTSIDE].members.add(chat.slack.workspace.bot.id)
        clock.advance(60)
        chat.db.changes.set()
        await chat.journal.drained()
        assert chat.texts(OUTSIDE) == [copy("cancelled", 2), copy("expired", 4)]


async def test_a_thread_that_waits_holds_up_no_copy(tmp_path: Path) -> None:
    clock = ManualClock()
    async with chatting(tmp_path, clock, audit=AUDIT) as chat:
        away = Journal(chat.db, clock, id="VD-8888", audit=AUDIT)
        await away.open(channel=OUTSIDE)
        async with chat.posting():
            await away.add("1", Cancelled(person=ALICE))
            while len(left := await away.unsent()) > 1:
                await chat.db.changes.wait(chat.db.changes.count, at_most=1)
        assert left[0].address.copy_of is None
        assert len(chat.messages(AUDIT)) == 1


@pytest.mark.parametrize("audit", [AUDIT, CHANNEL])
async def test_comparing_the_thread_sees_no_copies(tmp_path: Path, audit: str) -> None:
    async with chatting(tmp_path, audit=audit) as chat:
        async with chat.posting():
            await decide(chat)
            await chat.journal.drained()
        reader = Reader(chat.db)
        request = await reader.request(REQUEST)
        posts = await reader.posts(REQUEST)
        shown = {e.seq: e for e in await reader.journal(REQUEST) if e.event.shows is Shows.THREAD}
        assert posts.keys() == shown.keys()
        posted = {ts: (shown[seq], render(shown[seq])) for seq, ts in posts.items()}
        async with SlackApi(chat.slack.api_url, lambda: chat.slack.bot_token) as api:
            compared = await compare_thread(api, CHANNEL, request.thread or "", posted)
        assert (compared.same, compared.faults) == (3, [])


async def test_copies_of_different_requests_stay_in_the_order_of_what_happened(tmp_path: Path) -> None:
    async with chatting(tmp_path, audit=AUDIT) as chat:
        other = Journal(chat.db, chat.journal.clock, id="VD-8888", audit=AUDIT)
        await other.open(channel="C0PRIVATE0")
        for n in range(3):
            for journal in (chat.journal, other):
                await journal.add(str(n), Cancelled(person=ALICE))
        async with chat.posting():
            await chat.journal.drained()
        assert [text.split("*")[1] for text in chat.texts(AUDIT)] == [REQUEST, "VD-8888"] * 3
