"""From a stored delivery to what a person did. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.purpose import Purpose
from bot.core.vote import Choice
from bot.requests.ports import Act, Ask, CancelAsk, Misspelt, PinAsk, Question, Reaction, UnpinAsk
from bot.slack.command_text import clean, fingerprint, first_word, request_id
from bot.store.inbox import Delivery

VM_NAME_CHARACTERS = 255
"""vCenter itself allows 80."""
HOST_NAME_CHARACTERS = 255
REASON_CHARACTERS = 500
COMMAND, EVENT, INTERACTION = "command", "event", "interaction"

_VOTES = {
    "white_check_mark": Choice.APPROVE,
    "heavy_check_mark": Choice.APPROVE,
    "x": Choice.DENY,
}
_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TIME = re.compile(r"(\d{1,11})(?:\.(\d{1,6}))?", re.ASCII)
_URL = re.compile(r"https?://[!-~]{1,500}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(delivery: Delivery, *, bot_user: str) -> Act | None:
    """What was done, or None for what means nothing to us. Never raises, whatever the body holds.

    ``bot_user`` is our own user id: what we do ourselves is no act.
    """
    if delivery.kind == COMMAND:
        return _command(delivery)
    if delivery.kind == EVENT:
        return _reaction(delivery, bot_user)
    return None


def _command(delivery: Delivery) -> Act | None:
    body = delivery.body
    person, channel = _id(body, "user_id"), _id(body, "channel_id")
    if not person or not channel:
        return None
    text = clean(_text(body, "text"))
    who: dict[str, Any] = {
        "key": delivery.key,
        "person": person,
        "channel": channel,
        "response_url": url if _URL.fullmatch(url := _text(body, "response_url")) else None,
    }
    misspelt = Misspelt(**who, text=_cut(text, REASON_CHARACTERS))
    if not text:
        return Question(**who, topic="help")
    split = first_word(text)
    if split is None:
        return misspelt
    word, rest, quoted = split
    if not quoted and word.lower() in ("help", "status"):
        return Question(**who, topic=word.lower())
    if not quoted and word.lower() == "cancel":
        named = request_id(rest.split(" ", 1)[0])
        return misspelt if named is None else CancelAsk(**who, request=named)
    if not quoted and word.lower() in ("pin", "unpin"):
        return _pinning(word.lower(), rest, who) or misspelt
    purpose = Purpose.CAPTURE
    if not quoted and word.lower() == "rehearse":
        split = first_word(rest)
        if split is None:
            return misspelt
        purpose, (word, rest, _) = Purpose.REHEARSAL, split
    if not word or len(word) > VM_NAME_CHARACTERS:
        return misspelt
    return Ask(**who, query=word, reason=_cut(rest, REASON_CHARACTERS), purpose=purpose)


def _pinning(word: str, rest: str, who: dict[str, Any]) -> Act | None:
    of, _, typed = rest.partition(" ")
    named, compared = request_id(of), fingerprint(typed)
    if compared is None:
        return None
    if word == "pin":
        return None if named is None else PinAsk(**who, request=named, fingerprint=compared)
    host = of.strip("`")
    return UnpinAsk(**who, host=host, fingerprint=compared) if 0 < len(host) <= HOST_NAME_CHARACTERS else None


def _reaction(delivery: Delivery, bot_user: str) -> Act | None:
    event = _part(delivery.body, "event")
    item = _part(event, "item")
    kind, person = _text(event, "type"), _id(event, "user")
    if kind not in ("reaction_added", "reaction_removed") or _text(item, "type") != "message":
        return None
    # Skin tones come as a suffix: ``+1::skin-tone-2``.
    choice = _VOTES.get(_text(event, "reaction").split("::", 1)[0])
    channel, message, at = _id(item, "channel"), _id(item, "ts"), _time(_text(event, "event_ts"))
    if choice is None or at is None or not (person and channel and message):
        return None
    if person == bot_user or event.get("bot_id"):
        return None
    return Reaction(
        key=delivery.key,
        person=person,
        channel=channel,
        message=message,
        choice=choice,
        added=kind == "reaction_added",
        at=at,
    )


def _time(ts: str) -> datetime | None:
    """Slack writes times as seconds since 1970 with six decimals."""
    found = _TIME.fullmatch(ts)
    if found is None:
        return None
    micros = (found[2] or "").ljust(6, "0")
    return _EPOCH + timedelta(seconds=int(found[1]), microseconds=int(micros))


def _id(body: dict[str, Any], name: str) -> str:
    value = _text(body, name)
    return value if _ID.fullmatch(value) else ""


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
