"""What secrets were read, so that logs can hide them; the secrets themselves are kept nowhere.

A secret that a program gives is "run per use and never kept", and still an error may be logged long after its
use, by a library that had it. So what is remembered of each form of a secret is a hash with a key that this
process made up, and logs are searched piece by piece for texts with such a hash. Whoever reads the memory of
the process can only try guesses: a random secret cannot be had back, a word out of a dictionary can. Secrets
out of files and the environment are treated alike, so that there is one way.

To be quick, the first characters of each form are also remembered, as a number of 16 bits: by it, all but few
places of a text are passed over. That much it tells.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

HIDDEN = "(hidden)"
MOST = 256
"""Secrets remembered. A vault may give another one at each use: the oldest is forgotten."""
SHORTEST = 4
"""Characters. What is shorter occurs everywhere, and hiding it would only say where it stands."""


class _Form(NamedTuple):
    """One way in which a secret may be written."""

    start: int
    length: int
    digest: bytes


class KnownSecrets:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._secrets: dict[bytes, frozenset[_Form]] = {}
        self._forms: Mapping[int, tuple[_Form, ...]] = {}
        """by their start, the longest first; replaced as a whole"""

    def add(self, secret: str) -> None:
        if len(secret) < SHORTEST:
            return
        mark = self._digest(secret)
        with self._lock:
            known = self._secrets.pop(mark, None)
            self._secrets[mark] = known or frozenset(
                _Form(_start(text, 0), len(text), self._digest(text)) for text in _forms(secret)
            )
            if len(self._secrets) > MOST:
                del self._secrets[next(iter(self._secrets))]
            if known is None:
                self._forms = _by_start(self._secrets.values())

    def hide(self, text: str) -> str:
        """The text with every known secret replaced, as it is or as XML, URLs, JSON and ``repr`` spell it."""
        forms = self._forms
        if not forms:
            return text
        pieces, end = [], 0
        for place in [i for i in range(len(text) - SHORTEST + 1) if _start(text, i) in forms]:
            length = self._length(text, place, forms[_start(text, place)]) if place >= end else 0
            if length:
                pieces += [text[end:place], HIDDEN]
                end = place + length
        return "".join(pieces) + text[end:]

    def _length(self, text: str, place: int, forms: tuple[_Form, ...]) -> int:
        """Characters of the longest of these forms that stands at that place; 0 if none does."""
        digests: dict[int, bytes] = {}
        for form in forms:
            if form.length not in digests:
                digests[form.length] = self._digest(text[place : place + form.length])
            if digests[form.length] == form.digest:
                return form.length
        return 0

    def _digest(self, text: str) -> bytes:
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()


def _start(text: str, place: int) -> int:
    return hash(text[place : place + SHORTEST]) & 0xFFFF


def _by_start(known: Iterable[frozenset[_Form]]) -> dict[int, tuple[_Form, ...]]:
    found: dict[int, set[_Form]] = {}
    for forms in known:
        for form in forms:
            found.setdefault(form.start, set()).add(form)
    return {start: tuple(sorted(forms, key=lambda f: -f.length)) for start, forms in found.items()}


def _forms(secret: str) -> set[str]:
    return {
        secret,
        escape(secret),
        escape(secret, {'"': "&quot;", "'": "&apos;"}),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    }


KNOWN = KnownSecrets()
"""those of this process: ``Credential.read`` adds, logs hide"""
