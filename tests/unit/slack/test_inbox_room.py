"""What has to be quick never waits behind what asks a vCenter."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.requests.ports import Press
from bot.slack.inbox_worker import CONCURRENCY, InboxWorker
from tests.unit.slack.test_inbox_worker import Acts, Inbox
from tests.unit.slack.world import BOT_USER, ManualClock, database

PRESSED = {
    "type": "block_actions",
    "user": {"id": "U1"},
    "trigger_id": "1.2.a",
    "container": {"channel_id": "C1", "message_ts": "1.2"},
    "actions": [{"action_id": "vmdump_deny"}],
}


class Pressable(Acts):
    async def press(self, act: Press) -> None:
        await self._do(act)


async def test_a_press_a_vote_and_a_cancellation_pass_all_questions(tmp_path: Path) -> None:
    clock, acts = ManualClock(), Pressable()
    acts.gate = asyncio.Event()
    async with database(tmp_path) as db:
        inbox = Inbox(db, clock, acts)
        asks = [f"vm-{number}" for number in range(CONCURRENCY + 1)]
        for ask in asks:
            await inbox.command(ask)
        worker = asyncio.create_task(InboxWorker(db, clock, acts, bot_user=BOT_USER).run())
        try:
            await inbox.take("press", "interaction", PRESSED)
            await inbox.reaction("vote")
            await inbox.command("cancel 7K3Q")
            await inbox.until(dict.fromkeys(asks, 0))
            assert {act.key for act in acts.done} == {"press", "vote", "cancel 7K3Q"}
            acts.gate.set()
            await inbox.until({})
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
