from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.policy.channel import Channel, channel_match
from bot.core.policy.glob import folder_match, glob_match, name_match

SMALL = st.text(alphabet="ab*?", max_size=8)


@given(pattern=SMALL, text=st.text(alphabet="ab", max_size=8))
def test_agrees_with_the_standard_library_where_there_are_no_brackets(pattern: str, text: str) -> None:
    assert glob_match(pattern, text) == fnmatchcase(text, pattern)


@given(st.text())
def test_a_name_without_wildcards_means_itself_whatever_characters_it_has(text: str) -> None:
    literal = text.replace("*", "").replace("?", "")
    assert glob_match(literal, literal)
    assert not glob_match(literal, literal + "x")


def test_brackets_are_themselves() -> None:
    assert name_match("db[1]*", "DB[1]-new")
    assert not name_match("db[1]", "db1")


def test_many_stars_stay_quick() -> None:
    assert not glob_match("*a" * 500 + "b", "a" * 5000)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/DC1/vm/prod", "/DC1/vm/prod/x", True),
        ("/DC1/vm/prod", "/DC1/vm/prod/web/x", False),
        ("/DC1/vm/prod/*", "/DC1/vm/prod/x", True),
        ("/DC1/vm/prod/*", "/DC1/vm/prod/web/x", True),
        ("/DC1/vm/prod/*", "/DC1/vm/production/x", False),
        ("/DC1/vm/prod*", "/DC1/vm/production/x", True),
        ("/DC1/vm/prod*", "/DC1/vm/prod-named-vm", False),
        ("/DC1/vm/prod", "/dc1/vm/prod/x", False),
    ],
)
def test_folders(pattern: str, path: str, fits: bool) -> None:
    assert folder_match(pattern, path) is fits


@pytest.mark.parametrize(
    ("pattern", "channel_id", "name", "fits"),
    [
        ("C0INC42000", "C0INC42000", "anything", True),
        ("C0INC42000", "C0OTHER000", "C0INC42000", False),
        ("inc-*", "C0INC42000", "inc-42", True),
        ("#inc-*", "C0INC42000", "inc-42", True),
        ("inc-*", "C0INC42000", "random", False),
        ("*", "C0INC42000", "", False),
    ],
)
def test_channels(pattern: str, channel_id: str, name: str, fits: bool) -> None:
    assert channel_match(pattern, Channel(id=channel_id, name=name)) is fits
