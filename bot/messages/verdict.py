"""What the dump was found to be, with the numbers compared."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.core.verdict import ALL_MEMORY, Answer, Check, sum_of
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown

_COMPLETE = {"size": "judged.complete", "whole": "judged.whole", "kind": "judged.kind"}


@renders(e.DumpGrowing)
def dump_growing(event: e.DumpGrowing, _: Entry, t: Texts) -> Rendered:
    expected = t("not-seen") if event.expected_size is None else units.size(event.expected_size)
    size, wait = units.size(event.file.size), units.seconds(event.wait_seconds)
    return shown(t("dump-growing", path=event.file.path, size=size, expected=expected, wait=wait))


@renders(e.KernelLogRead)
def kernel_log(event: e.KernelLogRead, _: Entry, t: Texts) -> Rendered:
    lines = [t("kernel-log.line", line=line) for line in event.log.lines]
    return shown(joined([t("kernel-log", path=event.log.path), *lines], "\n"))


@renders(e.Judged)
def judged(event: e.Judged, _: Entry, t: Texts) -> Rendered:
    verdict = event.verdict
    lines = [_head(event, t)]
    lines += [_line("judged.valid", check, t) for check in verdict.valid]
    lines += [
        _line("judged.partial" if check.expected == ALL_MEMORY else _COMPLETE[check.name], check, t)
        for check in verdict.complete
        # That nothing else is amiss need not be said.
        if check.name != "whole" or check.answer is not Answer.YES
    ]
    checks = joined([_check(check, t) for check in verdict.ours], "; ")
    lines.append(t("judged.ours", sign=_sign(sum_of(verdict.ours), t), checks=checks))
    if verdict.proved:
        lines[-1] = Markup(f"{lines[-1]} {t('judged.deliberate')}")
    return shown(joined(lines, "\n"))


def _head(event: e.Judged, t: Texts) -> Markup:
    """The one thing to know first: an old file needs no counting of its bytes."""
    facts, file, verdict = event.facts, event.file, event.verdict
    place = {"path": file.path, "size": units.size(file.size)}
    # Entries of older versions lack this check; what is in their threads is not said anew in other words.
    told = any(check.name == "whole" for check in verdict.complete)
    if told and verdict.old:
        return t("judged.old", date=units.moment(facts.crashed_at or file.modified_at), **place)
    short = 0 if facts.expected_size is None else facts.expected_size - file.size
    if told and short > 0:
        return t("judged.truncated", missing=f"{short:,}", **place)
    if verdict.proved:
        return t("judged.good", **place)
    return t("judged.bad" if verdict.disproved else "judged.unsure", **place)


@renders(e.NotVerified)
def not_verified(event: e.NotVerified, _: Entry, t: Texts) -> Rendered:
    return shown(t("not-verified", error=t.error(event.code, event.params)))


def _line(text_id: str, check: Check, t: Texts) -> Markup:
    return t(text_id, sign=_sign(check.answer, t), expected=check.expected, found=check.found)


def _check(check: Check, t: Texts) -> Markup:
    by_answer = f"check.{check.name}.{check.answer.value}"
    text_id = by_answer if t.has(by_answer) else f"check.{check.name}"
    text = t(text_id, expected=check.expected, found=check.found)
    return text if check.answer is Answer.YES else Markup(f"{_sign(check.answer, t)} {text}")


def _sign(answer: Answer, t: Texts) -> Markup:
    return t(f"answer.{answer.value}")
