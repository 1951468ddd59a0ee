"""The form behind the buttons, and the copies that auditors get."""

from __future__ import annotations

import pytest

from bot.core.entry import GENESIS, SITE, chain
from bot.core.events import Cancelled, Planned
from bot.core.policy.model import Means
from bot.core.purpose import Purpose
from bot.core.vote import Choice
from bot.messages.catalogue import Texts
from bot.messages.copies import copy_of
from bot.messages.en.texts import TEXTS
from bot.messages.forms import button_of, form_text
from bot.messages.render import render
from bot.messages.rendered import VoteButton
from tests.unit.core.things import NOW, REQUEST, machine, plan, requirement, target
from tests.unit.messages.examples import entry, fill

HOSTILE = "<!channel> *x* `y`"


def planned(name: str = "DumpTest", **changed: object) -> Planned:
    of = plan(machine=machine(target=target(name=name)))
    found: Planned = fill(Planned, "text", full=True, **{"plan": of, "round": 1} | changed)
    return found


@pytest.mark.parametrize("button", VoteButton)
def test_it_shows_the_plan_and_says_what_pressing_does(button: VoteButton) -> None:
    event = planned()
    form = form_text(event, REQUEST, button, Texts())
    assert form.sections[:3] == render(entry(event)).sections[:3]
    assert form.sections[3] == Texts()(f"form.warning.{button.value}", vm="DumpTest")
    assert form.title.endswith(REQUEST)
    assert len(form.title) <= 24
    assert (form.reason_least > 0) is (button is VoteButton.GLASS)
    assert all(part.strip() for part in (form.name_label, form.reason_label, form.submit, form.close))


@pytest.mark.parametrize("button", VoteButton)
def test_a_hostile_name_formats_nothing(button: VoteButton) -> None:
    for section in form_text(planned(HOSTILE), REQUEST, button, Texts()).sections:
        assert "<!channel>" not in section


def test_which_form_belongs_to_which_vote() -> None:
    assert button_of(Choice.APPROVE, break_glass=False) is VoteButton.APPROVE
    assert button_of(Choice.DENY, break_glass=False) is VoteButton.DENY
    assert button_of(Choice.APPROVE, break_glass=True) is VoteButton.GLASS


@pytest.mark.parametrize(
    ("by", "break_glass", "buttons"),
    [
        ((Means.REACTION,), False, []),
        ((Means.REACTION,), True, [VoteButton.GLASS]),
        ((Means.BUTTON,), False, [VoteButton.APPROVE, VoteButton.DENY]),
        ((Means.REACTION, Means.BUTTON), True, list(VoteButton)),
    ],
)
def test_the_message_has_the_buttons_that_could_lead_to_something(
    by: tuple[Means, ...], break_glass: bool, buttons: list[VoteButton]
) -> None:
    event = planned(requirement=requirement(by=by), break_glass=break_glass, digest="0123456789abcdef")
    shown = render(entry(event)).buttons
    assert [one.button for one in shown] == buttons
    assert {one.mark for one in shown} <= {"0123456789ab"}


def test_a_copy_says_where_it_is_from_and_has_nothing_to_press() -> None:
    whole = entry(planned(requirement=requirement(by=(Means.BUTTON,))))
    copy = copy_of(whole, "C0INC42000", render(whole), Texts())
    assert copy.sections == (f"*{REQUEST}* in <#C0INC42000>", *render(whole).sections)
    assert (copy.buttons, copy.picture) == ((), None)


@pytest.mark.parametrize(
    ("journal", "place", "head"),
    [
        (SITE, "", "*no request*"),
        (SITE, "C0INC42000", "*no request* in <#C0INC42000>"),
        (REQUEST, "", f"*{REQUEST}*"),
        (REQUEST, "<!channel>", f"*{REQUEST}* in &lt;!channel&gt;"),
    ],
)
def test_of_what_has_no_request_too(journal: str, place: str, head: str) -> None:
    event = Cancelled(person="U024BE7LH")
    made = chain(journal, 1, GENESIS, key="k", at=NOW, actor="vmdump", event=event)
    assert copy_of(made, place, render(made), Texts()).sections[0] == head


def test_every_text_of_a_form_is_used() -> None:
    used = {"form.name", "form.reason", "form.close", "form.other-name"}
    used |= {
        f"form.{part}.{button.value}" for part in ("title", "warning", "submit") for button in VoteButton
    }
    used |= {f"form.warning.approve.{purpose.value}" for purpose in (Purpose.REHEARSAL, Purpose.ARM)}
    assert used == {name for name in TEXTS if name.startswith("form.")}
