"""The room as the bot puts it together, from a typed command to counted votes."""

import asyncio
import math
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.entry import Entry
from bot.core.events import Cancelled, Expired, Planned
from bot.lab.slack import LabSlack
from bot.messages.rendered import Button, Rendered, VoteButton
from bot.requests.ports import (
    Ask,
    CancelAsk,
    CheckAsk,
    DisarmAsk,
    DoctorAsk,
    ExplainAsk,
    FormVote,
    Misspelt,
    PinAsk,
    Press,
    Question,
    Reaction,
    ReleaseAsk,
    ReviewAsk,
    UnpinAsk,
    VoteForm,
)
from bot.slack.chat import SlackChat
from bot.slack.inbox_worker import InboxWorker
from bot.slack.listening import listening
from bot.slack.login import log_in
from bot.slack.outbox_worker import OutboxWorker
from bot.slack.pace import Pace
from bot.slack.reception import Reception
from bot.slack.slack_api import SlackApi
from bot.slack.slack_settings import Mode
from bot.slack.slack_time import SlackTime
from bot.store.clock import SystemClock
from bot.store.reading import Reader
from tests.unit.core.things import plan, requirement
from tests.unit.messages.examples import fill
from tests.unit.slack.world import (
    CHANNEL,
    REQUEST,
    Journal,
    PlainReceipts,
    anywhere,
    copied,
    database,
    render,
    settings,
)


def with_buttons(entry: Entry) -> Rendered:
    buttons = tuple(Button(button, button.value, "d") for button in VoteButton)
    return replace(render(entry), buttons=buttons if entry.kind == "expired" else ())


class Desk:
    """Opens a thread for whoever asks and writes each vote on it into it."""

    def __init__(self, journal: Journal, chat: SlackChat) -> None:
        self._journal = journal
        self._chat = chat

    async def ask(self, act: Ask) -> None:
        await self._journal.open(channel=act.channel)
        await self._journal.add(act.key, Expired(count=0, quorum=1))

    async def vote(self, act: Reaction) -> bool:
        request = await Reader(self._journal.database).request(REQUEST)
        if request.thread != act.message:
            return False
        await self._journal.add(act.key, Cancelled(person=act.person))
        return True

    async def cancel(self, act: CancelAsk) -> None: ...

    async def pin(self, act: PinAsk) -> None: ...

    async def unpin(self, act: UnpinAsk) -> None: ...

    async def release(self, act: ReleaseAsk) -> None: ...

    async def answer(self, act: Question) -> None: ...

    async def misspelt(self, act: Misspelt) -> None: ...

    async def review(self, act: ReviewAsk) -> None: ...

    async def explain(self, act: ExplainAsk) -> None: ...

    async def doctor(self, act: DoctorAsk) -> None: ...

    async def check(self, act: CheckAsk) -> None: ...

    async def disarm(self, act: DisarmAsk) -> None: ...

    async def press(self, act: Press) -> None:
        planned = fill(Planned, "x", full=True, plan=plan(), requirement=requirement())
        await self._chat.open_form(
            act.trigger,
            VoteForm(
                request=REQUEST,
                channel=act.channel,
                planned=planned,
                choice=act.choice,
                break_glass=act.break_glass,
            ),
        )

    async def form_vote(self, act: FormVote) -> None:
        await self._journal.add(act.key, Cancelled(person=act.person))


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_command_becomes_a_thread_and_reactions_and_forms_votes(tmp_path: Path, mode: Mode) -> None:
    clock, slack = SystemClock(), LabSlack()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(slack.serve())
        db = await stack.enter_async_context(database(tmp_path))
        chosen = settings(slack, mode)
        api = await stack.enter_async_context(SlackApi(chosen.api_url, chosen.bot_token))
        who = await log_in(api, chosen)
        reception = Reception(
            db, clock, team_id=chosen.team_id, app_id=chosen.app_id, receipts=PlainReceipts()
        )
        journal = Journal(db, clock)
        inbox = InboxWorker(
            db, clock, Desk(journal, SlackChat(api, who.team_id, bot_user=who.user_id)), bot_user=who.user_id
        )
        outbox = OutboxWorker(
            db,
            clock,
            api,
            who,
            render=with_buttons,
            on_posted=journal.begin_thread,
            picture_label="Console picture",
            copied=copied,
            time=SlackTime(),
            may_show=anywhere,
            pace=Pace(per_second=math.inf),
        )
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        workers = [tasks.create_task(inbox.run()), tasks.create_task(outbox.run())]
        port = await stack.enter_async_context(listening(chosen, api, reception))
        if port is not None:
            slack.workspace.request_url = f"http://127.0.0.1:{port}/slack/events"

        async with asyncio.timeout(20):
            await slack.command("alice", "#inc-42", "DumpTest it hangs")
            root = await slack.workspace.until(lambda w: next(iter(w.messages(CHANNEL)), None))
            assert root is not None
            await slack.react("bob", "#inc-42", root.ts, "white_check_mark::skin-tone-3")
            await slack.workspace.until(lambda w: len(w.messages(CHANNEL)) == 2)
            reply = slack.workspace.messages(CHANNEL)[1]
            assert (reply.text, reply.thread_ts) == (f"{REQUEST} cancelled 3", root.ts)

            view = await slack.press("carol", "#inc-42", root.ts, "vmdump_deny")
            assert view is not None
            assert await slack.send_form(view, {"vm": "dumptest"}) == {"vm": "not DumpTest"}
            assert await slack.send_form(view, {"vm": "DumpTest", "reason": "wrong one"}) is None
            await slack.workspace.until(lambda w: len(w.messages(CHANNEL)) == 3)
        for worker in workers:
            worker.cancel()
