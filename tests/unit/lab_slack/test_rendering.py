"""What a reader of a message sees, and whom it notifies."""

from typing import Any

from bot.lab.slack import Message, pings, render
from bot.lab.slack.default_workspace import ALICE, BOB, default_workspace

HOSTILE = "<!channel> *x* & <@U0ALICE042>"
ESCAPED = "&lt;!channel&gt; *x* &amp; &lt;@U0ALICE042&gt;"


def message(text: str = "", *blocks: dict[str, Any], link_names: bool = False) -> Message:
    return Message("C0INC42000", "1.000001", "U0VMDUMP00", text, list(blocks), link_names=link_names)


def section(text: str, kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": "section", "text": {"type": kind, "text": text}}


def shown(*args: Any, ansi: bool = False) -> list[str]:
    return render(message(*args), default_workspace(), ansi=ansi)


def test_hostile_text_pings_and_its_escaped_form_does_not() -> None:
    workspace = default_workspace()
    assert pings(message(HOSTILE), workspace) == {"!channel", f"@{ALICE}"}
    assert pings(message("x", section(HOSTILE)), workspace) == {"!channel", f"@{ALICE}"}
    assert pings(message(ESCAPED, section(ESCAPED)), workspace) == set()
    assert shown(ESCAPED) == [HOSTILE]
    assert shown(HOSTILE) == ["@channel *x* & @alice"]


def test_plain_text_objects_ping_nobody_and_unknown_ids_neither() -> None:
    workspace = default_workspace()
    assert pings(message("x", section(HOSTILE, "plain_text")), workspace) == set()
    assert pings(message("<@U0NOBODY00> <!subteam^S0NONE>"), workspace) == set()
    assert pings(message("<!subteam^S0123ABCD|sre> <!here>"), workspace) == {"!subteam^S0123ABCD", "!here"}


def test_bare_names_ping_only_with_link_names() -> None:
    workspace = default_workspace()
    bare = "@channel @bob @sre a@bob.example"
    assert pings(message(bare), workspace) == set()
    found = pings(message(bare, link_names=True), workspace)
    assert found == {"!channel", f"@{BOB}", "!subteam^S0123ABCD"}


def test_references_links_entities_and_emoji_are_resolved() -> None:
    text = "<@U024BE7LH> of <!subteam^S0123ABCD> in <#C0INC42000> :x: <https://a.example|a &amp; b>"
    assert shown(text) == ["@bob of @sre in #inc-42 ❌ a & b (https://a.example)"]
    assert shown("&amp;lt; :no_such_sign: :+1::skin-tone-2: <what is this>") == [
        "&lt; :no_such_sign: 👍🏻 <what is this>"
    ]
    assert shown("<!date^1^{date}|09:47>") == ["09:47"]


def test_blocks_hide_the_text_and_show_line_by_line() -> None:
    lines = shown(
        "not shown",
        {"type": "header", "text": {"type": "plain_text", "text": "Dump :zap:"}},
        section("*alice*\nasks"),
        {
            "type": "section",
            "fields": [{"type": "mrkdwn", "text": "a"}, {"type": "plain_text", "text": "*b*"}],
        },
        {"type": "divider"},
        {
            "type": "context",
            "elements": [
                {"type": "mrkdwn", "text": "until 09:47"},
                {"type": "image", "alt_text": "logo", "image_url": "https://a.example/x.png"},
            ],
        },
        {"type": "image", "alt_text": "blue screen", "slack_file": {"id": "F1"}},
        {
            "type": "actions",
            "elements": [
                {"type": "button", "text": {"type": "plain_text", "text": "Deny"}, "action_id": "d"}
            ],
        },
        {
            "type": "plan",
            "title": "Capture",
            "tasks": [{"task_id": "1", "title": "NMI", "status": "complete"}],
        },
        {"type": "markdown", "text": "left out"},
    )
    assert lines[:6] == ["Dump ⚡", "*alice*", "asks", "a", "*b*", "─" * 24]
    assert lines[6:] == [
        "until 09:47  [picture: logo]",
        "[picture: blue screen]",
        "[ Deny ]",
        "Capture",
        "  ● NMI",
    ]


def test_bold_may_become_terminal_bold_and_other_control_characters_never_arrive() -> None:
    assert shown("a *b c* 2*3*4", ansi=True) == ["a \x1b[1mb c\x1b[22m 2*3*4"]
    assert shown("\x1b[2Jx\x9b\x07") == ["[2Jx"]


def test_an_edited_text_is_marked() -> None:
    edited = message("done")
    edited.edited = "2.000001"
    assert render(edited, default_workspace()) == ["done (edited)"]
