import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Connection, func, select

from bot.core.errors import Code, VmdumpError
from bot.core.events import Planned
from bot.lab.slack import LabSlack, View
from bot.lab.slack import deliveries as lab_deliveries
from bot.messages.rendered import Button, Rendered, VoteButton
from bot.requests.ports import FormVote, Press, VoteForm
from bot.slack import socket_mode
from bot.slack.chat import SlackChat
from bot.slack.deliveries import parse
from bot.slack.http_mode import PATH
from bot.slack.listening import listening
from bot.slack.message import message as made
from bot.slack.reception import Reception
from bot.slack.slack_api import SlackApi
from bot.slack.slack_settings import Mode, SlackSettings
from bot.store.clock import SystemClock
from bot.store.database import Database
from bot.store.inbox import Delivery, undone
from bot.store.tables import inbox
from tests.unit.core.things import machine, plan, requirement, target
from tests.unit.messages.examples import fill
from tests.unit.slack.world import BOB, BOT_USER, CHANNEL, REQUEST, PlainReceipts, database, settings

BOTH = pytest.mark.parametrize("mode", list(Mode))


class Breakable:
    """A database that fails as often as it is told to."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.failures = 0

    async def write(self, work: Callable[[Connection], Any]) -> Any:
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        return await self._db.write(work)


class Bot:
    """A bot that takes deliveries and does nothing about them."""

    def __init__(self, slack: LabSlack, db: Database, broken: Breakable, port: int | None) -> None:
        self.slack = slack
        self.db = db
        self.broken = broken
        self.url = f"http://127.0.0.1:{port}{PATH}"

    async def stored(self) -> tuple[Delivery, ...]:
        now = SystemClock().now()
        return await self.db.read(lambda connection: undone(connection, now))

    async def count(self) -> int:
        query = select(func.count()).select_from(inbox)
        return await self.db.read(lambda connection: connection.execute(query).scalar_one())


@asynccontextmanager
async def receiving(
    folder: Path, mode: Mode = Mode.SOCKET, *, slack: LabSlack | None = None, **changed: Any
) -> AsyncIterator[Bot]:
    async with AsyncExitStack() as stack:
        lab = await stack.enter_async_context((slack or LabSlack(speed=1000)).serve())
        db = await stack.enter_async_context(database(folder))
        broken = Breakable(db)
        chosen = settings(lab, mode, **changed)
        api = await stack.enter_async_context(SlackApi(chosen.api_url, chosen.bot_token))
        port = await stack.enter_async_context(listening(chosen, api, reception(chosen, broken)))
        bot = Bot(lab, db, broken, port)
        if mode is Mode.HTTP:
            lab.workspace.request_url = bot.url
        else:
            await lab.connected()
        yield bot


def reception(chosen: SlackSettings, db: Any) -> Reception:
    return Reception(
        db, SystemClock(), team_id=chosen.team_id, app_id=chosen.app_id, receipts=PlainReceipts()
    )


@BOTH
async def test_a_command_is_stored_and_answered(tmp_path: Path, mode: Mode) -> None:
    async with receiving(tmp_path, mode) as bot:
        delivery = await bot.slack.command("alice", "#inc-42", "DumpTest payload of case 4711")
        assert delivery.error is None
        assert delivery.answer == {"response_type": "ephemeral", "text": "Looking for DumpTest …"}
        (stored,) = await bot.stored()
        assert stored.kind == "command"
        assert stored.body["text"] == "DumpTest payload of case 4711"
        assert stored.key.startswith("sha256:")


@BOTH
async def test_a_question_is_acknowledged_in_silence(tmp_path: Path, mode: Mode) -> None:
    async with receiving(tmp_path, mode) as bot:
        delivery = await bot.slack.command("alice", "#inc-42", "help")
        assert delivery.acknowledged
        assert not delivery.answer


@BOTH
async def test_a_repeated_delivery_is_stored_once(tmp_path: Path, mode: Mode) -> None:
    async with receiving(tmp_path, mode) as bot:
        command = await bot.slack.command("alice", "#inc-42", "DumpTest")
        assert (await bot.slack.repeat(command)).acknowledged
        message = bot.slack.workspace.post("C0INC42000", "U0ALICE042", "hello")
        reaction = await bot.slack.react("bob", "#inc-42", message.ts, "white_check_mark")
        assert await reaction.settled()
        assert await (await bot.slack.repeat(reaction)).settled()
        kinds = {delivery.key: delivery.kind for delivery in await bot.stored()}
        assert kinds == {
            next(key for key in kinds if key.startswith("sha256:")): "command",
            reaction.payload["event_id"]: "event",
        }
        assert await bot.count() == 2


@BOTH
async def test_two_equal_commands_are_two(tmp_path: Path, mode: Mode) -> None:
    async with receiving(tmp_path, mode) as bot:
        await bot.slack.command("alice", "#inc-42", "DumpTest")
        await bot.slack.command("alice", "#inc-42", "DumpTest")
        assert await bot.count() == 2


@BOTH
@pytest.mark.parametrize("elsewhere", [{"team_id": "T0ELSE"}, {"app_id": "A0ELSE"}])
async def test_deliveries_for_others_are_refused(
    tmp_path: Path, mode: Mode, elsewhere: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    async with receiving(tmp_path, mode) as bot:
        command = await bot.slack.command("alice", "#inc-42", "hush-hush", **elsewhere)
        assert command.answer == {"response_type": "ephemeral", "text": "not from here"}
        message = bot.slack.workspace.post("C0INC42000", "U0ALICE042", "hello")
        reaction = await bot.slack.react("bob", "#inc-42", message.ts, "x", **elsewhere)
        assert await reaction.settled()
        assert await bot.count() == 0
        assert next(iter(elsewhere.values())) in caplog.text
        assert "hush-hush" not in caplog.text


@BOTH
async def test_what_is_not_stored_is_not_acknowledged(tmp_path: Path, mode: Mode) -> None:
    async with receiving(tmp_path, mode, slack=LabSlack(speed=1000, ack_timeout=1)) as bot:
        bot.broken.failures = 1
        command = await bot.slack.command("alice", "#inc-42", "DumpTest")
        assert command.error in ("operation_timeout", "dispatch_failed")
        assert await bot.count() == 0
        message = bot.slack.workspace.post("C0INC42000", "U0ALICE042", "hello")
        bot.broken.failures = 1
        reaction = await bot.slack.react("bob", "#inc-42", message.ts, "x")
        assert await reaction.settled()
        assert reaction.attempts == 2
        assert await bot.count() == 1


@BOTH
async def test_a_rate_limited_authorisation_loses_nothing(tmp_path: Path, mode: Mode) -> None:
    async with receiving(tmp_path, mode) as bot:
        bot.slack.fault("auth.test", "ratelimited", times=100)
        assert (await bot.slack.command("alice", "#inc-42", "DumpTest")).acknowledged
        assert await bot.count() == 1


async def shown(bot: Bot, vm: str = "DumpTest") -> View:
    """Bob has the form for approving before him."""
    of = plan(machine=machine(target=target(name=vm)))
    planned = fill(Planned, "x", full=True, plan=of, requirement=requirement())
    message = Rendered(("approve?",), buttons=(Button(VoteButton.APPROVE, "Approve", "d"),))
    root = bot.slack.workspace.post(CHANNEL, BOT_USER, "approve?", blocks=[*made(message).blocks])
    await bot.slack.click("bob", CHANNEL, root.ts, "vmdump_approve")
    (pressed,) = await bot.stored()
    act = parse(pressed, bot_user=BOT_USER)
    assert isinstance(act, Press)
    assert (act.person, act.channel, act.message) == (BOB, CHANNEL, root.ts)
    form = VoteForm(
        request=REQUEST, channel=CHANNEL, planned=planned, choice=act.choice, break_glass=act.break_glass
    )
    async with SlackApi(bot.slack.api_url, lambda: bot.slack.bot_token) as api:
        await SlackChat(api, bot.slack.team_id).open_form(act.trigger, form)
    (view,) = bot.slack.workspace.views.values()
    return view


@BOTH
@pytest.mark.parametrize("typed", ["dumptest", "DumpTest2", "DumpTes", "D umpTest", "<DumpTest>", REQUEST])
async def test_another_name_is_told_in_the_form_and_is_no_vote(
    tmp_path: Path, mode: Mode, typed: str
) -> None:
    async with receiving(tmp_path, mode) as bot:
        view = await shown(bot)
        before = await bot.count()
        assert await bot.slack.send_form(view, {"vm": typed, "reason": "it hangs"}) == {"vm": "not DumpTest"}
        assert await bot.count() == before
        assert view.id in bot.slack.workspace.views


@BOTH
async def test_after_a_slip_of_the_finger_the_right_name_counts_once(tmp_path: Path, mode: Mode) -> None:
    async with receiving(tmp_path, mode) as bot:
        view = await shown(bot)
        assert await bot.slack.send_form(view, {"vm": "DumpTets"})
        assert await bot.slack.send_form(view, {"vm": " DumpTest "}) is None
        assert not bot.slack.workspace.views
        _, sent = await bot.stored()
        vote = parse(sent, bot_user=BOT_USER)
        assert isinstance(vote, FormVote)
        assert (vote.person, vote.request, vote.typed, vote.reason) == (BOB, REQUEST, "DumpTest", "")
        again = await bot.slack.repeat(lab_deliveries.Delivery("interactive", sent.body))
        assert again.acknowledged
        assert not again.answer
        assert await bot.count() == 2


@BOTH
@pytest.mark.parametrize("vm", ["<!channel> *x*", "a & b", "SQL_1 `~`", "%2f \\ \"'", "東京-01", "x" * 80])
async def test_a_hostile_name_is_typed_as_it_is(tmp_path: Path, mode: Mode, vm: str) -> None:
    async with receiving(tmp_path, mode) as bot:
        view = await shown(bot, vm)
        assert await bot.slack.send_form(view, {"vm": vm + "!"}) == {"vm": f"not {vm}"}
        assert await bot.slack.send_form(view, {"vm": vm}) is None
        assert await bot.count() == 2


@BOTH
async def test_a_form_that_is_not_stored_is_not_closed(tmp_path: Path, mode: Mode) -> None:
    async with receiving(tmp_path, mode, slack=LabSlack(speed=1000, ack_timeout=1)) as bot:
        view = await shown(bot)
        bot.broken.failures = 1
        errors = await bot.slack.send_form(view, {"vm": "DumpTest"})
        assert errors in ({"": "operation_timeout"}, {"": "dispatch_failed"})
        assert await bot.count() == 1
        assert await bot.slack.send_form(view, {"vm": "DumpTest"}) is None
        assert await bot.count() == 2


@BOTH
async def test_a_form_for_others_is_refused(tmp_path: Path, mode: Mode) -> None:
    async with receiving(tmp_path, mode) as bot:
        view = await shown(bot)
        assert await bot.slack.send_form(view, {"vm": "DumpTest"}) is None
        *_, sent = await bot.stored()
        for elsewhere in ({"team": {"id": "T0ELSE"}}, {"api_app_id": "A0ELSE"}):
            await bot.slack.repeat(lab_deliveries.Delivery("interactive", sent.body | elsewhere))
        assert await bot.count() == 2


async def test_the_connection_comes_back(tmp_path: Path) -> None:
    async with receiving(tmp_path) as bot:
        bot.slack.cut_connections()
        await bot.slack.connected()
        assert (await bot.slack.command("alice", "#inc-42", "one")).acknowledged
        await bot.slack.refresh_connections()
        await bot.slack.connected()
        assert (await bot.slack.command("alice", "#inc-42", "two")).acknowledged


async def test_the_connection_comes_back_when_slack_was_away(tmp_path: Path) -> None:
    async with receiving(tmp_path) as bot:
        bot.slack.fault("apps.connections.open", "http_500", times=3)
        bot.slack.cut_connections()
        await bot.slack.connected()
        assert (await bot.slack.command("alice", "#inc-42", "one")).acknowledged


async def test_a_url_that_does_not_open_is_not_tried_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(socket_mode, "CONNECT_SECONDS", 1.0)
    async with receiving(tmp_path) as bot:
        asked_again = asyncio.Event()
        tickets = iter(("stale-ticket", "stale-ticket"))

        def issue_ticket() -> str:
            ticket = next(tickets, None)
            if ticket is None:
                asked_again.set()
            return ticket or fresh()

        fresh = bot.slack._socket.issue_ticket
        monkeypatch.setattr(bot.slack._socket, "issue_ticket", issue_ticket)
        bot.slack.cut_connections()
        await asked_again.wait()
        await bot.slack.connected()
        assert (await bot.slack.command("alice", "#inc-42", "one")).acknowledged
    assert "403" in caplog.text
    assert "stale-ticket" not in caplog.text


async def test_a_refused_app_token_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(VmdumpError) as caught:
        async with receiving(tmp_path, app_token=lambda: "xapp-wrong"):
            pytest.fail("it started")
    assert caught.value.code is Code.SLACK_LOGIN
    assert caught.value.params["cause"] == "app token: invalid_auth"
    assert "xapp" not in str(caught.value.params)


@pytest.mark.parametrize(
    ("mode", "changed"),
    [
        (Mode.SOCKET, {"app_token": None}),
        (Mode.HTTP, {"signing_secret": None}),
        (Mode.HTTP, {"signing_secret": lambda: ""}),
        (Mode.HTTP, {"listen_host": "192.0.2.1"}),
    ],
)
async def test_a_setting_that_cannot_work_stops_the_start(
    tmp_path: Path, mode: Mode, changed: dict[str, Any]
) -> None:
    with pytest.raises(VmdumpError) as caught:
        async with receiving(tmp_path, mode, **changed):
            pytest.fail("it started")
    assert caught.value.code is Code.CONFIG


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "1700000000", "X-Slack-Signature": "v0=" + "0" * 64},
    ],
)
async def test_a_forged_request_is_refused(
    tmp_path: Path, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiving(tmp_path, Mode.HTTP) as bot, aiohttp.ClientSession() as session:
        form = {"command": "/vmdump", "text": "forged-text"}
        async with session.post(bot.url, data=form, headers=headers) as response:
            assert response.status == 401
        assert await bot.count() == 0
        assert "forged-text" not in caplog.text


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b"payload=x"])
async def test_nonsense_is_refused(tmp_path: Path, body: bytes) -> None:
    async with receiving(tmp_path, Mode.HTTP) as bot, aiohttp.ClientSession() as session:
        kind = {
            "Content-Type": "application/json" if body[:1] in b"{[" else "application/x-www-form-urlencoded"
        }
        async with session.post(bot.url, data=body, headers=kind) as response:
            assert response.status in (400, 401)
        assert await bot.count() == 0


@BOTH
async def test_no_log_ever_holds_a_secret(
    tmp_path: Path, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiving(tmp_path, mode) as bot:
        command = await bot.slack.command("alice", "#inc-42", "DumpTest")
        if mode is Mode.SOCKET:
            bot.slack.cut_connections()
            await bot.slack.connected()
        secrets = (
            bot.slack.bot_token,
            bot.slack.app_token,
            bot.slack.signing_secret,
            "ticket=",
            command.payload["response_url"].rsplit("/", 1)[1],
            command.payload["token"],
        )
    for record in caplog.records:
        # The simulator and the event loop run in this process too, and may say what they like.
        if not record.name.startswith(("bot.lab", "asyncio")):
            assert not [secret for secret in secrets if secret in record.getMessage()]


@BOTH
async def test_what_goes_wrong_elsewhere_comes_out_as_it_is(tmp_path: Path, mode: Mode) -> None:
    with pytest.raises(ZeroDivisionError):
        async with receiving(tmp_path, mode):
            raise ZeroDivisionError


async def test_it_stops_without_leaving_tasks(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with receiving(tmp_path):
        pass
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
