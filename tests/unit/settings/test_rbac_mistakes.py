"""Each mistake in what a rule can say is one line that names the place and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.settings.files import FULL, RULES, broken, rbac_faults, write

FAULTS = [
    (
        "[cancel, restore]",
        "[cancel, reboot]",
        "5:22: roles.operator[1] is not known; expected a right: request, check, rehearse, arm,",
    ),
    (
        "[cancel, restore]",
        "[]",
        "5:13: roles.operator is an empty list; expected a list; each item: a right: request, check,",
    ),
    (
        "[cancel, restore]",
        "cancel",
        "5:13: roles.operator is text; expected a list; each item: a right: request, check,",
    ),
    (
        "operator: [cancel, restore]",
        "Operator: [cancel]",
        "5:3: roles.Operator has another form; expected a name in lower case",
    ),
    (
        "operator: [oncall]",
        "operators: [oncall]",
        "30:18: rules[0].grant.operators: no right or role 'operators'; expected one of request,",
    ),
    (
        "operator: [oncall]",
        "operator: [oncal]",
        "30:18: rules[0].grant.operator[0]: no group 'oncal'; expected a user id or one of the",
    ),
    (
        "operator: [oncall]",
        "operator: []",
        "30:17: rules[0].grant.operator is an empty list; expected a list; each item: the name of a",
    ),
    (
        "operator: [oncall]",
        "operator: oncall",
        "30:17: rules[0].grant.operator is text; expected a list; each item: the name of a group, or",
    ),
    (
        "operator: [oncall]",
        'operator: ["*"]',
        "30:18: rules[0].grant.operator[0] has another form; expected the name of a group, or a",
    ),
    (
        "operator: [oncall]",
        "rehearse: [oncall]",
        "15:5: rules[0]: grants rehearse, and has no rehearse; expected rehearse, which says what",
    ),
    (
        "    grant:\n      operator: [oncall]\n      approve: [oncall]\n      break-glass: [oncall]\n",
        "    grant: [operator]\n",
        "29:12: rules[0].grant is a list; expected a mapping from rights and roles to lists of",
    ),
    (
        "operator: [U0ALICE042]",
        "operators: [U0ALICE042]",
        "34:18: rules[0].deny.operators: no right or role 'operators'; expected one of request,",
    ),
    (
        'request: ["*"]',
        "request: [everybody]",
        "35:17: rules[0].deny.request[0]: no group 'everybody'; expected a user id or one of the",
    ),
    (
        'request: ["*"]',
        'request: "*"',
        "35:16: rules[0].deny.request is text; expected a list; each item: the name of a group, a",
    ),
    (
        'request: ["*"]',
        "request: *",
        "35:17: is not YAML: expected alphabetic or numeric character, but found …; expected YAML",
    ),
    (
        'request: ["*"]',
        "request: [alice@example.com]",
        "35:17: rules[0].deny.request[0] has another form; expected the name of a group, a Slack",
    ),
    (
        "zone: Europe/Berlin",
        "zone: Europe/Berln",
        "8:11: freezes.night.zone is not known; expected a time zone such as Europe/Berlin or UTC",
    ),
    (
        "zone: Europe/Berlin",
        "zone: ../../etc/passwd",
        "8:11: freezes.night.zone is not known; expected a time zone such as Europe/Berlin or UTC",
    ),
    (
        "    zone: Europe/Berlin\n",
        "",
        "8:5: freezes.night.zone is missing; expected a time zone such as Europe/Berlin or UTC",
    ),
    (
        "[mon, sun]",
        "[mo]",
        "9:12: freezes.night.days[0] is not known; expected one of mon, tue, wed, thu, fri, sat, sun",
    ),
    (
        "[mon, sun]",
        "[]",
        "9:11: freezes.night.days is an empty list; expected a list; each item: one of mon, tue,",
    ),
    (
        'from: "22:00"',
        "from: 22:00",
        "10:11: freezes.night.from is not a time of day; expected a time of day in quotes such as",
    ),
    (
        'from: "22:00"',
        'from: "24:00"',
        "10:11: freezes.night.from is not a time of day; expected a time of day in quotes such as",
    ),
    (
        'from: "22:00"',
        'from: "10pm"',
        "10:11: freezes.night.from is not a time of day; expected a time of day in quotes such as",
    ),
    ('first: "2026-01-01"', "first: 2026-01-01", "12:12: reads as a date; expected quotes if it is a text"),
    (
        'first: "2026-01-01"',
        'first: "2026-02-30"',
        "12:12: freezes.night.first day is out of range for month; expected a date in quotes such as",
    ),
    (
        'last: "2026-12-31"',
        'last: "2025-12-31"',
        "13:11: freezes.night.last is before first; expected the same day or a later one",
    ),
    (
        'last: "2026-12-31"',
        'until: "2025-12-31"',
        "13:5: unknown key 'until' in freezes.night; expected one of days, from, to, zone, first,",
    ),
    (
        "all_of: [owners, oncall]",
        "all_of: [sre]",
        "20:16: rules[0].approve.all_of[0]: no group 'sre'; expected a user id or one of the groups:",
    ),
    (
        "all_of: [owners, oncall]",
        "all_of: owners",
        "20:15: rules[0].approve.all_of is text; expected a list; each item: the name of a group, or",
    ),
    (
        "review: 30s",
        "review: 15m",
        "24:15: rules[0].approve.review is not before the expiry; expected less than expires",
    ),
    (
        "review: 30s",
        "review: 30",
        "24:15: rules[0].approve.review is not a duration; expected a duration such as 500ms, 30s,",
    ),
    (
        "review: 30s",
        "review: 2h",
        "24:15: rules[0].approve.review is too large; expected a duration such as 500ms, 30s, 15m or",
    ),
    (
        "remind: 5m",
        "remind: 0s",
        "25:15: rules[0].approve.remind is too small; expected a duration such as 500ms, 30s, 15m or",
    ),
    (
        "{after: 10m, to: [oncall]}",
        "{after: 10m}",
        "26:17: rules[0].approve.escalate.to is missing; expected a list; each item: the name of a",
    ),
    (
        "{after: 10m, to: [oncall]}",
        "{to: [oncall]}",
        "26:17: rules[0].approve.escalate.after is missing; expected a duration such as 500ms, 30s,",
    ),
    (
        "{after: 10m, to: [oncall]}",
        "{after: 10m, to: [nobody]}",
        "26:35: rules[0].approve.escalate.to[0]: no group 'nobody'; expected a user id or one of the",
    ),
    (
        "{after: 10m, to: [oncall]}",
        "{after: 10m, to: []}",
        "26:34: rules[0].approve.escalate.to is an empty list; expected a list; each item: the name",
    ),
    ("{after: 10m, to: [oncall]}", "10m", "26:17: rules[0].approve.escalate is text; expected a mapping"),
    (
        "freeze: [night]",
        "freeze: [nights]",
        "27:16: rules[0].approve.freeze[0]: no window 'nights'; expected one of night",
    ),
    (
        "freeze: [night]",
        "freeze: night",
        "27:15: rules[0].approve.freeze is text; expected a list; each item: a name of lower-case",
    ),
    (
        '"INC-[0-9]+"',
        '"INC-[0-9+"',
        "28:15: rules[0].approve.reason is not a regular expression (unterminated character set at",
    ),
    (
        '"INC-[0-9]+"',
        '"a{99999999999}"',
        "28:15: rules[0].approve.reason is not a regular expression (the repetition number is too",
    ),
    ('"INC-[0-9]+"', '""', "28:15: rules[0].approve.reason is an empty text; expected a regular expression"),
    (
        "[reaction, button]",
        "[reaction, email]",
        "22:22: rules[0].approve.by[1] is not known; expected reaction, button or command line",
    ),
    (
        "[reaction, button]",
        "[]",
        "22:11: rules[0].approve.by is an empty list; expected a list; each item: reaction, button",
    ),
    (
        "quorum: 2",
        'quorum: "2"',
        "21:15: rules[0].approve.quorum is text; expected a whole number from 1 to 50",
    ),
    (
        "quorum: 2",
        "quorum: true",
        "21:15: rules[0].approve.quorum is true or false; expected a whole number from 1 to 50",
    ),
    (
        'tag: "env:prod"',
        "tags: x",
        "16:13: unknown key 'tags' in rules[0].match; did you mean 'tag'? expected one of vm,",
    ),
    (
        "guest: [windows]",
        "guest: [beos]",
        "16:82: rules[0].match.guest[0] is not known; expected windows, linux or other",
    ),
    (
        "guest: [windows]",
        "guest: windows",
        "16:81: rules[0].match.guest is text; expected a list; each item: windows, linux or other",
    ),
    (
        "route: [api, ssh]",
        "route: [telnet]",
        "16:100: rules[0].match.route[0] is not known; expected api, ssh or bundle",
    ),
    ("external: true", "external: 1", "36:15: rules[0].external is a number; expected true or false"),
    (
        "per_day: 2",
        "per_day: -1",
        "37:24: break_glass.per_day is too small; expected a whole number from 0 to 20",
    ),
    ("per_day: 2", "per_week: 2", "37:15: unknown key 'per_week' in break_glass; expected one of per_day"),
    (
        "per_day: 2",
        "per_day: 1.5",
        "37:24: break_glass.per_day is a number; expected a whole number from 0 to 20",
    ),
    (
        "remind: 5m",
        "remind: 15m",
        "25:15: rules[0].approve.remind is not before the expiry; expected less than expires",
    ),
    (
        "after: 10m",
        "after: 15m",
        "26:25: rules[0].approve.escalate.after is not before the expiry; expected less than expires",
    ),
    (
        "operator: [cancel, restore]",
        "operator: [cancel]\n  deny: [cancel]",
        "6:9: roles.deny is the name of a right; expected a name of its own",
    ),
]
APPROVE = "    approve: {from: [owners], quorum: 1, by: [reaction], expires: 15m}\n"
REQUEST = "    request: [U0ALICE042]\n"
WITHOUT = [
    (APPROVE, "", "4:5: rules[0]: lets people request, and has no approve; expected approve"),
    (REQUEST + APPROVE, "    grant: {request: [owners]}\n", "4:5: rules[0]: lets people request, and has no"),
    (
        REQUEST + APPROVE,
        "    grant: {rehearse: [owners]}\n",
        "4:5: rules[0]: grants rehearse, and has no reh",
    ),
    (
        REQUEST + APPROVE,
        "    grant: {arm: [owners]}\n",
        "4:5: rules[0]: grants arm, and has no arm; expected",
    ),
    (REQUEST + APPROVE, "    grant: {approve: [owners]}\n", "6:12: rules[0].grant: grants approve, and the"),
    (
        APPROVE,
        APPROVE + "    rehearse: {approve: {from: [owners]}}\n",
        "8:15: rules[0].rehearse.request is missing",
    ),
    (APPROVE, APPROVE + "    arm: {approve: {from: [owners]}}\n", "8:10: rules[0].arm.request is missing"),
    (REQUEST, "", "6:14: rules[0].approve: nobody may request by this rule; expected request"),
    (
        "from: [owners], ",
        "",
        "7:14: rules[0].approve.from is missing; expected a list of groups and user ids",
    ),
]


@pytest.mark.parametrize(("old", "new", "line"), FAULTS)
def test_each_mistake_is_one_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    found = rbac_faults(write(tmp_path, broken(FULL, old, new)))
    assert len(found) == 1
    assert found[0].startswith(line)
    assert " expected " in found[0]
    assert "\n" not in found[0]


@pytest.mark.parametrize(("old", "new", "line"), WITHOUT)
def test_what_can_be_asked_for_has_an_approval(tmp_path: Path, old: str, new: str, line: str) -> None:
    found = rbac_faults(write(tmp_path, broken(RULES, old, new)))
    assert len(found) == 1
    assert found[0].startswith(line)


def test_a_role_cannot_stand_for_another_right_than_its_name(tmp_path: Path) -> None:
    """``grant: {cancel: …}`` would give break-glass."""
    text = broken(FULL, "operator: [cancel, restore]", "operator: [cancel]\n  cancel: [break-glass]")
    assert rbac_faults(write(tmp_path, text)) == [
        "6:11: roles.cancel is the name of a right; expected a name of its own"
    ]
