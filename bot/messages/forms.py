"""The form behind the buttons of the approval message."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.events import Planned
from bot.core.policy.model import BREAK_GLASS_REASON
from bot.core.vote import Choice
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup, original
from bot.messages.plan import plan_sections
from bot.messages.rendered import VoteButton


@dataclass(frozen=True, slots=True)
class FormText:
    """Sections are in the chat's markup, everything else is plain text."""

    title: str
    sections: tuple[str, ...]
    name_label: str
    reason_label: str
    reason_least: int
    """characters that a reason has at least; 0: it may be left out"""
    submit: str
    close: str


def button_of(choice: Choice, *, break_glass: bool) -> VoteButton:
    if break_glass:
        return VoteButton.GLASS
    return VoteButton.APPROVE if choice is Choice.APPROVE else VoteButton.DENY


def _warning(event: Planned, name: str, vm: str, t: Texts) -> Markup:
    """What a vote for this purpose does."""
    by_purpose = f"form.warning.{name}.{event.plan.purpose.value}"
    return t(by_purpose if t.has(by_purpose) else f"form.warning.{name}", vm=vm)


def form_text(event: Planned, request: str, button: VoteButton, t: Texts) -> FormText:
    """Whoever votes by it sees the plan of the approval message again."""
    name, vm = button.value, event.plan.machine.target.name
    return FormText(
        title=original(t(f"form.title.{name}", id=request)),
        sections=(*plan_sections(event, request, t), _warning(event, name, vm, t)),
        name_label=original(t("form.name")),
        reason_label=original(t("form.reason")),
        reason_least=BREAK_GLASS_REASON if button is VoteButton.GLASS else 0,
        submit=original(t(f"form.submit.{name}")),
        close=original(t("form.close")),
    )
