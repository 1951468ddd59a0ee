from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.errors import Code, VmdumpError
from bot.lab.slack import LabSlack
from bot.lab.slack.entities import Person
from bot.slack.chat import SLACKBOT, SlackChat
from bot.slack.login import log_in
from bot.slack.slack_api import SlackApi
from tests.unit.slack.world import ALICE, BOB, BOT_USER, CHANNEL, settings


@asynccontextmanager
async def asking(slack: LabSlack) -> AsyncIterator[SlackChat]:
    async with slack.serve(), SlackApi(slack.api_url, lambda: slack.bot_token, timeout=3) as api:
        yield SlackChat(api, slack.team_id)


@pytest.mark.parametrize(
    ("channel", "name", "member", "direct"),
    [
        (CHANNEL, "inc-42", True, False),
        ("C0NOBOT000", "inc-7", False, False),
        ("C0PRIVATE0", "inc-secret", True, False),
        ("D0ALICE000", "", True, True),
    ],
)
async def test_channels(channel: str, name: str, member: bool, direct: bool) -> None:
    async with asking(LabSlack()) as chat:
        found = await chat.channel(channel)
        assert (found.id, found.name, found.member, found.direct) == (channel, name, member, direct)


async def test_a_channel_that_slack_hides() -> None:
    async with asking(LabSlack()) as chat:
        with pytest.raises(VmdumpError) as caught:
            await chat.channel("C0UNKNOWN0")
        assert caught.value.code is Code.CHANNEL_UNREADABLE
        assert caught.value.params == {"channel": "C0UNKNOWN0", "cause": "channel_not_found"}


@pytest.mark.parametrize(("person", "ours"), [(ALICE, True), ("U0GUEST000", False), (BOT_USER, False)])
async def test_people(person: str, ours: bool) -> None:
    async with asking(LabSlack()) as chat:
        assert (await chat.person(person)).ours is ours


@pytest.mark.parametrize("mark", ["deleted", "is_restricted", "is_ultra_restricted", "is_stranger", "is_bot"])
async def test_who_is_no_full_member_is_not_ours(mark: str) -> None:
    slack = LabSlack()
    async with asking(slack) as chat:
        assert (await chat.person(ALICE)).ours
        setattr(slack.workspace.people[ALICE], mark, True)
        assert not (await chat.person(ALICE)).ours


async def test_who_belongs_to_another_workspace_is_not_ours() -> None:
    slack = LabSlack()
    slack.workspace.people[ALICE].team_id = "T0OTHER000"
    async with asking(slack) as chat:
        assert not (await chat.person(ALICE)).ours


async def test_slackbot_is_nobody() -> None:
    """It is a member like any other by what users.info says of it."""
    slack = LabSlack()
    slack.workspace.people[SLACKBOT] = Person(SLACKBOT, "slackbot", slack.team_id)
    async with asking(slack) as chat:
        assert not (await chat.person(SLACKBOT)).ours


@pytest.mark.parametrize(
    ("changed", "shared"),
    [
        ({}, False),
        ({"is_ext_shared": True}, True),
        ({"pending_shared": ["T0OTHER000"]}, True),
        # The other workspaces are of the same organisation; whether a person is of ours is asked of each.
        ({"is_org_shared": True}, False),
    ],
)
async def test_channels_that_others_are_in_or_invited_to(changed: dict[str, Any], shared: bool) -> None:
    slack = LabSlack()
    for name, value in changed.items():
        setattr(slack.workspace.channels[CHANNEL], name, value)
    async with asking(slack) as chat:
        assert (await chat.channel(CHANNEL)).shared is shared


async def test_a_person_whom_slack_does_not_know() -> None:
    async with asking(LabSlack()) as chat:
        with pytest.raises(VmdumpError) as caught:
            await chat.person("U0NOBODY00")
        assert caught.value.code is Code.FOREIGN_PERSON


async def test_a_group_is_read_anew_for_who_wants_it_so() -> None:
    slack = LabSlack()
    async with asking(slack) as chat:
        assert await chat.members("S0123ABCD", at_most=0) == {ALICE, BOB}
        slack.workspace.groups["S0123ABCD"].members.remove(ALICE)
        assert await chat.members("S0123ABCD", at_most=0) == {BOB}


@pytest.mark.parametrize("trouble", ["plan_upgrade_required", "http_500", "ratelimited", "missing_scope"])
async def test_a_group_that_cannot_be_read_is_no_group(trouble: str) -> None:
    slack = LabSlack()
    async with asking(slack) as chat:
        slack.fault("usergroups.users.list", trouble, times=9, retry_after=60)
        with pytest.raises(VmdumpError) as caught:
            await chat.members("S0123ABCD", at_most=0)
        assert caught.value.code is Code.GROUP_UNREADABLE
        assert caught.value.params["group"] == "S0123ABCD"


@pytest.mark.parametrize("trouble", ["http_500", "lost", "ratelimited"])
async def test_passing_trouble_passes(trouble: str) -> None:
    slack = LabSlack()
    async with asking(slack) as chat:
        slack.fault("users.info", trouble, retry_after=1)
        assert (await chat.person(ALICE)).ours


async def test_lasting_trouble_does_not_make_a_stranger_of_anybody() -> None:
    slack = LabSlack()
    async with asking(slack) as chat:
        slack.fault("users.info", "http_500", times=9)
        with pytest.raises(VmdumpError) as caught:
            await chat.person(ALICE)
        assert caught.value.code is Code.SLACK_UNREACHABLE


async def test_logging_in() -> None:
    slack = LabSlack()
    async with slack.serve(), SlackApi(slack.api_url, lambda: slack.bot_token) as api:
        found = await log_in(api, settings(slack))
        assert (found.team_id, found.user_id) == (slack.team_id, BOT_USER)
        assert found.bot_id == slack.workspace.bot_id


async def test_a_wrong_token_is_refused_by_name() -> None:
    slack = LabSlack()
    async with slack.serve(), SlackApi(slack.api_url, lambda: "xoxb-wrong") as api:
        with pytest.raises(VmdumpError) as caught:
            await log_in(api, settings(slack))
        assert caught.value.code is Code.SLACK_LOGIN
        assert caught.value.params == {"endpoint": slack.api_url, "cause": "invalid_auth"}


@pytest.mark.parametrize("team_id", [LabSlack().team_id, "T0ELSE"])
async def test_an_app_of_a_whole_organisation_is_refused(team_id: str) -> None:
    slack = LabSlack()
    slack.workspace.enterprise_install = True
    async with slack.serve(), SlackApi(slack.api_url, lambda: slack.bot_token) as api:
        with pytest.raises(VmdumpError) as caught:
            await log_in(api, settings(slack, team_id=team_id))
        assert caught.value.code is Code.SLACK_LOGIN
        assert caught.value.params["cause"] == "installed for a whole organisation"


async def test_another_workspace_is_refused() -> None:
    slack = LabSlack()
    async with slack.serve(), SlackApi(slack.api_url, lambda: slack.bot_token) as api:
        with pytest.raises(VmdumpError) as caught:
            await log_in(api, settings(slack, team_id="T0ELSE"))
        assert caught.value.code is Code.SLACK_WORKSPACE
        assert caught.value.params == {"expected": "T0ELSE", "found": slack.team_id}


async def test_nobody_there() -> None:
    slack = LabSlack()
    async with SlackApi("http://127.0.0.1:1/api/", lambda: slack.bot_token, timeout=3) as api:
        with pytest.raises(VmdumpError) as caught:
            await log_in(api, settings(slack))
        assert caught.value.code is Code.SLACK_UNREACHABLE


async def test_a_token_is_read_at_each_call() -> None:
    slack = LabSlack()
    token = ["xoxb-old"]
    async with slack.serve(), SlackApi(slack.api_url, lambda: token[0]) as api:
        chat = SlackChat(api, slack.team_id)
        with pytest.raises(VmdumpError):
            await chat.person(ALICE)
        token[0] = slack.bot_token
        assert (await chat.person(ALICE)).ours
