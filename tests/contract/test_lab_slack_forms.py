"""Buttons that people press and forms that they send, to a real Bolt app, either way."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import pytest_asyncio
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.lab.slack import LabSlack, View
from tests.unit.lab_slack.bolt import app_of, by_http, client_of, in_socket_mode
from tests.unit.lab_slack.forms import CHANNEL, button, field, form, opened, plain

BOB = {"id": "U024BE7LH", "username": "bob", "name": "bob", "team_id": "T024BE7LH"}

Way = Callable[[LabSlack, AsyncApp], AbstractAsyncContextManager[Any]]
either_way = pytest.mark.parametrize("way", [in_socket_mode, by_http])


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[LabSlack]:
    async with LabSlack(rate_limits=False).serve() as slack:
        yield slack


@pytest.fixture
def client(lab: LabSlack) -> AsyncWebClient:
    return client_of(lab)


def form_app(lab: LabSlack, seen: list[dict[str, Any]], *answers: dict[str, Any]) -> AsyncApp:
    """Opens a form for the button, and answers to the form: what is given, then that all is well."""
    app, left = app_of(lab), list(answers)

    @app.action("deny")
    async def deny(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        seen.append(body)
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form())

    @app.view("deny")
    async def sent(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack(**(left.pop(0) if left else {}))

    return app


async def pressed(lab: LabSlack) -> View:
    view = await lab.press("bob", "inc-42", button(lab), "deny")
    assert view is not None
    return view


@either_way
@pytest.mark.parametrize("threaded", [False, True])
async def test_a_press_says_who_pressed_what_where(lab: LabSlack, way: Way, threaded: bool) -> None:
    seen: list[dict[str, Any]] = []
    root = lab.workspace.post(CHANNEL, lab.workspace.bot.id, "root").ts if threaded else None
    ts = button(lab, below=root)
    where = {"thread_ts": root} if root else {}
    async with way(lab, form_app(lab, seen)):
        view = await lab.press("bob", "inc-42", ts, "deny")
    body, bot = seen[0], lab.workspace.bot.id
    shown = {"type": "button", "text": plain("Deny"), "action_id": "deny", "value": "VD-1", "style": "danger"}
    fresh = {name: body[name] for name in ("token", "trigger_id", "response_url")}
    assert body == {
        **fresh,
        "type": "block_actions",
        "user": BOB,
        "api_app_id": lab.app_id,
        "team": {"id": lab.team_id, "domain": "example"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": CHANNEL, "name": "inc-42"},
        "container": {
            "type": "message",
            "message_ts": ts,
            "channel_id": CHANNEL,
            "is_ephemeral": False,
            **where,
        },
        "message": {
            "type": "message",
            "user": bot,
            "bot_id": lab.workspace.bot_id,
            "app_id": lab.app_id,
            "team": lab.team_id,
            "text": "approve?",
            "ts": ts,
            "blocks": [{"type": "actions", "block_id": "decide", "elements": [shown]}],
            **where,
        },
        "state": {"values": {}},
        "actions": [{**shown, "block_id": "decide", "action_ts": body["actions"][0]["action_ts"]}],
    }
    assert body["actions"][0]["action_ts"] > ts
    assert view is not None
    assert (view.person, view.trigger) == (BOB["id"], body["trigger_id"])
    await AsyncWebhookClient(body["response_url"]).send(text="You denied it.")
    answer = lab.workspace.whispers[-1]
    assert (answer.person, answer.message.text, answer.message.thread_ts) == (
        BOB["id"],
        "You denied it.",
        root,
    )


async def test_a_press_that_opens_nothing_is_waited_for_as_long_as_a_form_could_come(lab: LabSlack) -> None:
    app = app_of(lab)

    @app.action("deny")
    async def deny(ack: Any) -> None:
        await ack()

    async with in_socket_mode(lab, app):
        assert await lab.press("bob", "inc-42", button(lab), "deny") is None
        with pytest.raises(KeyError):
            await lab.press("bob", "inc-42", button(lab), "approve")


@either_way
async def test_a_form_comes_back_with_what_was_typed_and_closes(lab: LabSlack, way: Way) -> None:
    seen: list[dict[str, Any]] = []
    async with way(lab, form_app(lab, seen)):
        view = await pressed(lab)
        assert await lab.send_form(view, {"reason": "Wrong host & <!channel>"}) is None
        assert lab.workspace.views == {}
        with pytest.raises(ValueError, match="closed"):
            await lab.send_form(view, {"reason": "again"})
    press, body = seen
    typed = {"reason": {"typed": {"type": "plain_text_input", "value": "Wrong host & <!channel>"}}}
    assert body == {
        "type": "view_submission",
        "team": {"id": lab.team_id, "domain": "example"},
        "user": BOB,
        "api_app_id": lab.app_id,
        "token": press["token"],
        "trigger_id": body["trigger_id"],
        "view": {
            **form(),
            "id": view.id,
            "hash": view.hash,
            "close": None,
            "clear_on_close": False,
            "notify_on_close": False,
            "external_id": "",
            "state": {"values": typed},
            "root_view_id": view.id,
            "previous_view_id": None,
            "team_id": lab.team_id,
            "app_id": lab.app_id,
            "app_installed_team_id": lab.team_id,
            "bot_id": lab.workspace.bot_id,
        },
        "response_urls": [],
        "is_enterprise_install": False,
        "enterprise": None,
    }
    assert body["trigger_id"] != press["trigger_id"]


@either_way
async def test_errors_are_seen_at_their_fields_and_the_form_stays_open(lab: LabSlack, way: Way) -> None:
    seen: list[dict[str, Any]] = []
    errors = {"reason": "Say which host."}
    app = form_app(lab, seen, {"response_action": "errors", "errors": errors})
    async with way(lab, app):
        view = await pressed(lab)
        assert await lab.send_form(view, {"reason": "no"}) == errors
        assert lab.workspace.views == {view.id: view}
        assert await lab.send_form(view, {"reason": "esx-07"}) is None
        assert lab.workspace.views == {}
    sent = [body["view"]["state"]["values"]["reason"]["typed"]["value"] for body in seen[1:]]
    assert sent == ["no", "esx-07"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"response_action": "clear"}, "not an answer"),
        ({"response_action": "errors", "errors": {}}, "not an answer"),
        ({"response_action": "errors", "errors": {"host": "x"}}, "does not have"),
        ({"text": "Thank you."}, "not an answer"),
    ],
)
async def test_other_answers_are_the_apps_mistake(
    lab: LabSlack, client: AsyncWebClient, answer: dict[str, Any], said: str
) -> None:
    app = app_of(lab)

    async def mistaken() -> BoltResponse:
        return BoltResponse(status=200, body=answer)

    app.use(mistaken)
    view = await opened(lab, client)
    async with in_socket_mode(lab, app):
        with pytest.raises(ValueError, match=said):
            await lab.send_form(view, {"reason": "x"})
    assert lab.workspace.views == {view.id: view}


@either_way
async def test_a_form_that_nobody_answers_stays_open(way: Way) -> None:
    async with LabSlack(ack_timeout=1).serve() as lab:
        app = app_of(lab)
        view = await opened(lab, client_of(lab))
        assert await lab.send_form(view, {"reason": "x"}) == {"": "dispatch_failed"}

        @app.view("deny")
        async def sent() -> None:
            await lab.workspace.until(lambda _: False)

        async with way(lab, app):
            assert await lab.send_form(view, {"reason": "x"}) == {"": "operation_timeout"}
        assert lab.workspace.views == {view.id: view}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "reason needs between 1 and 3000"),
        ({"reason": ""}, "reason needs between 1 and 3000"),
        ({"reason": "x" * 3001}, "reason needs between 1 and 3000"),
        ({"reason": "x", "ticket": "1234"}, "ticket needs between 5 and 6"),
        ({"reason": "x", "ticket": "1234567"}, "ticket needs between 5 and 6"),
        ({"reason": "x", "host": "esx-07"}, "no field host"),
        ({"reason": "x", "note": "read, not typed"}, "no field note"),
    ],
)
async def test_what_slack_lets_nobody_send(
    lab: LabSlack, client: AsyncWebClient, values: dict[str, str], said: str
) -> None:
    view = await opened(lab, client, *_two_fields())
    with pytest.raises(ValueError, match=said):
        await lab.send_form(view, values)
    assert lab.workspace.views == {view.id: view}


async def test_fields_may_be_left_empty_or_as_they_were_shown(lab: LabSlack, client: AsyncWebClient) -> None:
    seen: list[dict[str, Any]] = []
    shown = field("owner", element={"initial_value": "alice"})
    filled: list[tuple[View, dict[str, str]]] = [
        (await opened(lab, client, *_two_fields(), shown), values)
        for values in (
            {"reason": "x" * 3000},
            {"reason": "x", "ticket": "12345"},
            {"reason": "x", "owner": "carol"},
        )
    ]
    async with in_socket_mode(lab, form_app(lab, seen)):
        assert [await lab.send_form(view, values) for view, values in filled] == [None] * 3
    states = [body["view"]["state"]["values"] for body in seen]
    typed = [{name: state[name]["typed"]["value"] for name in state} for state in states]
    assert typed == [
        {"reason": "x" * 3000, "ticket": None, "owner": "alice"},
        {"reason": "x", "ticket": "12345", "owner": "alice"},
        {"reason": "x", "ticket": None, "owner": "carol"},
    ]


def _two_fields() -> list[dict[str, Any]]:
    note = {"type": "section", "block_id": "note", "text": plain("A note.")}
    ticket = field("ticket", element={"min_length": 5, "max_length": 6}, optional=True)
    return [field(), ticket, note]
