from bot.core.events import Planned
from bot.core.finding import Level
from bot.core.route import Route
from bot.messages.render import render
from bot.messages.rendered import Button, Rendered, VoteButton
from bot.slack.message import Picture, message
from tests.unit.core.things import every_change, finding, leg, machine, plan, requirement
from tests.unit.messages import examples


def test_each_section_is_a_block_that_slack_does_not_reinterpret() -> None:
    made = message(Rendered(("one @channel", "two")))
    assert made.text == "one @channel\ntwo"
    assert [block["text"]["text"] for block in made.blocks] == ["one @channel", "two"]
    assert all(block["text"]["verbatim"] for block in made.blocks)


def test_a_picture_comes_last() -> None:
    made = message(Rendered(("one",)), Picture("F1", "Console"))
    assert made.blocks[-1] == {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "Console"}


def test_it_stays_within_the_limits_of_slack() -> None:
    made = message(Rendered(("&lt;" * 5000, *("y" * 400 for _ in range(200)))), Picture("F1", "Console"))
    texts = [block["text"]["text"] for block in made.blocks if block["type"] == "section"]
    assert len(made.blocks) <= 50
    assert max(map(len, texts)) <= 3000
    assert sum(map(len, texts)) <= 12_000
    assert len(made.text) <= 4000
    assert made.blocks[-1]["type"] == "image"


def test_nothing_of_a_long_section_is_left_out() -> None:
    lines = [f"{n} " + "y" * 100 for n in range(80)]
    made = message(Rendered(("head", "\n".join(lines))))
    texts = [block["text"]["text"] for block in made.blocks]
    assert max(map(len, texts)) <= 3000
    assert "\n".join(texts) == "head\n" + "\n".join(lines)


def test_whoever_votes_sees_all_of_a_long_plan() -> None:
    """A reason full of signs that are escaped must not push out of sight what would be changed."""
    signs = "&" * 300
    long = plan(
        machine=machine(notes=signs, question=signs),
        legs=(leg(changes=every_change()), leg(route=Route.API)),
        guards=every_change(),
        findings=(finding("question", Level.BLOCK, signs), finding("dump-file", Level.OK, signs)),
    )
    event = examples.fill(Planned, "x", full=True, plan=long, reason=signs, requirement=requirement())
    rendered = render(examples.entry(event))
    assert max(map(len, rendered.sections)) > 3000
    shown = "\n".join(block["text"]["text"] for block in message(rendered).blocks if "text" in block)
    assert set("\n".join(rendered.sections).split()) == set(shown.split())


def test_buttons_stand_below_the_text() -> None:
    buttons = tuple(Button(button, button.value * 20, "d" * 12) for button in VoteButton)
    made = message(Rendered(tuple("y" * 400 for _ in range(200)), buttons=buttons), Picture("F1", "Console"))
    *_, actions, picture = made.blocks
    assert (actions["type"], picture["type"]) == ("actions", "image")
    assert [(e["action_id"], e.get("style")) for e in actions["elements"]] == [
        ("vmdump_approve", None),
        ("vmdump_deny", "danger"),
        ("vmdump_break_glass", "danger"),
    ]
    assert all(0 < len(e["text"]["text"]) <= 75 for e in actions["elements"])
    assert len(made.blocks) <= 50


def test_an_empty_section_is_no_block() -> None:
    assert len(message(Rendered(("one", "", " "))).blocks) == 1
