"""The reference of all error codes, as Markdown, from the texts themselves."""

from __future__ import annotations

import re
from pathlib import Path

from bot.core.errors import Code
from bot.messages.en.errors import ERRORS

INTRODUCTION = """\
# Errors

Written by `python -m bot.messages.reference`; a test compares it with the texts.

The code stands in the record, in the log, and after the sentence on the terminal; it never changes. In the
sentences, *italics* stand for what is filled in.

| code | what people read |
|---|---|
"""
_VALUE = re.compile(r"\{(\w+)\}")


def reference() -> str:
    """The whole page, codes in the order of the table."""
    return INTRODUCTION + "".join(f"| `{code.value}` | {_sentence(ERRORS[code])} |\n" for code in Code)


def _sentence(template: str) -> str:
    # Values within code stay as they are: Markdown has no italics there.
    pieces = template.replace("\n", " ").replace("|", "\\|").split("`")
    shown = [piece if n % 2 else _VALUE.sub(r"*\1*", piece) for n, piece in enumerate(pieces)]
    return "`".join(shown)


if __name__ == "__main__":
    Path("docs/reference/errors.md").write_text(reference(), encoding="utf-8")
