"""A rehearsal, part by part, and the key that a host showed in it."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.core.rehearsal import Part
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup, person
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown


@renders(e.Rehearsed)
def rehearsed(event: e.Rehearsed, _: Entry, t: Texts) -> Rendered:
    head = t("rehearsed", vm=event.vm, world_id=event.world_id, host=event.host)
    return shown(joined([head, *_lines(event.parts, t)], "\n"))


@renders(e.RehearsalFailed)
def rehearsal_failed(event: e.RehearsalFailed, _: Entry, t: Texts) -> Rendered:
    head = t(
        "rehearsal-failed",
        part=t(f"part.{event.failed}"),
        error=t.error(event.code, event.params),
        vm=event.vm,
    )
    return shown(joined([head, *_lines(event.parts, t)], "\n"))


@renders(e.HostKeyShown)
def host_key_shown(event: e.HostKeyShown, entry: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            "host-key-shown",
            host=event.host,
            algorithm=event.algorithm,
            fingerprint=event.fingerprint,
            id=entry.journal,
        )
    )


@renders(e.HostKeyUnpinned)
@renders(e.HostKeyPinned)
def host_key_vouched(event: e.HostKeyPinned | e.HostKeyUnpinned, _: Entry, t: Texts) -> Rendered:
    return shown(
        t(
            event.kind,
            person=person(event.person),
            groups=", ".join(event.groups),
            host=event.host,
            fingerprint=event.fingerprint,
        )
    )


@renders(e.RehearsalRead)
def rehearsal_read(event: e.RehearsalRead, _: Entry, t: Texts) -> Rendered:
    parts = joined([_what(part, t) for part in event.parts], "; ") or t("rehearsal-read.nothing")
    if event.code is None or event.failed is None:
        return shown(t("rehearsal-read", host=event.host, parts=parts))
    error = t.error(event.code, event.params)
    part = t(f"part.{event.failed}")
    return shown(t("rehearsal-read.failed", host=event.host, parts=parts, part=part, error=error))


def _lines(parts: tuple[Part, ...], t: Texts) -> list[Markup]:
    return [
        t(
            "part",
            sign=t(f"level.{part.level.value}"),
            what=_what(part, t),
            seconds=_took(part.seconds),
        )
        for part in parts
    ]


def _took(seconds: float) -> str:
    """Parts are short, and what is compared from one rehearsal to the next."""
    return units.seconds(seconds) if seconds >= 1 else f"{round(1000 * seconds)} ms"


def _what(part: Part, t: Texts) -> Markup:
    """By how it went, if there are words for that; else by what was seen; else by its name."""
    name = f"part.{part.name}"
    text_id = next(i for i in (f"{name}.{part.level.value}", f"{name}.seen", name) if t.has(i))
    return t(text_id, seen=part.seen)
