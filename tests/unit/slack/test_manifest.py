"""The app's manifest against what the room calls, hears and understands."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.lab.slack.access import SCOPES

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "bot" / "slack").glob("*.py"))
WITHOUT_SCOPE = {"auth.test", "apps.connections.open", "views.open"}
"""by their pages on docs.slack.dev; the second goes by the app-level token"""
BY_KIND_OF_CHANNEL = {
    "conversations.info": "read",
    "conversations.history": "history",
    "conversations.replies": "history",
}
WORDS = (
    *(
        "rehearse",
        "check",
        "arm",
        "disarm",
        "status",
        "cancel",
        "release",
        "explain",
        "review",
        "pin",
        "unpin",
    ),
    *("doctor", "help"),
)


@pytest.fixture(scope="module")
def manifest() -> Any:
    return yaml.safe_load((ROOT / "config" / "slack-manifest.yaml").read_text(encoding="utf-8"))


def methods() -> set[str]:
    """Every method of the Web API that the room names."""
    called = re.compile(
        r'"((?:apps|auth|chat|conversations|files|reactions|usergroups|users|views)\.[\w.]+)"'
    )
    return {name for source in SOURCES for name in called.findall(source.read_text(encoding="utf-8"))}


def test_its_scopes_are_those_of_the_methods_that_are_called(manifest: Any) -> None:
    needed = {SCOPES[name] for name in methods() - WITHOUT_SCOPE - BY_KIND_OF_CHANNEL.keys()}
    for name in methods() & BY_KIND_OF_CHANNEL.keys():
        needed |= {f"{kind}:{BY_KIND_OF_CHANNEL[name]}" for kind in ("channels", "groups")}
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed | {"commands"}
    assert "views.open" in methods()


def test_buttons_and_forms_reach_the_bot(manifest: Any) -> None:
    assert manifest["settings"]["interactivity"]["is_enabled"] is True


def test_it_is_for_one_workspace(manifest: Any) -> None:
    """The start refuses an app that was installed for a whole organisation."""
    assert manifest["settings"]["org_deploy_enabled"] is False


def test_the_hint_names_every_command_within_slacks_limit(manifest: Any) -> None:
    (command,) = manifest["features"]["slash_commands"]
    named = set(re.findall(r"[a-z]+", command["usage_hint"]))
    assert set(WORDS) <= named
    assert len(command["usage_hint"]) <= 1000
    parsed = (ROOT / "bot" / "slack" / "deliveries.py").read_text(encoding="utf-8")
    assert set(re.findall(r'"([a-z]+)"', "".join(re.findall(r"case (.+):", parsed)))) == set(WORDS)
