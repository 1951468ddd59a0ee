import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400), ("1h30m", 5400), ("0s", 0)],
)
def test_reads(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "30", "m", "1.5h", "-1s", " 1s", "1s ", "1 s", "1w", "1m1m", "\u0661s", 30, None]
)
def test_refuses(text: object) -> None:
    with pytest.raises(ValueError, match=r"is not a duration|names a unit twice"):
        parse_duration(text)


@given(st.integers(0, 10**10).map(lambda ms: ms / 1000))
def test_what_is_written_is_read_back(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds)
