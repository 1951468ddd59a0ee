import re
from pathlib import Path

import pytest

from bot.settings.check import check
from tests.unit.settings.files import RULES, VALID, broken, write

GOOD = VALID.replace("[vault,", "[./vault,").replace(
    "{guest: windows}", "{guest: windows, folder: /DC1/vm/prod/*}"
)
SOUND = broken(RULES, "quorum: 1", "quorum: 2").replace("[U024BE7LH]", "[U024BE7LH, U0G9QF9C6]")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which all that VALID refers to exists."""
    for name in ("BOT", "APP", "ROOT"):
        monkeypatch.setenv(name, "x")
    for name in ("vc1.txt", "certs/ca.pem", "known_hosts"):
        write(tmp_path, "x", name)
    tool = write(tmp_path, "#!/bin/sh\ntouch ran\n", "vault")
    tool.chmod(0o755)
    write(tmp_path, SOUND, "rbac.yaml")
    write(tmp_path, GOOD)
    return tmp_path


def run(site: Path) -> tuple[list[str], list[str]]:
    faults, warnings = check([site / "vmdump.yaml"])
    return [str(f).removeprefix(f"{site}/") for f in faults], [
        str(w).removeprefix(f"{site}/") for w in warnings
    ]


def test_nothing_to_say(site: Path) -> None:
    assert run(site) == ([], [])


def test_no_program_is_run(site: Path) -> None:
    run(site)
    assert not list(site.rglob("ran"))


def test_what_is_referred_to_must_be_there(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOT")
    for name in ("vc1.txt", "certs/ca.pem", "vault"):
        (site / name).unlink()
    faults, _ = run(site)
    gone = "No such file or directory"
    assert [line.split(";")[0] for line in faults] == [
        "vmdump.yaml:4:14: slack.bot_token: env:BOT: is not set",
        f"vmdump.yaml:11:15: vcenters[0].password: file:{site}/vc1.txt: {gone}",
        f"vmdump.yaml:12:20: vcenters[0].tls.ca_file: {site}/certs/ca.pem cannot be read ({gone})",
        f"vmdump.yaml:19:15: guests[0].password: exec:{site}/vault: there is no such program",
    ]


def test_a_missing_policy_is_a_fault(site: Path) -> None:
    (site / "rbac.yaml").unlink()
    faults, _ = run(site)
    assert [line.split(" ")[0:2] for line in faults] == [["vmdump.yaml:1:1:", "rbac:"]]


def test_faults_of_both_files_come_together(site: Path) -> None:
    write(site, VALID.replace("T024BE7LH", "7"))
    write(site, broken(RULES, "[owners]", "[sre]"), "rbac.yaml")
    faults, _ = run(site)
    assert [line.split(": ")[0] for line in faults] == ["vmdump.yaml:2:12", "rbac.yaml:7:22"]


def test_what_is_allowed_but_unwise(site: Path) -> None:
    text = GOOD.replace("{ca_file: certs/ca.pem}", "{insecure: true}")
    write(site, text.replace(", folder: /DC1/vm/prod/*", ""))
    rules = RULES.replace("C0INC42000", "inc-*").replace("expires: 15m", "self_approval: true")
    write(
        site,
        rules.replace("groups:\n", "groups:\n  nobody: {}\n").replace("[owners]", "[nobody]"),
        "rbac.yaml",
    )
    faults, warnings = run(site)
    assert faults == []
    assert [re.sub(r":\d+: ", ": ", line).split(" ")[:2] for line in warnings] == [
        ["vmdump.yaml:12:", "vcenters[0].tls.insecure:"],
        ["vmdump.yaml:17:", "guests[0].match:"],
        ["rbac.yaml:2:", "groups.nobody"],
        ["rbac.yaml:6:", "rules[0].match.channel[0]:"],
        ["rbac.yaml:8:", "rules[0].approve.from:"],
        ["rbac.yaml:8:", "rules[0].approve.quorum:"],
        ["rbac.yaml:8:", "rules[0].approve.self_approval:"],
    ]


def test_every_legacy_is_unwise(site: Path) -> None:
    old = VALID.replace("[vault,", "[./vault,").replace("certs/ca.pem}", "certs/ca.pem, legacy: true}")
    write(site, broken(old, "known_hosts: known_hosts}", "known_hosts: known_hosts, legacy: true}"))
    faults, warnings = run(site)
    assert faults == []
    legacy = [line.split(" ")[1] for line in warnings if "legacy" in line]
    assert legacy == ["vcenters[0].tls.legacy:", "hosts[0].ssh.legacy:"]


def test_a_sweep_that_asks_nobody(site: Path) -> None:
    sweeping = broken(GOOD, "name: vc1", "name: vc1\n    sweep: 6h")
    write(site, sweeping)
    faults, warnings = run(site)
    assert faults == []
    assert warnings == [
        "vmdump.yaml:9:12: vcenters[0].sweep: asks nobody, since no entry under guests has guest_login: true"
    ]
    write(site, broken(sweeping, "    username: svc", "    guest_login: true\n    username: svc"))
    assert run(site) == ([], [])


def test_an_unwise_rehearsal(site: Path) -> None:
    rules = SOUND
    rehearse = "    rehearse:\n      request: [owners]\n      approve: {from: [U024BE7LH], quorum: %s}\n"
    write(site, rules + rehearse % "1", "rbac.yaml")
    assert run(site) == ([], [])
    write(site, rules + rehearse % "2, self_approval: true", "rbac.yaml")
    assert [line.split(" ")[1] for line in run(site)[1]] == [
        "rules[0].rehearse.approve.from:",
        "rules[0].rehearse.approve.self_approval:",
    ]


@pytest.mark.parametrize(
    ("url", "unwise"),
    [
        ("postgresql://u@db.example.com/d", True),
        ("postgresql://u@db.example.com/d?sslmode=require", True),
        ("postgresql://u@/d?host=db.example.com", True),
        ("postgresql://u@db.example.com/d?sslmode=verify-full", False),
        ("postgresql://u@127.0.0.1:5433/d", False),
        ("postgresql:///d?host=/run/postgresql", False),
        ("sqlite:vmdump.db", False),
    ],
)
def test_a_server_that_need_not_prove_itself_is_unwise(site: Path, url: str, unwise: bool) -> None:
    write(site, re.sub(r"(?m)^database: .*$", f"database: {url}", GOOD))
    faults, warnings = run(site)
    assert faults == []
    assert [line.split(": ")[1] for line in warnings] == (["database"] if unwise else [])


UNWISE = [
    (
        'vm: "*"',
        "vcenter: vc2",
        "5:22: rules[0].match.vcenter: fits none of the vCenters (vc1): the rule never",
    ),
    ('vm: "*"', "folder: prod", "5:21: rules[0].match.folder[0]: fits nothing: one looks like /DC1/vm/prod"),
    ('vm: "*"', "tag: prod", "5:18: rules[0].match.tag[0]: fits nothing: one looks like category:name"),
    (
        'vm: "*"',
        "attribute: Owner",
        "5:24: rules[0].match.attribute[0]: fits nothing: one looks like name=value",
    ),
    ("C0INC42000", "inc-*", "5:31: rules[0].match.channel[0]: a pattern of names; whoever creates a channel"),
    ("quorum: 2", "quorum: 1", "7:39: rules[0].approve.quorum: one reaction, which a slip can set, crashes"),
    ("quorum: 2", "quorum: 1, all_of: [owners]", "7:39: rules[0].approve.quorum: one reaction, which a slip"),
    (
        "quorum: 2",
        "quorum: 3",
        "7:21: rules[0].approve.from: 2 people for a quorum of 3: nothing is ever approved",
    ),
    (
        "[reaction]",
        "[reaction, command line]",
        "7:46: rules[0].approve.by: whoever becomes an account of this",
    ),
    (
        "quorum: 2",
        "quorum: 2, self_approval: true",
        "7:57: rules[0].approve.self_approval: requesters may app",
    ),
    (
        "quorum: 2",
        "quorum: 2, all_of: [U0ALICE042]",
        "7:51: rules[0].approve.all_of[0]: nobody of U0ALICE042",
    ),
    (
        "quorum: 2",
        "quorum: 2, escalate: {after: 5m, to: [U0ALICE042]}",
        "7:68: rules[0].approve.escalate.to: no",
    ),
    ("15m}", '15m}\n    deny: {approve: ["*"]}', "7:21: rules[0].approve.from: 0 people for a quorum of 2"),
    (
        "15m}",
        "15m}\n    deny: {approve: [U024BE7LH]}",
        "7:21: rules[0].approve.from: 1 people for a quorum of 2",
    ),
    ("  owners:", "  nobody: {}\n  owners:", "2:11: groups.nobody has no members and grants nothing"),
]


@pytest.mark.parametrize(("old", "new", "line"), UNWISE)
def test_each_doubt_about_a_rule_is_one_line(site: Path, old: str, new: str, line: str) -> None:
    write(site, broken(SOUND, old, new), "rbac.yaml")
    faults, warnings = run(site)
    assert (faults, len(warnings)) == ([], 1)
    assert warnings[0].startswith(f"rbac.yaml:{line}")


WISE = [
    ("quorum: 2", "quorum: 1, all_of: [U024BE7LH, U0G9QF9C6]"),
    ("quorum: 2, by: [reaction]", "quorum: 1, by: [button]"),
    ("from: [owners]", "from: [sre]"),
    ('vm: "*"', 'vcenter: "vc*", folder: "*", tag: "env:*", attribute: "Owner=*"'),
    ("15m}", "15m}\n    grant: {approve: [U0ALICE042]}"),
]


@pytest.mark.parametrize(("old", "new"), WISE)
def test_what_is_as_it_should_be_is_not_doubted(site: Path, old: str, new: str) -> None:
    """A user group may hold as many people as are needed: it is not read here."""
    rules = broken(SOUND, "groups:", "groups:\n  sre: {usergroup: S0123ABCD}")
    write(site, broken(rules, old, new), "rbac.yaml")
    assert run(site) == ([], [])


def test_rules_that_let_nobody_do_anything_are_doubted(site: Path) -> None:
    write(site, "rules: []\n", "rbac.yaml")
    assert run(site)[1] == ["rbac.yaml:1:8: rules is empty: everything is refused"]
