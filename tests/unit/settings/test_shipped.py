"""The files that ship are valid, and the reference says what the model says."""

from pathlib import Path

import yaml

from bot.core.policy.asking import decide_request
from bot.core.policy.people import resolve
from bot.settings.loading import load
from bot.settings.rbac_file import load_policy
from bot.settings.reference import render
from tests.unit.policy.world import ALICE, BOB, INCIDENT, machine

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config"


def test_the_shipped_settings_load() -> None:
    settings = load([CONFIG / "vmdump.yaml"])
    assert settings.rbac == CONFIG / "rbac.yaml"
    rule = settings.host_rule("esx-01.example.com")
    assert rule is not None
    assert rule.ssh is not None
    assert rule.ssh.services == ("TSM", "TSM-SSH")
    guest = settings.guest_rule(machine())
    assert guest is not None
    assert guest.dump_file == r"C:\MemoryDump\MEMORY.DMP"


def test_the_shipped_policy_lets_alice_ask_and_bob_approve() -> None:
    policy = load_policy(CONFIG / "rbac.yaml")
    membership = resolve(policy, {"S0123ABCD": frozenset()})
    answer = decide_request(policy, membership, ALICE, machine(), INCIDENT)
    assert answer.requirement is not None
    assert BOB in membership.known(answer.requirement.groups)


def test_the_manifest_asks_for_what_the_bot_uses() -> None:
    manifest = yaml.safe_load((CONFIG / "slack-manifest.yaml").read_text(encoding="utf-8"))
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == ["reaction_added", "reaction_removed"]
    assert manifest["features"]["slash_commands"][0]["should_escape"] is False


def test_the_reference_is_written_from_the_model() -> None:
    page = ROOT / "docs/reference/configuration.md"
    assert page.read_text(encoding="utf-8") == render(), "run python -m bot.settings.reference"


def test_every_key_has_a_meaning() -> None:
    rows = [line.split(" | ") for line in render().splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows if not row[3].rstrip("| ")] == []
