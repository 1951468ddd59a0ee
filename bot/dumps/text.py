"""Texts out of a dump, which anybody may have put there."""

from __future__ import annotations


def printable(raw: bytes) -> str | None:
    """Up to the first NUL, without what a terminal would act on; None if nothing is left."""
    text = raw.split(b"\0", 1)[0].decode("utf-8", "replace").strip()
    return "".join(c if c.isprintable() else "?" for c in text) or None
