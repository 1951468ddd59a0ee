"""Deliveries over Socket Mode, taken by a real Bolt app."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack
from tests.unit.lab_slack.bolt import app_of, client_of, in_socket_mode
from tests.unit.lab_slack.forms import button, opened

CHANNEL = "C0INC42000"
CHECK = "white_check_mark"


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[LabSlack]:
    async with LabSlack(speed=6000, rate_limits=False).serve() as slack:
        yield slack


@pytest_asyncio.fixture
async def impatient() -> AsyncIterator[LabSlack]:
    async with LabSlack(speed=6000, ack_timeout=1).serve() as slack:
        yield slack


def plan_of(lab: LabSlack, channel: str = CHANNEL, **fields: Any) -> str:
    return lab.workspace.post(channel, lab.workspace.bot.id, "approve?", **fields).ts


async def test_a_command_is_acknowledged_with_a_text(lab: LabSlack) -> None:
    app, seen = app_of(lab), []

    @app.command("/vmdump")
    async def vmdump(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack(f"looking at {body['text']}")

    async with in_socket_mode(lab, app):
        with lab.workspace.changes() as changes:
            typed = await lab.command(user="alice", channel="inc-42", text="DumpTest support case 4711")
            change = await anext(changes)
    assert typed.acknowledged is True
    assert (change.kind, change.person) == ("ephemeral", "U0ALICE042")
    assert change.message.text == "looking at DumpTest support case 4711"
    payload = seen[0]
    assert payload == typed.payload
    assert (payload["channel_name"], payload["user_name"], payload["command"]) == (
        "inc-42",
        "alice",
        "/vmdump",
    )
    assert (payload["team_id"], payload["api_app_id"]) == (lab.team_id, lab.app_id)


async def test_channel_names_of_private_places(lab: LabSlack) -> None:
    private = await lab.command("alice", "inc-secret", "help")
    direct = await lab.command("alice", "D0ALICE000", "help")
    assert private.payload["channel_name"] == "privategroup"
    assert direct.payload["channel_name"] == "directmessage"


async def test_a_command_without_a_bot_or_without_an_ack_fails_for_the_person(impatient: LabSlack) -> None:
    assert (await impatient.command("alice", "inc-42", "help")).error == "dispatch_failed"
    app = app_of(impatient)

    @app.command("/vmdump")
    async def vmdump() -> None:
        await impatient.workspace.until(lambda _: False)

    async with in_socket_mode(impatient, app):
        with impatient.workspace.changes() as changes:
            assert (await impatient.command("alice", "inc-42", "help")).error == "operation_timeout"
            assert (await anext(changes)).error == "operation_timeout"


async def test_a_reaction_arrives_as_an_event(lab: LabSlack) -> None:
    app = app_of(lab)
    seen: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def reaction(body: dict[str, Any]) -> None:
        seen.put_nowait(body)

    app.event("reaction_added")(reaction)
    app.event("reaction_removed")(reaction)

    ts = plan_of(lab)
    async with in_socket_mode(lab, app):
        added = await lab.react("bob", "inc-42", ts, CHECK)
        body = await seen.get()
        assert await added.settled()
        removed = await lab.unreact("bob", "inc-42", ts, CHECK)
        assert (await seen.get())["event"]["type"] == "reaction_removed"
        again = await lab.repeat(added)
        assert (await seen.get())["event_id"] == body["event_id"]
        assert await removed.settled()
        assert await again.settled()
    event = body["event"]
    assert (event["type"], event["user"], event["reaction"]) == ("reaction_added", "U024BE7LH", CHECK)
    assert event["item"] == {"type": "message", "channel": CHANNEL, "ts": ts}
    assert event["item_user"] == lab.workspace.bot.id
    assert event["event_ts"] < removed.payload["event"]["event_ts"]
    assert added.payload["event_id"] != removed.payload["event_id"]
    assert lab.workspace.channels[CHANNEL].messages[ts].reactions == []


async def test_a_person_reacts_once_and_only_where_the_bot_is_does_it_hear(lab: LabSlack) -> None:
    ts = plan_of(lab, "C0NOBOT000")
    unheard = await lab.react("bob", "inc-7", ts, "x")
    assert await unheard.settled() is False
    assert unheard.attempts == 0
    with pytest.raises(ValueError, match="already"):
        await lab.react("bob", "inc-7", ts, "x")
    with pytest.raises(ValueError, match="not reacted"):
        await lab.unreact("carol", "inc-7", ts, "x")


async def test_an_event_from_a_shared_channel_names_no_actor(lab: LabSlack) -> None:
    app = app_of(lab)
    seen: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

    @app.event("reaction_added")
    async def reaction(context: Any, body: dict[str, Any]) -> None:
        seen.put_nowait((context.user_id, context.actor_user_id, body["team_id"], body["api_app_id"]))

    ts = plan_of(lab, "C0SHARED00")
    async with in_socket_mode(lab, app):
        await lab.react("guest", "vendor", ts, CHECK, app_id="A0FOREIGN0")
        assert await seen.get() == ("U0GUEST000", None, lab.team_id, "A0FOREIGN0")
        await lab.react("alice", "vendor", ts, CHECK, team_id="T0FOREIGN0")
        assert (await seen.get())[2] == "T0FOREIGN0"


async def test_an_unacknowledged_event_is_delivered_again_and_says_so(impatient: LabSlack) -> None:
    tries: list[tuple[str, str]] = []
    app = app_of(impatient)

    async def refuse_once(req: AsyncBoltRequest, next_: Any) -> BoltResponse | None:
        tries.append((req.headers["x-slack-retry-num"][0], req.headers["x-slack-retry-reason"][0]))
        if len(tries) == 1:
            return BoltResponse(status=500)
        await next_()
        return None

    app.use(refuse_once)

    @app.event("reaction_added")
    async def reaction() -> None:
        pass

    async with in_socket_mode(impatient, app):
        event = await impatient.react("bob", "inc-42", plan_of(impatient), CHECK)
        assert await event.settled()
    assert tries == [("0", ""), ("1", "timeout")]
    assert event.attempts == 2


async def test_an_event_nobody_takes_is_given_up_after_three_redeliveries() -> None:
    async with LabSlack(speed=60_000).serve() as lab:
        event = await lab.react("bob", "inc-42", plan_of(lab), CHECK)
        assert await event.settled() is False
        assert event.attempts == 4


async def test_an_event_is_kept_for_a_bot_that_is_starting() -> None:
    async with LabSlack(speed=10).serve() as lab:
        app = app_of(lab)
        heard = asyncio.Event()

        @app.event("reaction_added")
        async def reaction() -> None:
            heard.set()

        event = await lab.react("bob", "inc-42", plan_of(lab), CHECK)
        async with in_socket_mode(lab, app):
            await heard.wait()
            assert await event.settled()
        assert event.attempts == 2


async def test_clients_are_asked_to_reconnect_and_lose_nothing(lab: LabSlack) -> None:
    app = app_of(lab)

    @app.command("/vmdump")
    async def vmdump(ack: Any) -> None:
        await ack("here")

    async with in_socket_mode(lab, app) as handler:
        before: Any = handler.client
        old = before.current_session
        await lab.refresh_connections()
        await lab.connected()
        typed = await lab.command("alice", "inc-42", "help")
        assert typed.answer == {"text": "here"}
        assert before.current_session is not old


async def test_a_cut_connection_delivers_the_event_on_another() -> None:
    async with (
        LabSlack().serve() as lab,
        aiohttp.ClientSession() as session,
        AsyncExitStack() as open_sockets,
    ):
        web = AsyncWebClient(token=lab.app_token, base_url=lab.api_url)
        first = await _connect(web, session, open_sockets)
        event = await lab.react("bob", "inc-42", plan_of(lab), CHECK)
        envelope = await first.receive_json()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
        lab.cut_connections()
        second = await _connect(web, session, open_sockets)
        again = await second.receive_json()
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
        assert again["payload"] == envelope["payload"]
        await second.send_json({"envelope_id": again["envelope_id"]})
        assert await event.settled()


async def test_each_event_goes_to_one_connection_and_a_ticket_opens_one(lab: LabSlack) -> None:
    web = AsyncWebClient(token=lab.app_token, base_url=lab.api_url)
    async with aiohttp.ClientSession() as session, AsyncExitStack() as open_sockets:
        sockets = [await _connect(web, session, open_sockets) for _ in range(2)]
        await lab.connected(2)
        events = [await lab.react(who, "inc-42", plan_of(lab), CHECK) for who in ("bob", "carol")]
        for socket in sockets:
            envelope = await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
        assert [await event.settled() for event in events] == [True, True]
        assert [event.attempts for event in events] == [1, 1]
        url = (await web.apps_connections_open(app_token=lab.app_token))["url"]
        async with session.ws_connect(url):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_a_click_arrives_with_its_button(lab: LabSlack) -> None:
    app, seen = app_of(lab), []

    @app.action("deny")
    async def deny(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack()

    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Deny"},
        "action_id": "deny",
        "value": "VD-1",
    }
    ts = plan_of(lab, blocks=[{"type": "actions", "elements": [button]}])
    async with in_socket_mode(lab, app):
        clicked = await lab.click("bob", "inc-42", ts, "deny")
        with pytest.raises(KeyError):
            await lab.click("bob", "inc-42", ts, "approve")
        foreign = await lab.click("bob", "inc-42", ts, "deny", team_id="T0FOREIGN0")
    assert clicked.acknowledged is True
    body = seen[0]
    assert (body["user"]["id"], body["actions"][0]["value"]) == ("U024BE7LH", "VD-1")
    assert body["actions"][0]["block_id"] == body["message"]["blocks"][0]["block_id"]
    assert body["container"]["message_ts"] == ts
    assert foreign.payload["team"]["id"] == "T0FOREIGN0"


async def test_commands_and_forms_say_that_the_acknowledgement_may_carry_an_answer(lab: LabSlack) -> None:
    web = AsyncWebClient(token=lab.app_token, base_url=lab.api_url)
    view = await opened(lab, client_of(lab))
    async with aiohttp.ClientSession() as session, AsyncExitStack() as open_sockets:
        socket = await _connect(web, session, open_sockets)
        await lab.connected()
        said = []
        for act in (
            lab.command("bob", "inc-42", "help"),
            lab.click("bob", "inc-42", button(lab), "deny"),
            lab.send_form(view, {"reason": "x"}),
        ):
            async with asyncio.TaskGroup() as acting:
                acting.create_task(act)
                envelope = await socket.receive_json()
                await socket.send_json({"envelope_id": envelope["envelope_id"]})
            said.append((envelope["type"], envelope["accepts_response_payload"]))
    assert said == [("slash_commands", True), ("interactive", False), ("interactive", True)]
    assert lab.workspace.views == {}


async def _connect(
    web: AsyncWebClient, session: aiohttp.ClientSession, open_sockets: AsyncExitStack
) -> aiohttp.ClientWebSocketResponse:
    url = (await web.apps_connections_open(app_token=str(web.token)))["url"]
    socket = await open_sockets.enter_async_context(session.ws_connect(url))
    hello = await socket.receive_json()
    assert hello["type"] == "hello"
    return socket
