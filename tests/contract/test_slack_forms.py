"""The form behind a button: what Slack takes of it, and what comes back."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.errors import Code, VmdumpError
from bot.core.events import Planned
from bot.core.plan import Plan
from bot.core.route import PassedOver, Route
from bot.core.vote import Choice
from bot.lab.slack import LabSlack, Message, View, pings
from bot.requests.ports import VoteForm
from bot.slack.chat import SlackChat
from bot.slack.slack_api import SlackApi
from bot.slack.vote_form import BUTTONS, meta_of
from tests.unit.core.things import every_change, leg, machine, plan, requirement, target
from tests.unit.messages.examples import fill, findings
from tests.unit.slack.small_slack import SmallSlack
from tests.unit.slack.world import BOT_USER, CHANNEL, REQUEST

HOSTILE = {
    "mentions": "<!channel> <@U024BE7LH> <!subteam^S0123ABCD> &lt;!here&gt; @everyone ",
    "marks": "*x* _y_ ~z~ `c` ```d``` > e :boom: <http://x|y> ",
    "controls": "\x00\x1b\u202e\u2066\u200b\ufeff\u2028\n\t",
    "quotes": "\"'\\{}[]%(),\\u0000",
    "long": "𝕏é漢",
}
BY_BUTTON = pytest.mark.parametrize(("choice", "break_glass"), BUTTONS.values())


def largest(text: str) -> Plan:
    """Every finding at each of its levels, every kind of change on every route, every route passed over."""
    name = repeated(text, 80)
    legs = tuple(leg(route=route, changes=every_change(), already_on=(text, text)) for route in Route)
    params = {"vm": text, "host": text, "cause": text, "near": text}
    return plan(
        machine=machine(
            target=target(name=name, host_name=repeated(text, 255)),
            notes=repeated(text, 4000),
            cluster=repeated(text, 80),
            guest_name=text,
        ),
        host_version=text,
        legs=legs,
        guards=every_change(),
        findings=findings(text),
        passed_over=tuple(PassedOver(route=route, code=Code.VM_UNKNOWN, params=params) for route in Route),
    )


def form(
    of: Plan | None = None, *, choice: Choice = Choice.APPROVE, break_glass: bool = False, **changed: Any
) -> VoteForm:
    given = {"requirement": requirement(), "reason": "it hangs", "requester": "U0ALICE042", **changed}
    planned = fill(Planned, "x", full=True, plan=of or plan(), **given)
    return VoteForm(request=REQUEST, channel=CHANNEL, planned=planned, choice=choice, break_glass=break_glass)


def repeated(text: str, length: int) -> str:
    return "".join(itertools.islice(itertools.cycle(text), length))


class Forms:
    def __init__(self, slack: LabSlack, api: SlackApi) -> None:
        self.slack = slack
        self.chat = SlackChat(api, slack.team_id, bot_user=BOT_USER)
        buttons = [
            {"type": "button", "action_id": name, "text": {"type": "plain_text", "text": name}}
            for name in BUTTONS
        ]
        self.message = slack.workspace.post(
            CHANNEL, BOT_USER, "approve?", blocks=[{"type": "actions", "elements": buttons}]
        )
        slack.workspace.request_url = "http://127.0.0.1:1/nobody"

    async def trigger(self) -> str:
        """Of a press; that nobody takes the delivery is of no account here."""
        clicked = await self.slack.click("bob", CHANNEL, self.message.ts, "vmdump_approve")
        return str(clicked.payload["trigger_id"])

    async def shown(self, of: VoteForm) -> View:
        await self.chat.open_form(await self.trigger(), of)
        (view,) = self.slack.workspace.views.values()
        return view


@asynccontextmanager
async def showing(slack: LabSlack | None = None) -> AsyncIterator[Forms]:
    lab = slack or LabSlack()
    async with lab.serve(), SlackApi(lab.api_url, lambda: lab.bot_token, timeout=3) as api:
        yield Forms(lab, api)


def texts(view: View) -> list[str]:
    return [block["text"]["text"] for block in view.shown["blocks"] if block["type"] == "section"]


@BY_BUTTON
async def test_the_form_shows_the_plan_and_asks_for_the_name(choice: Choice, break_glass: bool) -> None:
    async with showing() as forms:
        view = await forms.shown(form(choice=choice, break_glass=break_glass))
        assert "DumpTest" in "".join(texts(view))
        inputs = {b["block_id"]: b for b in view.shown["blocks"] if b["type"] == "input"}
        assert list(inputs) == ["vm", "reason"]
        assert not inputs["vm"]["optional"]
        # Whoever breaks glass says why; others may.
        assert inputs["reason"]["optional"] is not break_glass
        assert ("min_length" in inputs["reason"]["element"]) is break_glass
        meta = meta_of({"type": "view_submission", "view": view.shown})
        assert meta is not None
        assert (meta.request, meta.channel, meta.vm) == (REQUEST, CHANNEL, "DumpTest")
        assert (meta.choice, meta.break_glass) == (choice, break_glass)


@BY_BUTTON
@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
async def test_slack_takes_the_largest_plan_and_it_calls_nobody(
    text: str, choice: Choice, break_glass: bool
) -> None:
    async with showing() as forms:
        view = await forms.shown(
            form(
                largest(text),
                choice=choice,
                break_glass=break_glass,
                requester=text,
                reason=repeated(text, 500),
                round=2,
                differences=tuple(repeated(text, 300) for _ in range(60)),
            )
        )
        spoken = Message(CHANNEL, "1.2", BOT_USER, "", view.shown["blocks"], link_names=False)
        assert pings(spoken, forms.slack.workspace) == set()
        assert all(block["text"]["verbatim"] for block in view.shown["blocks"] if block["type"] == "section")
        assert not any(said.endswith("[…]") for said in texts(view))
        meta = meta_of({"type": "view_submission", "view": view.shown})
        assert meta is not None
        assert meta.vm == repeated(text, 80)


async def test_a_trigger_opens_one_form() -> None:
    async with showing() as forms:
        trigger = await forms.trigger()
        await forms.chat.open_form(trigger, form())
        assert await refusal(forms.chat, trigger) == "exchanged_trigger_id"
        assert len(forms.slack.workspace.views) == 1


async def test_a_trigger_ages() -> None:
    now = [0.0]
    async with showing(LabSlack(clock=lambda: now[0])) as forms:
        trigger = await forms.trigger()
        now[0] = 3.1
        assert await refusal(forms.chat, trigger) == "expired_trigger_id"


@pytest.mark.parametrize("trouble", ["ratelimited", "http_500", "invalid_auth"])
async def test_a_form_is_asked_for_once(trouble: str) -> None:
    async with showing() as forms:
        forms.slack.fault("views.open", trouble)
        assert await refusal(forms.chat, await forms.trigger()) in (trouble, "HTTP 500")
        assert not forms.slack.workspace.views


async def test_a_slack_that_does_not_answer_is_not_waited_for() -> None:
    gate = asyncio.Event()

    async def answering(_: str, __: dict[str, str]) -> dict[str, Any]:
        await gate.wait()
        return {"ok": True}

    async with (
        SmallSlack(answering).serve() as slack,
        SlackApi(slack.url, lambda: "xoxb", timeout=0.3) as api,
    ):
        assert await refusal(SlackChat(api, "T1"), "1.2.x") == "no answer in time"
        assert slack.calls == 1
        gate.set()


async def refusal(chat: SlackChat, trigger: str) -> str:
    """Why the form is not shown."""
    with pytest.raises(VmdumpError) as caught:
        await chat.open_form(trigger, form())
    assert caught.value.code is Code.FORM_NOT_SHOWN
    return str(caught.value.params["cause"])
