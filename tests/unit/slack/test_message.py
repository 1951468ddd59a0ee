from bot.messages.rendered import Rendered
from bot.slack.message import Picture, message


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


def test_an_empty_section_is_no_block() -> None:
    assert len(message(Rendered(("one", "", " "))).blocks) == 1
