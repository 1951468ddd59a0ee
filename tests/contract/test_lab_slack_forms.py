"""Buttons, the forms behind them, and a workspace that errs or says less: judged by Slack's own client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.lab.slack import LabSlack
from tests.contract.test_lab_slack_http import listening
from tests.unit.lab_slack.bolt import app_of, client_of, in_socket_mode

CHANNEL = "C0INC42000"
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Approve…"}, "action_id": "approve"}
VM: dict[str, Any] = {
    "type": "input",
    "block_id": "vm",
    "label": {"type": "plain_text", "text": "Type the VM's name"},
    "element": {"type": "plain_text_input", "action_id": "typed", "max_length": 80},
}
WHY: dict[str, Any] = {
    "type": "input",
    "block_id": "why",
    "optional": True,
    "label": {"type": "plain_text", "text": "Reason"},
    "element": {"type": "plain_text_input", "action_id": "typed", "min_length": 10},
}
VIEW: dict[str, Any] = {
    "type": "modal",
    "callback_id": "vote",
    "private_metadata": "VD-7K3Q",
    "title": {"type": "plain_text", "text": "Approve"},
    "submit": {"type": "plain_text", "text": "Approve"},
    "blocks": [VM, WHY],
}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def message_of(lab: LabSlack) -> str:
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    return lab.workspace.post(CHANNEL, lab.workspace.bot.id, "approve?", blocks=blocks).ts


def forming(lab: LabSlack, sent: list[dict[str, Any]]) -> AsyncApp:
    """Opens the form upon a press, and takes it with the right name only."""
    app = app_of(lab)

    @app.action("approve")
    async def pressed(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=VIEW)

    @app.view("vote")
    async def voted(ack: Any, body: dict[str, Any]) -> None:
        sent.append(body)
        if body["view"]["state"]["values"]["vm"]["typed"]["value"] == "DumpTest":
            await ack()
        else:
            await ack(response_action="errors", errors={"vm": "another VM"})

    return app


@asynccontextmanager
async def told(lab: LabSlack, app: AsyncApp, *, http: bool) -> AsyncIterator[None]:
    async with listening(lab, app) if http else in_socket_mode(lab, app):
        yield


@pytest.mark.parametrize("http", [False, True])
async def test_a_form_is_opened_refused_and_taken(http: bool) -> None:
    async with LabSlack().serve() as lab:
        sent: list[dict[str, Any]] = []
        ts = message_of(lab)
        async with told(lab, forming(lab, sent), http=http):
            view = await lab.press("bob", "inc-42", ts, "approve")
            assert view is not None
            assert await lab.send_form(view, {"vm": "DumpTst"}) == {"vm": "another VM"}
            assert view.id in lab.workspace.views
            assert await lab.send_form(view, {"vm": "DumpTest", "why": "case 4711, hangs"}) is None
            assert lab.workspace.views == {}
    body = sent[-1]
    assert (body["type"], body["user"]["id"], body["team"]["id"]) == (
        "view_submission",
        "U024BE7LH",
        lab.team_id,
    )
    assert body["view"]["private_metadata"] == "VD-7K3Q"
    assert body["view"]["state"]["values"]["why"]["typed"]["value"] == "case 4711, hangs"
    assert sent[0]["view"]["state"]["values"]["why"]["typed"]["value"] is None


@pytest.mark.parametrize(
    "values", [{}, {"vm": "x" * 81}, {"vm": "DumpTest", "why": "short"}, {"vm": "DumpTest", "host": "x"}]
)
async def test_what_slack_does_not_let_people_send(values: dict[str, str]) -> None:
    async with LabSlack().serve() as lab:
        view = lab.workspace.show("U024BE7LH", "1.2.a", VIEW)
        with pytest.raises(ValueError, match=r"needs between|has no field"):
            await lab.send_form(view, values)


async def test_a_form_that_nobody_takes_stays_open() -> None:
    async with LabSlack().serve() as lab:
        view = lab.workspace.show("U024BE7LH", "1.2.a", VIEW)
        assert await lab.send_form(view, {"vm": "DumpTest"}) == {"": "dispatch_failed"}
        assert view.id in lab.workspace.views
        assert await lab.press("bob", "inc-42", message_of(lab), "approve") is None


async def test_a_trigger_is_good_once_and_for_three_seconds() -> None:
    clock = Clock()
    async with LabSlack(clock=clock).serve() as lab:
        client, app = client_of(lab), app_of(lab)

        @app.action("approve")
        async def pressed(ack: Any) -> None:
            await ack()

        async def refused(trigger: str, **changed: Any) -> str:
            with pytest.raises(SlackApiError) as caught:
                await client.views_open(trigger_id=trigger, view={**VIEW, **changed})
            return str(caught.value.response["error"])

        ts = message_of(lab)
        async with in_socket_mode(lab, app):
            first, late = [
                (await lab.click("bob", "inc-42", ts, "approve")).payload["trigger_id"] for _ in range(2)
            ]
        assert await refused(first, blocks=[]) == "invalid_arguments"
        opened = await client.views_open(trigger_id=first, view=VIEW)
        assert lab.workspace.views[opened["view"]["id"]].person == "U024BE7LH"
        assert await refused(first) == "exchanged_trigger_id"
        clock.now = 3.1
        assert await refused(late) == "expired_trigger_id"
        assert await refused("1.2.a") == "invalid_trigger_id"


TOO_LONG = {"type": "plain_text", "text": "x" * 25}


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"type": "home"}, "/view/type"),
        ({"title": TOO_LONG}, "/view/title/text"),
        ({"submit": TOO_LONG}, "/view/submit/text"),
        ({"close": TOO_LONG}, "/view/close/text"),
        ({"private_metadata": "x" * 3001}, "/view/private_metadata"),
        ({"blocks": [{"type": "divider"}] * 101}, "/view/blocks"),
        ({"blocks": [VM, VM]}, "/view/blocks"),
        ({"blocks": [{**VM, "label": {"type": "mrkdwn", "text": "x"}}]}, "/view/blocks/0/label"),
        ({"blocks": [{**VM, "element": {"type": "plain_text_input"}}]}, "/view/blocks/0/element/action_id"),
        (
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
            "/view/blocks/0/text/text",
        ),
    ],
)
async def test_forms_that_slack_refuses(changed: dict[str, Any], pointer: str) -> None:
    async with LabSlack(ack_timeout=1).serve() as lab:
        clicked = await lab.click("bob", "inc-42", message_of(lab), "approve")
        with pytest.raises(SlackApiError) as caught:
            await client_of(lab).views_open(
                trigger_id=clicked.payload["trigger_id"], view={**VIEW, **changed}
            )
    assert caught.value.response["error"] == "invalid_arguments"
    assert f"[json-pointer:{pointer}]" in str(caught.value.response["errors"])


async def test_a_clock_that_errs_shows_in_all_that_slack_dates() -> None:
    async with LabSlack().serve() as lab, aiohttp.ClientSession() as session:
        right = float(lab.workspace.post(CHANNEL, lab.workspace.bot.id, "x").ts)
        for error in (90.0, -90.0):
            lab.workspace.err(error)
            posted = await client_of(lab).chat_postMessage(channel=CHANNEL, text="x")
            assert float(posted["ts"]) - right == pytest.approx(error, abs=30)
            async with session.post(f"{lab.api_url}auth.test") as response:
                dated = parsedate_to_datetime(response.headers["Date"]).timestamp()
            assert dated - right == pytest.approx(error, abs=30)
            reaction = await lab.react("bob", "inc-42", posted["ts"], "x")
            assert float(reaction.payload["event"]["event_ts"]) - right == pytest.approx(error, abs=30)


async def test_what_is_said_of_people_and_channels() -> None:
    async with LabSlack().serve() as lab:
        client = client_of(lab)
        bob, place = lab.workspace.person("bob"), lab.workspace.channel("inc-42")
        bob.is_ultra_restricted = bob.is_stranger = True
        bob.enterprise_user = {"id": bob.id, "enterprise_id": "E1", "teams": ["T0ELSE"]}
        place.is_org_shared, place.pending_shared = True, ["T0OTHER000"]
        user = (await client.users_info(user=bob.id))["user"]
        assert (user["is_ultra_restricted"], user["is_stranger"]) == (True, True)
        assert user["enterprise_user"]["teams"] == ["T0ELSE"]
        channel = (await client.conversations_info(channel=place.id))["channel"]
        marks = ("is_shared", "is_org_shared", "is_ext_shared", "is_pending_ext_shared")
        assert [channel[mark] for mark in marks] == [True, True, False, True]
        lab.workspace.enterprise_install = True
        assert (await client.auth_test())["is_enterprise_install"] is True


async def test_reactions_may_be_cut_short_refused_or_too_many() -> None:
    async with LabSlack().serve() as lab:
        client, message = client_of(lab), lab.workspace.post(CHANNEL, lab.workspace.bot.id, "approve?")
        for person in ("U024BE7LH", "U0G9QF9C6"):
            lab.workspace.set_reaction(message, person, "x")
        lab.workspace.names_at_most = 1
        answer = await client.reactions_get(channel=CHANNEL, timestamp=message.ts, full=True)
        (reaction,) = answer["message"]["reactions"]
        assert (reaction["users"], reaction["count"]) == (["U024BE7LH"], 2)
        lab.fault("reactions.get", "ratelimited", retry_after=7)
        with pytest.raises(SlackApiError) as caught:
            await client.reactions_get(channel=CHANNEL, timestamp=message.ts)
        assert caught.value.response.headers["Retry-After"] == "7"
        lab.scopes.discard("reactions:read")
        with pytest.raises(SlackApiError) as caught:
            await client.reactions_get(channel=CHANNEL, timestamp=message.ts)
        assert caught.value.response["needed"] == "reactions:read"
