"""The record of a request or of the site: the whole journal, for people as Markdown, for programs as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.core.entry import Entry
from bot.core.request import Request
from bot.messages import units
from bot.messages.escaping import escape, original
from bot.messages.render import render

FORMAT = 1
"""of the JSON record; a change that readers must know of raises it"""
_SITE = ("# The site: what has no request, and the head of each closed one", "")
_MENTION = re.compile(r"<(?:@|!subteam\^)([A-Z0-9]+)>")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_MARKDOWN = re.compile(r"([\\`*_~\[\]<>|&])")


def record_json(request: Request | None, entries: tuple[Entry, ...]) -> str:
    """Everything, in the form that the hashes were made of."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "request": None if request is None else request.model_dump(mode="json"),
        "head": entries[-1].hash if entries else None,
        "entries": [entry.model_dump(mode="json") for entry in entries],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def record_markdown(request: Request | None, entries: tuple[Entry, ...], language: str = "en") -> str:
    """One row an entry, with what the thread said and with what it did not."""
    lines = [
        *(_SITE if request is None else _head(request)),
        f"- Journal: {len(entries)} entries, head `{entries[-1].hash if entries else 'none'}`",
        "",
        "| # | Time (UTC) | By | Entry | What happened |",
        "|---|---|---|---|---|",
    ]
    for entry in entries:
        at = f"{entry.at:%Y-%m-%d %H:%M:%S}.{entry.at.microsecond // 1000:03d}"
        lines.append(f"| {entry.seq} | {at} | {entry.actor} | {entry.kind} | {_told(entry, language)} |")
    return "\n".join(lines) + "\n"


def _head(request: Request) -> tuple[str, ...]:
    outcome = request.outcome.value if request.outcome else request.state.value
    return (
        f"# {request.id}: {_value(request.vm_name)}",
        "",
        f"- Outcome: **{outcome}**",
        f"- Asked by {request.requester} in {request.channel} at {units.moment(request.created_at)}",
        f"- Reason: {_value(request.reason) or 'none given'}",
        f"- Plan approved: `{request.digest or 'none'}`",
    )


def _told(entry: Entry, language: str) -> str:
    text = _MENTION.sub(r"\1", render(entry, language).text)
    # Values hold no mark that formats, so what is bold here was meant to be.
    parts = [_plain(original(part)) for part in _BOLD.split(text)]
    shown = [f"**{part}**" if n % 2 else part for n, part in enumerate(parts)]
    return "".join(shown).replace("\n", "<br>")


def _value(text: str) -> str:
    """A value on a line of its own, which it cannot end."""
    return _plain(original(escape(text)).replace("\n", " "))


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)
