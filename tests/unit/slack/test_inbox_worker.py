import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import Code, VmdumpError
from bot.requests.ports import (
    Act,
    Ask,
    CancelAsk,
    CheckAsk,
    DisarmAsk,
    DoctorAsk,
    ExplainAsk,
    FormVote,
    LineVote,
    Misspelt,
    PinAsk,
    Press,
    Question,
    Reaction,
    RecordAsk,
    ReleaseAsk,
    ReviewAsk,
    UnpinAsk,
)
from bot.slack import inbox_worker
from bot.slack.inbox_worker import InboxWorker
from bot.store.database import Database
from bot.store.inbox import receive, undone
from tests.unit.slack.world import BOT_USER, ManualClock, database


class Acts:
    """Remembers what was done; goes wrong as often as it is told to."""

    def __init__(self) -> None:
        self.done: list[Act] = []
        self.failures: list[Exception] = []
        self.unknown = 0
        self.gate: asyncio.Event | None = None
        self._news = asyncio.Event()

    async def ask(self, act: Ask) -> None:
        await self._do(act)

    async def cancel(self, act: CancelAsk) -> None:
        await self._do(act)

    async def pin(self, act: PinAsk) -> None:
        await self._do(act)

    async def unpin(self, act: UnpinAsk) -> None:
        await self._do(act)

    async def release(self, act: ReleaseAsk) -> None:
        await self._do(act)

    async def answer(self, act: Question) -> None:
        await self._do(act)

    async def misspelt(self, act: Misspelt) -> None:
        await self._do(act)

    async def review(self, act: ReviewAsk) -> None:
        await self._do(act)

    async def explain(self, act: ExplainAsk) -> None:
        await self._do(act)

    async def doctor(self, act: DoctorAsk) -> None:
        await self._do(act)

    async def check(self, act: CheckAsk) -> None:
        await self._do(act)

    async def disarm(self, act: DisarmAsk) -> None:
        await self._do(act)

    async def press(self, act: Press) -> None:
        await self._do(act)

    async def form_vote(self, act: FormVote) -> None:
        await self._do(act)

    async def vote(self, act: Reaction) -> bool:
        if self.unknown:
            self.unknown -= 1
            return False
        await self._do(act)
        return True

    async def _do(self, act: Act) -> None:
        if self.gate is not None and isinstance(act, Ask):
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop()
        self.done.append(act)


class Inbox:
    def __init__(self, db: Database, clock: ManualClock, acts: Acts) -> None:
        self.db = db
        self.clock = clock
        self.acts = acts

    async def take(self, key: str, kind: str, body: dict[str, Any]) -> None:
        now = self.clock.now()
        await self.db.write(lambda connection: receive(connection, key, kind, body, now))

    async def command(self, text: str) -> None:
        body = {"command": "/vmdump", "user_id": "U1", "channel_id": "C1", "text": text}
        await self.take(text, "command", body)

    async def reaction(self, key: str, *, added: bool = True, at: str = "1700000000.000000") -> None:
        event = {
            "type": "reaction_added" if added else "reaction_removed",
            "user": "U1",
            "reaction": "x",
            "item": {"type": "message", "channel": "C1", "ts": "1.2"},
            "event_ts": at,
        }
        await self.take(key, "event", {"event": event})

    async def press(self) -> None:
        body = {
            "type": "block_actions",
            "user": {"id": "U1"},
            "container": {"channel_id": "C1", "message_ts": "1.2"},
            "trigger_id": "1.2.x",
            "actions": [{"action_id": "vmdump_approve"}],
        }
        await self.take("press", "interaction", body)

    async def form(self) -> None:
        meta = {"request": "VD-7K3Q", "channel": "C1", "digest": "d", "choice": "approve", "vm": "DumpTest"}
        view = {
            "callback_id": "vmdump_vote",
            "private_metadata": json.dumps(meta | {"break_glass": False}),
            "state": {"values": {"vm": {"vm": {"value": "DumpTest"}}}},
        }
        body = {"type": "view_submission", "user": {"id": "U1"}, "view": view}
        await self.take("form", "interaction", body)

    async def tries(self) -> dict[str, int]:
        far = self.clock.now().replace(year=9999)
        left = await self.db.read(lambda connection: undone(connection, far))
        return {delivery.key: delivery.tries for delivery in left}

    async def until(self, tries: dict[str, int]) -> None:
        """Waits until exactly these deliveries are left, tried that often."""
        while True:
            seen = self.db.changes.count
            if await self.tries() == tries:
                return
            await self.db.changes.wait(seen, at_most=30)

    def later(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.db.changes.set()


@asynccontextmanager
async def working(folder: Path, *, late: float = 0.0) -> AsyncIterator[Inbox]:
    """``late``: seconds by which its clock is ahead of the one that stood still until now."""
    clock, acts = ManualClock(), Acts()
    clock.advance(late)
    async with database(folder) as db:
        worker = asyncio.create_task(InboxWorker(db, clock, acts, bot_user=BOT_USER).run())
        try:
            yield Inbox(db, clock, acts)
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)


async def test_each_act_reaches_its_handler(tmp_path: Path) -> None:
    async with working(tmp_path) as inbox:
        words = ("DumpTest", "help", "cancel 7K3Q", '"open', "review 7K3Q", "explain DumpTest", "doctor")
        for text in (*words, "check DumpTest", "disarm DumpTest"):
            await inbox.command(text)
        for text in (f"pin 7K3Q {'x' * 43}", f"unpin esx-03 {'x' * 43}", "release 7K3Q"):
            await inbox.command(text)
        await inbox.press()
        await inbox.form()
        await inbox.reaction("r")
        await inbox.take("noise", "event", {"event": {"type": "message"}})
        await inbox.until({})
        # The command line casts its votes and reads its records by itself.
        typed = {kind for kind in Act.__subclasses__() if kind not in (LineVote, RecordAsk)}
        assert sorted(type(act).__name__ for act in inbox.acts.done) == sorted(k.__name__ for k in typed)


async def test_what_was_left_by_a_crash_is_done_at_the_start(tmp_path: Path) -> None:
    clock, acts = ManualClock(), Acts()
    async with database(tmp_path) as db:
        await Inbox(db, clock, acts).command("DumpTest")
    async with working(tmp_path) as inbox:
        await inbox.until({})
        assert [act.key for act in inbox.acts.done] == ["DumpTest"]


async def test_a_failure_is_tried_again_and_kills_nothing(tmp_path: Path) -> None:
    async with working(tmp_path) as inbox:
        inbox.acts.failures = [RuntimeError("a mistake"), VmdumpError(Code.SLACK_UNREACHABLE)]
        await inbox.command("DumpTest")
        await inbox.until({"DumpTest": 1})
        inbox.later(1)
        await inbox.until({"DumpTest": 2})
        await inbox.command("help")
        await inbox.until({"DumpTest": 2})
        inbox.later(2)
        await inbox.until({})
        assert [act.key for act in inbox.acts.done] == ["help", "DumpTest"]


async def test_nothing_is_tried_for_ever(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with working(tmp_path) as inbox:
        inbox.acts.failures = [RuntimeError("a mistake") for _ in range(100)]
        await inbox.command("DumpTest")
        for tried in range(1, inbox_worker.TRIES):
            await inbox.until({"DumpTest": tried})
            inbox.later(inbox_worker.LONGEST_PAUSE)
        await inbox.until({})
        assert inbox.acts.done == []
        assert "given up" in caplog.text


async def test_a_reaction_waits_for_its_message_to_be_known(tmp_path: Path) -> None:
    async with working(tmp_path) as inbox:
        inbox.acts.unknown = 1
        await inbox.reaction("r")
        await inbox.until({"r": 1})
        inbox.later(inbox_worker.STRAY_PAUSE)
        await inbox.until({})
        assert [act.key for act in inbox.acts.done] == ["r"]


async def test_a_reaction_on_any_other_message_is_forgotten(tmp_path: Path) -> None:
    async with working(tmp_path) as inbox:
        inbox.acts.unknown = 100
        await inbox.reaction("r")
        await inbox.until({"r": 1})
        inbox.later(inbox_worker.STRAY_SECONDS)
        await inbox.until({})
        assert inbox.acts.done == []


async def test_a_withdrawal_never_overtakes_its_vote(tmp_path: Path) -> None:
    async with working(tmp_path) as inbox:
        inbox.acts.failures = [VmdumpError(Code.SLACK_UNREACHABLE)]
        await inbox.reaction("put on", at="1700000000.000000")
        await inbox.until({"put on": 1})
        await inbox.reaction("taken off", added=False, at="1700000001.000000")
        await inbox.command("help")
        await inbox.until({"put on": 1, "taken off": 0})
        inbox.later(1)
        await inbox.until({})
        assert [act.key for act in inbox.acts.done] == ["help", "put on", "taken off"]


async def test_a_cancellation_does_not_wait_behind_a_slow_question(tmp_path: Path) -> None:
    async with working(tmp_path) as inbox:
        inbox.acts.gate = asyncio.Event()
        await inbox.command("DumpTest")
        await inbox.command("cancel 7K3Q")
        await inbox.until({"DumpTest": 0})
        assert [act.key for act in inbox.acts.done] == ["cancel 7K3Q"]
        inbox.acts.gate.set()
        await inbox.until({})


async def test_votes_that_arrive_out_of_order_are_put_in_order(tmp_path: Path) -> None:
    clock, acts = ManualClock(), Acts()
    async with database(tmp_path) as db:
        inbox = Inbox(db, clock, acts)
        await inbox.reaction("taken off", added=False, at="1700000001.000000")
        await inbox.reaction("put on", at="1700000000.999999")
    async with working(tmp_path) as inbox:
        await inbox.until({})
        assert [act.key for act in inbox.acts.done] == ["put on", "taken off"]


@pytest.mark.parametrize(("late", "keys"), [(2.9, ["press"]), (3.0, []), (60.0, [])])
async def test_a_button_pressed_too_long_ago_opens_nothing(
    tmp_path: Path, late: float, keys: list[str]
) -> None:
    async with database(tmp_path) as db:
        await Inbox(db, ManualClock(), Acts()).press()
    async with working(tmp_path, late=late) as inbox:
        await inbox.until({})
        assert [act.key for act in inbox.acts.done] == keys


async def test_a_press_that_fails_is_not_tried_after_its_time(tmp_path: Path) -> None:
    async with working(tmp_path) as inbox:
        inbox.acts.failures = [VmdumpError(Code.FORM_NOT_SHOWN, cause="trouble")]
        await inbox.press()
        await inbox.until({"press": 1})
        inbox.later(3)
        await inbox.until({})
        assert inbox.acts.done == []


async def test_a_form_counts_however_late_it_is_read(tmp_path: Path) -> None:
    async with database(tmp_path) as db:
        await Inbox(db, ManualClock(), Acts()).form()
    async with working(tmp_path, late=3600) as inbox:
        await inbox.until({})
        (vote,) = inbox.acts.done
        assert isinstance(vote, FormVote)
        assert vote.at == ManualClock().now()
