"""Voting by reaction: whose counts, on what, until when, and in whatever order the chat delivers."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

import pytest

from bot.core.errors import Code
from bot.core.events import Cancelled, Closed, Voted, VoteLate, VoteWithdrawn
from bot.core.request import Outcome, State
from bot.core.vote import Choice
from bot.requests.ports import Channel, Person
from tests.unit.core.things import ALICE, BOB, CAROL, MALLORY, REQUEST
from tests.unit.requests.office import GUEST, USERGROUP, FakeChat, Office


@pytest.fixture
async def asked(office: Office) -> Office:
    await office.awaiting()
    return office


async def test_an_approvers_reaction_approves(asked: Office) -> None:
    assert await asked.react()
    request = await asked.request()
    assert (request.state, request.approved_at) == (State.APPROVED, asked.world.clock.now())
    voted = await asked.one(Voted)
    assert (voted.person, voted.count, voted.quorum, voted.groups) == (BOB, 1, 1, ("owners",))


class TogetherChat(FakeChat):
    """Answers when all three questions of a vote are there."""

    def __init__(self) -> None:
        super().__init__()
        self._all = asyncio.Barrier(3)

    async def channel(self, channel_id: str) -> Channel:
        await self._all.wait()
        return await super().channel(channel_id)

    async def person(self, person_id: str) -> Person:
        await self._all.wait()
        return await super().person(person_id)

    async def members(self, usergroup: str, *, at_most: float) -> frozenset[str]:
        await self._all.wait()
        return await super().members(usergroup, at_most=at_most)


async def test_a_vote_waits_for_one_answer_of_the_chat_not_for_three(asked: Office) -> None:
    counting = replace(asked.counting, chat=TogetherChat())
    asked.voting = replace(asked.voting, counting=counting)
    await asked.react()
    assert (await asked.request()).state is State.APPROVED


async def test_a_denial_closes_it(asked: Office) -> None:
    await asked.react(CAROL, Choice.DENY)
    request = await asked.request()
    assert (request.state, request.outcome) == (State.CLOSED, Outcome.DENIED)
    assert (await asked.one(Voted)).choice is Choice.DENY


@pytest.mark.parametrize(
    ("person", "choice", "code"),
    [
        (ALICE, Choice.APPROVE, Code.NOT_AN_APPROVER),
        (MALLORY, Choice.APPROVE, Code.NOT_AN_APPROVER),
        (MALLORY, Choice.DENY, Code.NOT_AN_APPROVER),
        (GUEST, Choice.APPROVE, Code.FOREIGN_PERSON),
        (GUEST, Choice.DENY, Code.FOREIGN_PERSON),
    ],
)
async def test_who_may_not_vote_is_told_so_alone(
    asked: Office, person: str, choice: Choice, code: Code
) -> None:
    assert await asked.react(person, choice)
    assert (await asked.request()).state is State.AWAITING
    assert await asked.refusal(REQUEST) is code
    assert (await asked.request()).votes == ()


async def test_nobody_approves_their_own_request_unless_the_rule_lets_them(office: Office) -> None:
    await office.awaiting(person=BOB)
    await office.react(BOB)
    assert await office.refusal(REQUEST) is Code.SELF_APPROVAL
    await office.react(CAROL)
    assert (await office.request()).state is State.APPROVED


async def test_a_group_that_cannot_be_read_approves_nothing(asked: Office) -> None:
    asked.chat.group_away = True
    await asked.react()
    assert await asked.refusal(REQUEST) is Code.GROUP_UNREADABLE
    assert (await asked.request()).state is State.AWAITING


async def test_two_of_two_are_needed_and_one_does_not_count_twice(office: Office) -> None:
    office.policies.quorum = 2
    await office.awaiting()
    await office.react(BOB)
    await office.react(BOB, at=2)
    assert (await office.request()).state is State.AWAITING
    await office.react(CAROL, at=3)
    assert (await office.request()).state is State.APPROVED
    assert [e.count for e in await office.events() if isinstance(e, Voted)] == [1, 2]


async def test_a_vote_taken_back_before_the_quorum_lowers_the_count(office: Office) -> None:
    office.policies.quorum = 2
    await office.awaiting()
    await office.react(BOB)
    await office.react(BOB, added=False, at=2)
    await office.react(CAROL, at=3)
    assert (await office.request()).state is State.AWAITING
    assert (await office.one(VoteWithdrawn)).count == 0


@pytest.mark.parametrize("state", [State.APPROVED, State.READY])
async def test_a_vote_taken_back_after_it_calls_all_off(asked: Office, state: State) -> None:
    await asked.react(BOB)
    await asked.put_into(state)
    await asked.react(BOB, added=False, at=2)
    request = await asked.request()
    assert (request.state, request.outcome) == (State.CLOSED, Outcome.CANCELLED)
    assert (await asked.one(Closed)).changes == 0


async def test_it_calls_all_off_even_if_the_rules_asked_for_more_since(office: Office) -> None:
    await office.awaiting()
    office.policies.quorum = 2
    await office.react(BOB)
    await office.react(CAROL, at=2)
    assert (await office.request()).state is State.APPROVED
    await office.react(CAROL, added=False, at=3)
    assert (await office.request()).outcome is Outcome.CANCELLED


async def test_a_vote_of_who_lost_the_right_does_not_count_with_the_deciding_one(office: Office) -> None:
    office.policies.quorum = 2
    await office.awaiting()
    await office.react(BOB)
    office.chat.members_of[USERGROUP] = frozenset({CAROL, MALLORY})
    await office.react(CAROL, at=2)
    assert (await office.request()).state is State.AWAITING
    await office.react(MALLORY, at=3)
    assert (await office.request()).state is State.APPROVED


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_removal_may_be_delivered_before_its_reaction(office: Office, order: tuple[int, ...]) -> None:
    office.policies.quorum = 2
    await office.awaiting()
    deliveries = [(True, 1), (False, 2), (True, 3)]
    for n in order:
        added, at = deliveries[n]
        await office.react(BOB, added=added, at=at, key=f"r/{n}")
        await office.react(BOB, added=added, at=at, key=f"r/{n}")
    await office.react(CAROL, at=4)
    assert (await office.request()).state is State.APPROVED


async def test_a_reaction_that_was_taken_off_before_it_arrived_approves_nothing(asked: Office) -> None:
    await asked.react(BOB, added=False, at=2)
    await asked.react(BOB, at=1)
    assert (await asked.request()).state is State.AWAITING


async def test_taking_off_a_refused_denial_takes_back_no_approval(office: Office) -> None:
    office.policies.quorum = 2
    await office.awaiting()
    await office.react(BOB)
    await office.react(BOB, Choice.DENY, added=False, at=3)
    await office.react(CAROL, at=4)
    assert (await office.request()).state is State.APPROVED


async def test_after_the_deadline_nobody_approves(asked: Office) -> None:
    asked.world.clock.advance(901)
    await asked.react(at=1)
    assert await asked.refusal(REQUEST) is Code.TOO_LATE
    assert (await asked.request()).state is State.AWAITING


@pytest.mark.parametrize("state", [State.APPROVED, State.READY])
async def test_until_the_first_effect_a_denial_wins_even_after_the_deadline(
    asked: Office, state: State
) -> None:
    await asked.react(BOB)
    await asked.put_into(state)
    asked.world.clock.advance(3600)
    await asked.react(CAROL, Choice.DENY, at=3600)
    assert (await asked.request()).outcome is Outcome.DENIED


@pytest.mark.parametrize("choice", [Choice.APPROVE, Choice.DENY])
@pytest.mark.parametrize("added", [True, False])
async def test_from_the_first_effect_on_no_vote_matters(asked: Office, choice: Choice, added: bool) -> None:
    await asked.react(BOB)
    before = await asked.put_into(State.PREPARING)
    assert await asked.react(BOB, choice, added=added, at=2)
    assert await asked.react(ALICE, choice, added=added, at=2)
    assert await asked.request() == before
    assert await asked.told(REQUEST) == []


async def test_the_requesters_own_no_cancels(asked: Office) -> None:
    await asked.react(ALICE, Choice.DENY)
    assert (await asked.request()).outcome is Outcome.CANCELLED
    assert (await asked.one(Cancelled)).person == ALICE


async def test_a_vote_on_another_message_is_not_known(asked: Office) -> None:
    assert not await asked.react(message="1772357400.999999")
    assert (await asked.request()).votes == ()


@pytest.mark.parametrize("choice", [Choice.APPROVE, Choice.DENY])
async def test_a_delivery_that_comes_twice_counts_once(asked: Office, choice: Choice) -> None:
    await asked.react(choice=choice, key="r/1")
    before = await asked.store.tables()
    asked.chat.away = True
    assert await asked.react(choice=choice, key="r/1")
    assert await asked.store.tables() == before


async def test_a_refusal_stands_when_the_delivery_comes_again(asked: Office) -> None:
    asked.chat.group_away = True
    await asked.react(key="r/1")
    asked.chat.group_away = False
    await asked.react(key="r/1")
    assert (await asked.request()).state is State.AWAITING
    assert await asked.refusal(REQUEST) is Code.GROUP_UNREADABLE


async def test_a_late_vote_is_written_down_and_changes_nothing(asked: Office) -> None:
    await asked.react(BOB)
    before = await asked.put_into(State.SENT)
    for choice, added in ((Choice.DENY, True), (Choice.APPROVE, False)):
        await asked.react(CAROL, choice, added=added, at=5, key=f"late/{choice}")
        await asked.react(CAROL, choice, added=added, at=5, key=f"late/{choice}")
    late = [e for e in await asked.events() if isinstance(e, VoteLate)]
    assert [(e.person, e.choice, e.added) for e in late] == [
        (CAROL, Choice.DENY, True),
        (CAROL, Choice.APPROVE, False),
    ]
    assert await asked.request() == before


async def test_a_refusal_names_the_policy_that_was_in_force(office: Office) -> None:
    await office.ask(person=MALLORY)
    (told,) = await office.told()
    assert told.data["policy_sha256"] == office.policies.policy()[1]
