"""The values of secrets that were read, so that they can be hidden. They are given out to nobody."""

from __future__ import annotations

import json
import re
import threading
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

HIDDEN = "(hidden)"
MOST = 256
"""Secrets remembered. A vault may give another one at each use: the oldest is forgotten."""
SHORTEST = 4
"""Characters. What is shorter occurs everywhere, and hiding it would only say where it stands."""


class KnownSecrets:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        if len(secret) < SHORTEST:
            return
        with self._lock:
            new = secret not in self._secrets
            self._secrets.pop(secret, None)
            self._secrets[secret] = None
            if len(self._secrets) > MOST:
                del self._secrets[next(iter(self._secrets))]
            if new:
                forms = {form for known in self._secrets for form in _forms(known)}
                longest_first = sorted(forms, key=lambda form: (-len(form), form))
                self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def hide(self, text: str) -> str:
        """The text with every known secret replaced, as it is or as XML, URLs, JSON and ``repr`` spell it."""
        pattern = self._pattern
        return text if pattern is None else pattern.sub(HIDDEN, text)


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
