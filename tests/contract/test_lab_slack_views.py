"""views.open: when a form may be shown, and which one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack
from tests.unit.lab_slack.bolt import Clock, client_of, refusal
from tests.unit.lab_slack.forms import field, form, plain, trigger


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[LabSlack]:
    async with LabSlack(rate_limits=False, clock=Clock()).serve() as slack:
        yield slack


@pytest.fixture
def client(lab: LabSlack) -> AsyncWebClient:
    return client_of(lab)


async def test_a_form_is_opened_once_and_in_time() -> None:
    clock = Clock()
    async with LabSlack(clock=clock).serve() as lab:
        client = client_of(lab)
        first, second = await trigger(lab), await trigger(lab)
        assert await refusal(client.views_open(trigger_id="1.2.3", view=form())) == "invalid_trigger_id"
        clock.now = 3
        # A form that was refused leaves the trigger as good as it was.
        assert await refusal(client.views_open(trigger_id=first, view=form(type="m"))) == "invalid_arguments"
        await client.views_open(trigger_id=first, view=form())
        assert await refusal(client.views_open(trigger_id=first, view=form())) == "exchanged_trigger_id"
        clock.now = 3.01
        assert await refusal(client.views_open(trigger_id=second, view=form())) == "expired_trigger_id"
        assert [view.trigger for view in lab.workspace.views.values()] == [first]


async def test_a_command_may_be_answered_by_a_form(lab: LabSlack, client: AsyncWebClient) -> None:
    typed = await lab.command("carol", "inc-7", "")
    answer = await client.views_open(trigger_id=typed.payload["trigger_id"], view=form())
    assert lab.workspace.views[answer["view"]["id"]].person == "U0G9QF9C6"


async def test_the_answer_shows_the_form_with_all_its_fields(lab: LabSlack, client: AsyncWebClient) -> None:
    unnamed = {"type": "divider"}
    blocks = [field(), unnamed]
    view = (await client.views_open(trigger_id=await trigger(lab), view=form(*blocks)))["view"]
    shown = lab.workspace.views[view["id"]]
    named = view["blocks"][1]["block_id"]
    assert named
    assert view == {
        **form(field(), {**unnamed, "block_id": named}),
        "id": shown.id,
        "hash": shown.hash,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
        "external_id": "",
        "state": {"values": {}},
        "root_view_id": shown.id,
        "previous_view_id": None,
        "team_id": lab.team_id,
        "app_id": lab.app_id,
        "app_installed_team_id": lab.team_id,
        "bot_id": lab.workspace.bot_id,
    }


async def test_a_form_with_everything_at_its_limit_is_taken(lab: LabSlack, client: AsyncWebClient) -> None:
    widest = field(
        "x" * 255,
        label=plain("x" * 2000),
        hint=plain("x" * 2000),
        element={
            "action_id": "x" * 255,
            "placeholder": plain("x" * 150),
            "min_length": 0,
            "max_length": 3000,
        },
    )
    narrowest = field("narrow", element={"min_length": 3000, "max_length": 1})
    view = form(
        widest,
        narrowest,
        *[{"type": "divider"}] * 98,
        title=plain("x" * 24),
        submit=plain("x" * 24),
        close=plain("x" * 24),
        private_metadata="x" * 3000,
        callback_id="x" * 255,
    )
    await client.views_open(trigger_id=await trigger(lab), view=view)
    only_read = form({"type": "section", "text": plain("All is well.")})
    del only_read["submit"], only_read["callback_id"], only_read["private_metadata"]
    await client.views_open(trigger_id=await trigger(lab), view=only_read)
    assert len(lab.workspace.views) == 2


MARKDOWN = {"type": "mrkdwn", "text": "x"}


@pytest.mark.parametrize(
    ("view", "fault"),
    [
        (form(type="home"), "unsupported type [json-pointer:/view/type]"),
        (form(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (form(title=plain("")), "must be more than 0 characters [json-pointer:/view/title/text]"),
        (form(title=MARKDOWN), "must be a text object of type plain_text [json-pointer:/view/title]"),
        (form(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
        (form(close=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/close/text]"),
        (form(close=MARKDOWN), "must be a text object of type plain_text [json-pointer:/view/close]"),
        (
            form(private_metadata="x" * 3001),
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (form(callback_id="x" * 256), "must be less than 256 characters [json-pointer:/view/callback_id]"),
        (form(blocks=[]), "must have between 1 and 100 items [json-pointer:/view/blocks]"),
        (
            form(*[{"type": "divider"}] * 101),
            "must have between 1 and 100 items [json-pointer:/view/blocks]",
        ),
        (form(blocks="none"), "must be an array of blocks [json-pointer:/view/blocks]"),
        (form(blocks=["none"]), "must be an array of blocks [json-pointer:/view/blocks]"),
        (form(field(), field()), "`block_id` already exists [json-pointer:/view/blocks]"),
        (form({"type": "marquee"}), "unsupported type: marquee [json-pointer:/view/blocks/0/type]"),
        (
            form(field(), {"type": "section", "text": plain("x" * 3001)}),
            "must be less than 3001 characters [json-pointer:/view/blocks/1/text/text]",
        ),
        (
            form(field("x" * 256)),
            "must be less than 256 characters [json-pointer:/view/blocks/0/block_id]",
        ),
        (
            form(field(label=plain("x" * 2001))),
            "must be less than 2001 characters [json-pointer:/view/blocks/0/label/text]",
        ),
        (
            form(field(label=MARKDOWN)),
            "must be a text object of type plain_text [json-pointer:/view/blocks/0/label]",
        ),
        (
            form(field(hint=plain("x" * 2001))),
            "must be less than 2001 characters [json-pointer:/view/blocks/0/hint/text]",
        ),
        (
            form(field(element={"type": "number_input"})),
            "unsupported element [json-pointer:/view/blocks/0/element]",
        ),
        (
            form(field(element={"action_id": "x" * 256})),
            "must be less than 256 characters [json-pointer:/view/blocks/0/element/action_id]",
        ),
        (
            form(field(element={"placeholder": plain("x" * 151)})),
            "must be less than 151 characters [json-pointer:/view/blocks/0/element/placeholder/text]",
        ),
        (
            form(field(element={"min_length": -1})),
            "must be between 0 and 3000 [json-pointer:/view/blocks/0/element/min_length]",
        ),
        (
            form(field(element={"min_length": 3001})),
            "must be between 0 and 3000 [json-pointer:/view/blocks/0/element/min_length]",
        ),
        (
            form(field(element={"max_length": 0})),
            "must be between 1 and 3000 [json-pointer:/view/blocks/0/element/max_length]",
        ),
        (
            form(field(element={"max_length": 3001})),
            "must be between 1 and 3000 [json-pointer:/view/blocks/0/element/max_length]",
        ),
    ],
)
async def test_a_fault_of_a_form_is_named_with_its_place(
    lab: LabSlack, client: AsyncWebClient, view: dict[str, Any], fault: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.views_open(trigger_id=await trigger(lab), view=view)
    response = caught.value.response
    assert (response["error"], response["errors"]) == ("invalid_arguments", [fault])
    assert response["response_metadata"]["messages"] == [f"[ERROR] {fault}"]
    assert lab.workspace.views == {}


async def test_forms_that_are_none(lab: LabSlack, client: AsyncWebClient) -> None:
    name = await trigger(lab)
    without = form()
    del without["submit"]
    with pytest.raises(SlackApiError) as caught:
        await client.views_open(trigger_id=name, view=without)
    assert caught.value.response["errors"] == [
        "missing required field: submit [json-pointer:/view/submit]",
    ]
    for broken in ("{", "[]"):
        call = client.api_call("views.open", data={"trigger_id": name, "view": broken})
        assert await refusal(call) == "invalid_arguments"
    # 100 sections of 3,000 characters each are more than 250,000 bytes, and each is right by itself.
    large = form(*[{"type": "section", "text": plain("x" * 3000)}] * 100)
    assert await refusal(client.views_open(trigger_id=name, view=large)) == "view_too_large"
    # Bytes count, and not characters: so do three for each of these.
    wide = form(*[{"type": "section", "text": plain("停" * 3000)}] * 28)
    assert await refusal(client.views_open(trigger_id=name, view=wide)) == "view_too_large"
    await client.views_open(trigger_id=name, view=form(*wide["blocks"][:27]))
