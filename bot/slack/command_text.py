"""The words after ``/vmdump``: unescaped, cleaned and taken apart."""

from __future__ import annotations

import re
import unicodedata

from bot.core.request import Alphabet

_ENTITY = re.compile("&(lt|gt|amp);")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&"}
_LINK = re.compile(r"<(?:https?://|mailto:|tel:)[^<>|\s]*\|([^<>|]*)>")
_QUOTES = {
    **dict.fromkeys('"“”„‟«»＂', '"“”„‟«»＂'),  # noqa: RUF001  # the quotes that keyboards and editors put in
    **dict.fromkeys("'‘’‚‛＇", "'‘’‚‛＇"),  # noqa: RUF001
    **dict.fromkeys("「『", "」』"),
}
"""each opening quote with those that may close it"""
_ID = re.compile(f"(?:VD[-\u2010-\u2015\u2212_ ]?)?([{Alphabet}]{{4}})")
_FINGERPRINT = re.compile(r"(?:SHA256:)?([A-Za-z0-9+/]{43})=?")
_OPTION = re.compile(r"(?:--|[\u2010-\u2015\u2212])(\w+)(?:(?:=| +)(\w+))?(?= |$)", re.IGNORECASE)
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""marks that turn the direction of text: they make an approver read something else than what is there"""


def clean(text: str) -> str:
    """What the person typed: Slack's escapes undone, links as they were typed, no control characters."""
    plain = _ENTITY.sub(lambda found: _ENTITIES[found[1]], _LINK.sub(r"\1", text))
    return "".join(" " if c.isspace() else c for c in plain if c.isspace() or _visible(c)).strip()


def first_word(text: str) -> tuple[str, str, bool] | None:
    """The first word, the rest, and whether the word was quoted; None for a quote that is not closed."""
    closing = _QUOTES.get(text[:1])
    if closing is None:
        word, _, rest = text.partition(" ")
        return word, rest.strip(), False
    for place, char in enumerate(text[1:], start=1):
        # A quote inside a word, as in 'Bob's', closes nothing.
        if char in closing and text[place + 1 : place + 2] in ("", " "):
            return text[1:place].strip(), text[place + 1 :].strip(), True
    return None


def request_id(word: str) -> str | None:
    """``VD-7K3Q`` from any of ``VD-7K3Q``, ``vd7k3q`` and ``7K3Q``; None for what is none."""
    found = _ID.fullmatch(word.strip("`*_#.,").upper())
    return f"VD-{found[1]}" if found else None


def options(text: str, with_value: tuple[str, ...], without: tuple[str, ...]) -> tuple[dict[str, str], str]:
    """Leading options such as ``--route api``, and the rest; keyboards make one long dash of two.

    An option that takes no value has an empty one. What is no option that is known belongs to the rest.
    """
    given: dict[str, str] = {}
    while found := _OPTION.match(text):
        name, value = found[1].lower(), found[2]
        if name in with_value and value is not None:
            given[name] = value.lower()
            text = text[found.end() :].strip()
        elif name in without:
            given[name] = ""
            text = text[found.end(1) :].strip()
        else:
            break
    return given, text


def fingerprint(word: str) -> str | None:
    """``SHA256:…`` of a host key, its prefix added where it is left out; None for what is none."""
    found = _FINGERPRINT.fullmatch(word.strip("` "))
    return f"SHA256:{found[1]}" if found else None


def _visible(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs") and char not in _DIRECTIONS
