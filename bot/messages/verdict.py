"""What the dump was found to be, with the numbers compared."""

from __future__ import annotations

from bot.core import events as e
from bot.core.entry import Entry
from bot.core.verdict import Answer, Check, sum_of
from bot.messages import units
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup
from bot.messages.rendered import Rendered
from bot.messages.renderers import joined, renders, shown


@renders(e.Judged)
def judged(event: e.Judged, _: Entry, t: Texts) -> Rendered:
    verdict = event.verdict
    doubt = "judged.bad" if verdict.disproved else "judged.unsure"
    lines = [
        t("judged.good" if verdict.proved else doubt, path=event.file.path, size=units.size(event.file.size))
    ]
    lines += [_line("judged.valid", check, t) for check in verdict.valid]
    lines += [
        _line("judged.complete" if check.name == "size" else "judged.partial", check, t)
        for check in verdict.complete
    ]
    checks = joined([_check(check, t) for check in verdict.ours], "; ")
    lines.append(t("judged.ours", sign=_sign(sum_of(verdict.ours), t), checks=checks))
    if verdict.proved:
        lines[-1] = Markup(f"{lines[-1]} {t('judged.deliberate')}")
    return shown(joined(lines, "\n"))


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
