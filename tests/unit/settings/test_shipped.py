"""The files that ship are valid, and the reference says what the model says."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import yaml

from bot.core.errors import Code
from bot.core.policy.asking import decide_request
from bot.core.policy.freeze import frozen
from bot.core.policy.holding import decide_right
from bot.core.policy.model import Means
from bot.core.policy.people import resolve
from bot.core.policy.place import Place
from bot.core.policy.quorum import enough
from bot.core.policy.right import Right
from bot.core.policy.voting import decide_vote
from bot.core.vote import Choice
from bot.settings.check import check
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
    answer = decide_request(policy, membership, ALICE, Place(machine(), INCIDENT))
    assert (answer.rules, answer.groups) == (("production",), ("responders",))
    assert answer.requirement is not None
    assert decide_vote(answer.requirement, membership, BOB, ALICE, Choice.APPROVE, Means.REACTION).allowed
    assert enough(answer.requirement, membership, (BOB,))


def test_the_shipped_policy_shows_what_rules_can_say() -> None:
    policy = load_policy(CONFIG / "rbac.yaml")
    membership = resolve(policy, {"S0123ABCD": frozenset({ALICE})})
    payments = Place(machine(path="/DC1/vm/payments/db/DumpTest"), INCIDENT)
    needed = decide_request(policy, membership, ALICE, payments).requirement
    assert needed is not None
    assert (needed.rules, needed.by, needed.quorum) == (("payments",), (Means.BUTTON,), 2)
    window = frozen(needed.freezes, datetime(2026, 12, 29, 20, tzinfo=UTC))
    assert window is not None
    assert (window.name, window.until) == ("month-end", datetime(2026, 12, 30, 5, tzinfo=UTC))
    for person, right, allowed in (
        (ALICE, Right.BREAK_GLASS, True),
        (ALICE, Right.CANCEL, True),
        (BOB, Right.BREAK_GLASS, False),
        (BOB, Right.READ_EVIDENCE, True),
    ):
        assert decide_right(policy, membership, person, right, payments).allowed == allowed
    never = Place(machine("dc-01"), INCIDENT)
    assert decide_request(policy, membership, ALICE, never).code is Code.DENIED_BY_RULE


def test_of_the_shipped_policy_only_the_single_reaction_is_unwise(tmp_path: Path) -> None:
    for name in ("vmdump.yaml", "rbac.yaml"):
        shutil.copy(CONFIG / name, tmp_path)
    _, warnings = check([tmp_path / "vmdump.yaml"])
    assert [w.text.split(": ")[0] for w in warnings if w.place.file.name == "rbac.yaml"] == [
        "rules[0].approve.quorum"
    ]


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
