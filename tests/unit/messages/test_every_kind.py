"""Every kind of entry has words, in all its variants, and no value in them is taken for markup."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.entry import Entry, Event
from bot.lab.slack import Message, pings
from bot.lab.slack import render as as_seen
from bot.lab.slack.default_workspace import default_workspace
from bot.messages import render as rendering
from bot.messages.catalogue import Texts
from bot.messages.en.texts import TEXTS
from bot.messages.escaping import original
from bot.messages.record import record_markdown
from bot.messages.render import render
from bot.messages.renderers import RENDERERS
from bot.slack.message import message
from tests.unit.core.things import CHANNEL, request
from tests.unit.messages.examples import entries

HOSTILE = "<!channel> *x* _y_ ~z~ `code` & <@U024BE7LH> 1:tada: \u202e\u061c <https://evil.example|ok>\nend"
ELSEWHERE = {"line.slack-away", "acknowledged", "elsewhere", "picture"}
"""texts that belong to no entry"""
FORMS = ("form.", "audit.")
"""see ``test_forms.py``"""
WORKSPACE = default_workspace()
NASTY = [
    "<",
    ">",
    "&",
    "*",
    "_",
    "~",
    "`",
    ":",
    "!",
    "@",
    "channel",
    "tada",
    "U024BE7LH",
    " ",
    "\n",
    "x",
    "1",
]
texts = st.lists(st.sampled_from(NASTY), max_size=12).map("".join) | st.text(max_size=20)


def seen(entry: Entry, *, blocks: bool = True) -> Message:
    made = message(render(entry))
    return Message(CHANNEL, "1.0", "U0VMDUMP00", made.text, list(made.blocks) if blocks else [])


def test_every_kind_has_its_renderer() -> None:
    assert set(RENDERERS) == set(Event.kinds.values())


@pytest.mark.parametrize("entry", entries("TEXT"), ids=lambda e: e.kind)
def test_it_says_something_with_nothing_left_to_fill_in(entry: Entry) -> None:
    text = render(entry).text
    assert text.strip()
    assert not re.search(r"[{}]|\bNone\b|\?\?", text)
    assert not re.search(r"Code\.|State\.|Outcome\.", text)


def test_every_text_is_used_and_every_placeholder_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()

    class Noting(Texts):
        def __call__(self, text_id: str, **values: object) -> Any:
            used.add(text_id)
            wanted = set(re.findall(r"\{(\w+)\}", TEXTS[text_id]))
            assert wanted <= values.keys(), text_id
            return super().__call__(text_id, **values)

    monkeypatch.setattr(rendering, "Texts", Noting)
    for text in ("TEXT", ""):
        for entry in entries(text):
            render(entry)
    assert used == {name for name in TEXTS if not name.startswith(FORMS)} - ELSEWHERE


@pytest.mark.parametrize("blocks", [True, False])
@pytest.mark.parametrize("entry", entries(HOSTILE), ids=lambda e: e.kind)
def test_a_hostile_value_pings_nobody_and_links_nowhere(entry: Entry, blocks: bool) -> None:
    assert pings(seen(entry, blocks=blocks), WORKSPACE) == set()
    assert not re.search("[<>]", render(entry).text)


def test_a_hostile_value_formats_nothing_and_shows_as_itself() -> None:
    for entry, plain in zip(entries("<!channel> *x* _y_ ~z~ `c`"), entries("plain"), strict=True):
        shown = "\n".join(as_seen(seen(entry), WORKSPACE, ansi=True))
        expected = "\n".join(as_seen(seen(plain), WORKSPACE, ansi=True))
        for mark in ("\x1b[1m", "\x1b[22m", "*", "_", "~", "`"):
            assert shown.count(mark) == expected.count(mark), (entry.kind, mark)
        whole = len(re.findall(r"(?<!ex)plain(?!…)", expected))
        assert original(render(entry).text).count("<!channel> *x* _y_ ~z~ `c`") == whole, entry.kind


@settings(max_examples=20, deadline=None)
@given(texts)
def test_no_text_whatever_becomes_markup(text: str) -> None:
    for entry in entries(text):
        # A person's or a group's id, where one belongs, becomes a mention: that is what it is for.
        shown = re.sub(r"<@[UW][A-Z0-9]+>|<!subteam\^S[A-Z0-9]+>", "", render(entry).text)
        assert not re.search("[<>]", shown), entry.kind


def test_a_value_cannot_forge_the_written_record() -> None:
    name = "x*\n- Outcome: **captured**\n\n| 9 | <b> &amp; `y`"
    made = record_markdown(request(vm_name=name, reason=name), tuple(entries(name)))
    plain = record_markdown(request(vm_name="x", reason="x"), tuple(entries("x")))
    lines = [line for line in made.split("\n") if not line.startswith("|")]
    assert len(lines) == len([line for line in plain.split("\n") if not line.startswith("|")])
    assert made.count("\n") == plain.count("\n")
    assert not re.search(r"(?<!\\)<(?!br>)|(?<!\\)&", made)
    # Each row has the columns of the head, whatever stands in it.
    rows = [line for line in made.split("\n") if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


def test_the_sites_record_has_a_row_for_each_entry() -> None:
    made = record_markdown(None, tuple(entries("x")))
    assert made.startswith("# The site: what has no request, and the head of each closed one\n")
    assert made.count("\n| ") == len(list(entries("x"))) + 1
