"""From a stored delivery to what a person did. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.arming import ArmWish, DumpWish
from bot.core.purpose import Purpose
from bot.core.route import Route
from bot.requests.ports import (
    Act,
    Ask,
    CancelAsk,
    CheckAsk,
    DisarmAsk,
    DoctorAsk,
    ExplainAsk,
    FormVote,
    Misspelt,
    PinAsk,
    Press,
    Question,
    Reaction,
    ReleaseAsk,
    ReviewAsk,
    UnpinAsk,
)
from bot.slack.command_text import clean, fingerprint, first_word, options, request_id
from bot.slack.emoji_votes import choice_of
from bot.slack.vote_form import BUTTONS, REASON, REASON_CHARACTERS, meta_of, typed, typed_name
from bot.store.inbox import Delivery

VM_NAME_CHARACTERS = 255
"""vCenter itself allows 80."""
HOST_NAME_CHARACTERS = 255
OPTIONS: dict[Purpose, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Purpose.CAPTURE: (("route",), ("override",)),
    Purpose.REHEARSAL: (("route",), ("override",)),
    Purpose.ARM: (("dump",), ("restart",)),
}
"""options with a value, and those without"""
COMMAND, EVENT, INTERACTION = "command", "event", "interaction"

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TIME = re.compile(r"(\d{1,11})(?:\.(\d{1,6}))?", re.ASCII)
_URL = re.compile(r"https?://[!-~]{1,500}")
_TRIGGER = re.compile(r"[!-~]{1,200}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(delivery: Delivery, *, bot_user: str) -> Act | None:
    """What was done, or None for what means nothing to us. Never raises, whatever the body holds.

    ``bot_user`` is our own user id: what we do ourselves is no act.
    """
    if delivery.kind == COMMAND:
        return _command(delivery)
    if delivery.kind == EVENT:
        return _reaction(delivery, bot_user)
    return _form(delivery) if delivery.body.get("view") is not None else _press(delivery)


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
    if not text:
        return Question(**who, topic="help")
    return _act(who, text) or Misspelt(**who, text=_cut(text, REASON_CHARACTERS))


def _act(who: dict[str, Any], text: str) -> Act | None:
    """None for what cannot be read. A quoted first word is the name of a VM, whatever it says."""
    split = first_word(text)
    if split is None:
        return None
    word, rest, quoted = split
    match "" if quoted else word.lower():
        case ("help" | "status") as topic:
            return Question(**who, topic=topic)
        case ("cancel" | "release") as verb:
            named = request_id(rest.split(" ", 1)[0])
            of_request = CancelAsk if verb == "cancel" else ReleaseAsk
            return None if named is None else of_request(**who, request=named)
        case ("pin" | "unpin") as verb:
            return _pinning(verb, rest, who)
        case "doctor" if not rest:
            return DoctorAsk(**who)
        case "review":
            return _review(rest, who)
        case ("rehearse" | "arm" | "disarm" | "check" | "explain") as verb:
            split = first_word(rest)
            return None if split is None else _of_vm(verb, split[0], split[1], who)
        case _:
            return _ask(who, word, rest, Purpose.CAPTURE)


def _of_vm(verb: str, vm: str, rest: str, who: dict[str, Any]) -> Act | None:
    match verb:
        case "rehearse":
            return _ask(who, vm, rest, Purpose.REHEARSAL)
        case "arm":
            return _ask(who, vm, rest, Purpose.ARM)
        case "disarm":
            return DisarmAsk(**who, query=vm) if _good_name(vm) and not rest else None
        case "check":
            return CheckAsk(**who, query=vm) if _good_name(vm) and not rest else None
        case _:
            ask = _ask(who, vm, rest, Purpose.CAPTURE)
            return None if ask is None else ExplainAsk(**who, query=ask.query, route=ask.route)


def _ask(who: dict[str, Any], vm: str, rest: str, purpose: Purpose) -> Ask | None:
    valued, bare = OPTIONS[purpose]
    given, reason = options(rest, valued, bare)
    try:
        route = Route(given["route"]) if "route" in given else None
        dump = DumpWish(given["dump"]) if "dump" in given else DumpWish.COMPLETE
    except ValueError:
        return None
    if not _good_name(vm):
        return None
    return Ask(
        **who,
        query=vm,
        reason=_cut(reason, REASON_CHARACTERS),
        purpose=purpose,
        route=route,
        override="override" in given,
        arming=ArmWish(dump=dump, restart="restart" in given) if purpose is Purpose.ARM else None,
    )


def _good_name(vm: str) -> bool:
    return 0 < len(vm) <= VM_NAME_CHARACTERS


def _review(rest: str, who: dict[str, Any]) -> Act | None:
    of, _, words = rest.partition(" ")
    named = request_id(of)
    if named is None:
        return None
    return ReviewAsk(**who, request=named, words=_cut(words.strip(), REASON_CHARACTERS))


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
    choice = choice_of(_text(event, "reaction"))
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


def _press(delivery: Delivery) -> Act | None:
    """A button of ours. Whose message it is on is looked up, not believed."""
    actions = delivery.body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    vote = BUTTONS.get(_text(action, "action_id"))
    container = _part(delivery.body, "container")
    person = _id(_part(delivery.body, "user"), "id")
    channel, message = _id(container, "channel_id"), _id(container, "message_ts")
    trigger, url = _text(delivery.body, "trigger_id"), _text(delivery.body, "response_url")
    if delivery.body.get("type") != "block_actions" or vote is None or not (person and channel and message):
        return None
    return Press(
        key=delivery.key,
        person=person,
        channel=channel,
        response_url=url if _URL.fullmatch(url) else None,
        message=message,
        choice=vote[0],
        break_glass=vote[1],
        trigger=trigger if _TRIGGER.fullmatch(trigger) else "",
        at=_arrival(delivery),
    )


def _form(delivery: Delivery) -> Act | None:
    meta, person = meta_of(delivery.body), _id(_part(delivery.body, "user"), "id")
    if meta is None or not person:
        return None
    return FormVote(
        key=delivery.key,
        person=person,
        channel=meta.channel,
        request=meta.request,
        digest=meta.digest,
        choice=meta.choice,
        break_glass=meta.break_glass,
        typed=_cut(typed_name(delivery.body, meta), VM_NAME_CHARACTERS),
        reason=_cut(clean(typed(delivery.body, REASON)), REASON_CHARACTERS),
        at=_arrival(delivery),
    )


def _arrival(delivery: Delivery) -> datetime:
    return datetime.fromtimestamp(delivery.received_at, UTC)


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
