import hashlib
from pathlib import Path

import pytest

from bot.core.policy.model import Means
from bot.settings.rbac_file import load_policy
from tests.unit.settings.files import RULES, broken, rbac_faults, write

REHEARSE = """\
    rehearse:
      request: [U0G9QF9C6]
      approve: {from: [owners], expires: 5m}
admins: [owners]
"""


def test_the_policy_and_the_hash_of_its_bytes(tmp_path: Path) -> None:
    policy = load_policy(write(tmp_path, RULES))
    rule = policy.rules[0]
    assert policy.sha256 == hashlib.sha256(RULES.encode()).hexdigest()
    assert rule.scope.vm == ("*",)
    assert rule.scope.folder is None
    assert rule.approve.by == (Means.REACTION,)
    assert (rule.approve.expires_seconds, rule.approve.self_approval, rule.cancel) == (900, False, ())


def test_rehearsals_and_admins(tmp_path: Path) -> None:
    policy = load_policy(write(tmp_path, RULES + REHEARSE))
    rehearse = policy.rules[0].rehearse
    assert rehearse is not None
    assert rehearse.request == ("U0G9QF9C6",)
    assert (rehearse.approve.people, rehearse.approve.expires_seconds) == (("owners",), 300)
    assert policy.admins == ("owners",)
    without = load_policy(write(tmp_path, RULES))
    assert (without.rules[0].rehearse, without.admins) == (None, ())


@pytest.mark.parametrize(
    ("old", "place"),
    [
        ("admins: [owners]", "11:10: admins[0]"),
        ("from: [owners], expires: 5m", "10:24: rules[0].rehearse.approve.from[0]"),
    ],
)
def test_whoever_may_rehearse_or_pin_is_a_known_group(tmp_path: Path, old: str, place: str) -> None:
    (line,) = rbac_faults(write(tmp_path, broken(RULES + REHEARSE, old, old.replace("owners", "sre"))))
    assert line.startswith(f"{place}: no group 'sre'")


def test_no_rules_are_a_valid_policy(tmp_path: Path) -> None:
    assert load_policy(write(tmp_path, "rules: []\n")).rules == ()


FAULTS = [
    (
        "[owners]",
        "[sre]",
        "7:22: rules[0].approve.from[0]: no group 'sre'; expected a user id or one of the groups: ",
    ),
    ("[U0ALICE042]", "[alice]", "6:15: rules[0].request[0]: no group 'alice'; expected a user id or one of"),
    (
        "[U0ALICE042]",
        "[alice@example.com]",
        "6:15: rules[0].request[0] has another form; expected the name of",
    ),
    ("[U0ALICE042]", "[]", "6:14: rules[0].request is an empty list; expected"),
    ("[U0ALICE042]", "U0ALICE042", "6:14: rules[0].request is text; expected a list"),
    ("[U024BE7LH]", "[bob]", "2:20: groups.owners.users[0] has another form; expected a Slack user id"),
    ("owners: {", "Owners: {", "2:3: groups.Owners has another form; expected a name in lower case"),
    (
        "quorum: 1",
        "quorum: 0",
        "7:39: rules[0].approve.quorum is too small; expected a whole number from 1 to 50",
    ),
    (
        "[reaction]",
        "[reaction, button]",
        "7:57: rules[0].approve.by[1] is not known; expected reaction, the only",
    ),
    ("expires: 15m", "expires: 15", "7:67: rules[0].approve.expires is not a duration; expected a duration"),
    ('vm: "*"', "vm: []", "5:17: rules[0].match.vm is an empty list; expected a pattern, or a list of them"),
    ('vm: "*"', "vm:", "5:16: rules[0].match.vm is empty; expected a pattern, or a list of them"),
    (
        'vm: "*"',
        "vms: x",
        "5:13: unknown key 'vms' in rules[0].match; did you mean 'vm'? expected one of vm, ",
    ),
    ("    request: [U0ALICE042]\n", "", "4:5: rules[0].request is missing; expected a list"),
]


@pytest.mark.parametrize(("old", "new", "line"), FAULTS)
def test_each_mistake_is_one_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    found = rbac_faults(write(tmp_path, broken(RULES, old, new)))
    assert len(found) == 1
    assert found[0].startswith(line)


def test_a_rule_name_is_taken_once(tmp_path: Path) -> None:
    twice = RULES + RULES.partition("rules:\n")[2]
    assert rbac_faults(write(tmp_path, twice)) == [
        "8:11: rules[1].name is taken; expected each rule's name once"
    ]


def test_a_channel_that_is_a_comment_does_not_mean_any_channel(tmp_path: Path) -> None:
    text = broken(RULES, '{vm: "*", channel: C0INC42000}', "\n      channel: #inc-42")
    assert rbac_faults(write(tmp_path, text)) == [
        "6:15: rules[0].match.channel is empty; expected a pattern, or a list of them"
    ]
