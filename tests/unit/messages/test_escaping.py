"""Values are shown as what they are, and nothing in them is taken for markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lab.slack.emoji import with_signs
from bot.messages.escaping import LONGEST_VALUE, Markup, escape, fill, group, original, person

PIECES = [
    "<",
    ">",
    "&",
    "&lt;",
    "*",
    "_",
    "~",
    "`",
    "```",
    ":",
    "tada",
    "+1",
    "100",
    " ",
    "\n",
    "é",
    "x",
    "1",
]
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(texts)
def test_no_mark_of_the_chats_is_left(text: str) -> None:
    shown = escape(text)
    assert not re.search(r"[<>*~`]|&(?!lt;|gt;|amp;)", shown)
    assert not re.search(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", shown)


@given(texts)
def test_what_was_meant_can_be_had_back(text: str) -> None:
    assert original(escape(text)) == text


@pytest.mark.parametrize("name", [":tada:", "1:tada:", "x:100:", "a:+1:b", ":no_entry: :x:", ":tada:tada:"])
def test_no_value_shows_an_emoji(name: str) -> None:
    assert with_signs(escape(name)) == escape(name)


@pytest.mark.parametrize(
    "name", ["db_01_a", "13:23:36", "vc1:vm-42", r"C:\MemoryDump\MEMORY.DMP", "a-b+c (d)"]
)
def test_an_ordinary_name_can_be_copied(name: str) -> None:
    assert escape(name) == name


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u061c", "\u2066", "\u200b", "\u2028", "\x1b", "\x9b"])
def test_marks_that_nobody_sees_are_blanked(mark: str) -> None:
    assert escape(f"a{mark}b") == "a b"


def test_a_long_value_is_cut_before_it_is_escaped() -> None:
    assert escape("<" * 999) == "&lt;" * (LONGEST_VALUE - 1) + "…"


def test_markup_is_left_alone_and_a_template_may_hold_some() -> None:
    assert escape(Markup("*x*")) == "*x*"
    assert fill("*{a}* {b}", {"a": "*", "b": Markup("<@U1>")}) == "*\u2217\u2060* <@U1>"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("U024BE7LH", "<@U024BE7LH>"),
        ("S0123ABCD", "<!subteam^S0123ABCD>"),
        ("vm-owners", "vm-owners"),
        ("U024BE7LH> <!channel", "U024BE7LH&gt; &lt;!channel"),
        ("U024BE7LH\n", "U024BE7LH\n"),
    ],
)
def test_only_an_id_becomes_a_mention(name: str, shown: str) -> None:
    assert group(name) == shown
    assert person(name) == (escape(name) if name.startswith("S") else shown)
