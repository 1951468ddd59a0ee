"""Which votes are on a message now, as Slack tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.errors import Code, VmdumpError
from bot.core.vote import Choice
from bot.lab.slack import LabSlack, Message
from bot.requests.ports import Reacted
from bot.slack.chat import SlackChat
from bot.slack.pace import Pace
from bot.slack.slack_api import SlackApi
from tests.unit.slack.small_slack import SmallSlack
from tests.unit.slack.world import ALICE, BOB, BOT_USER, CHANNEL

CAROL = "U0G9QF9C6"


class Turns(Pace):
    """Counts who waited for a turn."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    async def turn(self, channel: str) -> None:
        await super().turn(channel)
        self.taken += 1


class Ballot:
    """A message in the simulated Slack, and a chat that reads its reactions."""

    def __init__(self, slack: LabSlack, api: SlackApi) -> None:
        self.slack = slack
        self.turns = Turns()
        self.chat = SlackChat(api, slack.team_id, bot_user=BOT_USER, pace=self.turns)
        self.message: Message = slack.workspace.post(CHANNEL, BOT_USER, "approve?")

    def react(self, person: str, *names: str) -> None:
        for name in names:
            self.slack.workspace.set_reaction(self.message, person, name)

    async def read(self) -> list[tuple[str, Choice]]:
        votes = await self.chat.reactions(CHANNEL, self.message.ts)
        return [(vote.person, vote.choice) for vote in votes]

    async def unreadable(self) -> str:
        """Why the votes cannot be read."""
        with pytest.raises(VmdumpError) as caught:
            await self.read()
        assert caught.value.code is Code.VOTES_UNREADABLE
        return str(caught.value.params["cause"])


@asynccontextmanager
async def voting(slack: LabSlack | None = None) -> AsyncIterator[Ballot]:
    lab = slack or LabSlack()
    async with lab.serve(), SlackApi(lab.api_url, lambda: lab.bot_token, timeout=3) as api:
        yield Ballot(lab, api)


async def test_nobody_has_voted() -> None:
    async with voting() as ballot:
        assert await ballot.read() == []


async def test_marks_of_every_kind_and_tone_are_one_vote_a_person() -> None:
    async with voting() as ballot:
        ballot.react(ALICE, "white_check_mark", "heavy_check_mark", "white_check_mark::skin-tone-6")
        ballot.react(BOB, "x::skin-tone-2")
        ballot.react(CAROL, "eyes", "+1", "ballot_box_with_check", "heavy_multiplication_x")
        assert await ballot.read() == [(ALICE, Choice.APPROVE), (BOB, Choice.DENY)]


async def test_our_own_reactions_are_no_votes() -> None:
    async with voting() as ballot:
        ballot.react(BOT_USER, "white_check_mark", "x")
        ballot.react(BOB, "white_check_mark")
        assert await ballot.read() == [(BOB, Choice.APPROVE)]


async def test_one_person_can_say_both() -> None:
    async with voting() as ballot:
        ballot.react(BOB, "white_check_mark", "x")
        assert sorted(await ballot.read()) == [(BOB, Choice.APPROVE), (BOB, Choice.DENY)]


async def test_more_people_than_slack_names_unasked_are_all_read() -> None:
    async with voting() as ballot:
        crowd = [f"U0CROWD{n:03d}" for n in range(70)]
        for person in crowd:
            ballot.react(person, "white_check_mark")
        assert await ballot.read() == [(person, Choice.APPROVE) for person in crowd]


async def test_fewer_names_than_people_are_no_answer() -> None:
    async with voting() as ballot:
        ballot.react(ALICE, "x")
        ballot.react(BOB, "x")
        ballot.slack.workspace.names_at_most = 1
        assert await ballot.unreadable() == "Slack names fewer people than it counts"


async def test_names_left_out_of_what_means_nothing_do_not_matter() -> None:
    async with voting() as ballot:
        ballot.react(ALICE, "eyes", "x")
        ballot.react(BOB, "eyes")
        ballot.slack.workspace.names_at_most = 1
        assert await ballot.read() == [(ALICE, Choice.DENY)]


async def test_without_the_scope_nothing_is_read() -> None:
    async with voting() as ballot:
        ballot.react(BOB, "x")
        ballot.slack.scopes.remove("reactions:read")
        assert await ballot.unreadable() == "missing_scope"


@pytest.mark.parametrize("trouble", ["ratelimited", "fatal_error", "http_500", "message_not_found"])
async def test_lasting_trouble_is_no_empty_ballot(trouble: str) -> None:
    async with voting() as ballot:
        ballot.react(BOB, "x")
        ballot.slack.fault("reactions.get", trouble, times=9, retry_after=60)
        assert await ballot.unreadable() in (trouble, "HTTP 500")


@pytest.mark.parametrize("trouble", ["ratelimited", "lost"])
async def test_passing_trouble_passes(trouble: str) -> None:
    async with voting() as ballot:
        ballot.react(BOB, "x")
        ballot.slack.fault("reactions.get", trouble, retry_after=1)
        assert await ballot.read() == [(BOB, Choice.DENY)]


async def test_each_reading_waits_for_its_turn() -> None:
    async with voting() as ballot:
        for _ in range(3):
            await ballot.read()
        assert ballot.turns.taken == 3


async def test_what_is_no_reaction_is_left_alone() -> None:
    async def answering(_: str, __: dict[str, str]) -> dict[str, Any]:
        marks = [None, "x", {}, {"name": ["x"]}, {"name": "x", "users": [BOB], "count": 1}]
        return {"ok": True, "message": {"ts": "1.2", "reactions": marks}}

    async with SmallSlack(answering).serve() as slack, SlackApi(slack.url, lambda: "xoxb", timeout=3) as api:
        found = await SlackChat(api, "T1").reactions(CHANNEL, "1.2")
        assert found == (Reacted(person=BOB, choice=Choice.DENY),)
