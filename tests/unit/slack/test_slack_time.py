from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.slack_time import SlackTime

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def measured(offset: float, way_there: float, way_back: float) -> float | None:
    """By a message that took so many seconds to Slack, whose clock is off by ``offset``, and back."""
    time = SlackTime()
    after = NOON + timedelta(seconds=way_there + way_back)
    time.measured(NOON, after, f"{NOON.timestamp() + way_there + offset:.6f}")
    return time.offset()


def test_before_the_first_message_nothing_is_known() -> None:
    assert SlackTime().offset() is None


@pytest.mark.parametrize(
    ("offset", "way_there", "way_back", "certain"),
    [
        (0, 0.1, 0.1, 0.0),
        (5, 0.1, 0.5, 4.5),
        (-5, 0.5, 0.1, -4.5),
        (1, 0.1, 2.0, 0.0),
        (-1, 2.0, 0.1, 0.0),
    ],
)
def test_only_what_the_way_cannot_explain_counts(
    offset: float, way_there: float, way_back: float, certain: float
) -> None:
    assert measured(offset, way_there, way_back) == pytest.approx(certain, abs=0.001)


@given(st.floats(-9000, 9000), st.floats(0, 30), st.floats(0, 30))
def test_it_never_says_more_than_is_true(offset: float, way_there: float, way_back: float) -> None:
    found = measured(offset, way_there, way_back)
    assert found is not None
    assert min(offset, 0) - 0.001 <= found <= max(offset, 0) + 0.001


def test_the_newest_message_counts_and_a_time_that_is_none_does_not() -> None:
    time = SlackTime()
    for ts in (NOON.timestamp() + 5, NOON.timestamp() - 7):
        time.measured(NOON, NOON, str(ts))
    for odd in ("", "yesterday", "nan", "inf"):
        time.measured(NOON, NOON, odd)
    assert time.offset() == -7
