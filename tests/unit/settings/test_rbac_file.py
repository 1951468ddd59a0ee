import hashlib
from datetime import date, time
from pathlib import Path

import pytest

from bot.core.policy.freeze import Freeze
from bot.core.policy.model import Approval, Means
from bot.core.policy.right import Right
from bot.core.policy.scope import Scope
from bot.core.route import Route
from bot.settings.rbac_file import load_policy
from tests.unit.settings.files import FULL, RULES, broken, rbac_faults, write

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
    assert rule.approve is not None
    assert rule.approve.by == (Means.REACTION,)
    assert (rule.approve.expires_seconds, rule.approve.self_approval) == (900, False)
    assert (rule.grants, rule.denies, rule.external) == ({}, {}, False)


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


def test_what_a_rule_can_say_comes_into_the_policy(tmp_path: Path) -> None:
    policy = load_policy(write(tmp_path, FULL))
    rule = policy.rules[0]
    assert rule.scope == Scope(
        tag=("env:prod",),
        attribute=("Owner=*",),
        resource_pool=("batch",),
        guest=("windows",),
        route=(Route.API, Route.SSH),
    )
    window = Freeze(
        name="night",
        zone="Europe/Berlin",
        days=(0, 6),
        start=time(22),
        end=time(6),
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
    )
    assert rule.approve == Approval(
        people=("owners", "oncall"),
        quorum=2,
        by=(Means.REACTION, Means.BUTTON),
        expires_seconds=900,
        all_of=("owners", "oncall"),
        review_seconds=30,
        remind_seconds=300,
        escalate_seconds=600,
        escalate_to=("oncall",),
        freezes=(window,),
        reason="INC-[0-9]+",
    )
    assert rule.external
    assert policy.break_glass_per_day == 2


def test_roles_are_taken_apart(tmp_path: Path) -> None:
    rule = load_policy(write(tmp_path, FULL)).rules[0]
    assert rule.grants == {
        Right.CANCEL: ("oncall",),
        Right.RESTORE: ("oncall",),
        Right.BREAK_GLASS: ("oncall",),
    }
    assert rule.denies == {
        Right.CANCEL: ("U0ALICE042",),
        Right.RESTORE: ("U0ALICE042",),
        Right.REQUEST: ("*",),
    }


def test_requesting_by_grant_is_requesting(tmp_path: Path) -> None:
    asked = "    request: [U0ALICE042]\n"
    text = broken(RULES, asked, asked + "    grant: {request: [owners]}\n")
    assert load_policy(write(tmp_path, text)).rules[0].request == ("U0ALICE042", "owners")


def test_what_is_left_out_of_a_window_is_the_whole_day_on_every_day(tmp_path: Path) -> None:
    text = RULES.replace("rules:", "freezes: {always: {zone: UTC}}\nrules:").replace(
        "15m}", "15m, freeze: [always]}"
    )
    approve = load_policy(write(tmp_path, text)).rules[0].approve
    assert approve is not None
    assert approve.freezes == (Freeze(name="always", zone="UTC"),)


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
    ("[U0ALICE042]", "U0ALICE042", "6:14: rules[0].request is text; expected a list"),
    ("[U024BE7LH]", "[bob]", "2:20: groups.owners.users[0] has another form; expected a Slack user id"),
    ("owners: {", "Owners: {", "2:3: groups.Owners has another form; expected a name in lower case"),
    (
        "quorum: 1",
        "quorum: 0",
        "7:39: rules[0].approve.quorum is too small; expected a whole number from 1 to 50",
    ),
    ("expires: 15m", "expires: 15", "7:67: rules[0].approve.expires is not a duration; expected a duration"),
    ('vm: "*"', "vm: []", "5:17: rules[0].match.vm is an empty list; expected a pattern, or a list of them"),
    ('vm: "*"', "vm:", "5:16: rules[0].match.vm is empty; expected a pattern, or a list of them"),
    (
        'vm: "*"',
        "vms: x",
        "5:13: unknown key 'vms' in rules[0].match; did you mean 'vm'? expected one of vm, ",
    ),
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
