"""Counting votes, however the chat delivers them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.vote import Choice, Vote, tally
from tests.unit.core.things import BOB, CAROL, MALLORY, seconds

PLAN = "a" * 64


def vote(person: str, choice: Choice, second: float, digest: str = PLAN) -> Vote:
    return Vote(person=person, choice=choice, digest=digest, at=seconds(second), groups=("owners",))


votes = st.lists(
    st.builds(
        vote,
        st.sampled_from([BOB, CAROL, MALLORY]),
        st.sampled_from(Choice),
        st.integers(0, 5),
        st.sampled_from([PLAN, "b" * 64]),
    ),
    max_size=8,
)


@given(st.data())
def test_the_order_of_deliveries_does_not_matter(data: st.DataObject) -> None:
    cast = data.draw(votes)
    shuffled = data.draw(st.permutations(cast))
    assert tally(tuple(cast), PLAN) == tally(tuple(shuffled), PLAN)


@given(votes)
def test_delivering_everything_twice_changes_nothing(cast: list[Vote]) -> None:
    assert tally((*cast, *cast), PLAN) == tally(tuple(cast), PLAN)


@given(votes)
def test_only_a_persons_latest_vote_on_this_plan_counts(cast: list[Vote]) -> None:
    counted = tally(tuple(cast), PLAN)
    assert len(set(counted)) == len(counted)
    for person in (BOB, CAROL, MALLORY):
        of = [v for v in cast if v.person == person and v.digest == PLAN]
        last = {v.choice for v in of if v.at == max(v.at for v in of)}
        assert (person in counted) is (last == {Choice.APPROVE})


def test_they_stand_in_the_order_of_voting() -> None:
    cast = (vote(CAROL, Choice.APPROVE, 2), vote(BOB, Choice.APPROVE, 1))
    assert tally(cast, PLAN) == (BOB, CAROL)
