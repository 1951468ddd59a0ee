import re
from pathlib import Path

import pytest

from bot.settings.check import check
from tests.unit.settings.files import RULES, VALID, broken, write


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which all that VALID refers to exists."""
    for name in ("BOT", "APP", "ROOT"):
        monkeypatch.setenv(name, "x")
    for name in ("vc1.txt", "certs/ca.pem", "known_hosts"):
        write(tmp_path, "x", name)
    tool = write(tmp_path, "#!/bin/sh\ntouch ran\n", "vault")
    tool.chmod(0o755)
    write(
        tmp_path,
        broken(RULES, "quorum: 1", "quorum: 2").replace("[U024BE7LH]", "[U024BE7LH, U0G9QF9C6]"),
        "rbac.yaml",
    )
    write(tmp_path, VALID.replace("[vault,", "[./vault,"))
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
    write(site, VALID.replace("[vault,", "[./vault,").replace("{ca_file: certs/ca.pem}", "{insecure: true}"))
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
    assert [line.split(" ")[1] for line in warnings] == ["vcenters[0].tls.legacy:", "hosts[0].ssh.legacy:"]


def test_an_unwise_rehearsal(site: Path) -> None:
    rules = broken(RULES, "quorum: 1", "quorum: 2").replace("[U024BE7LH]", "[U024BE7LH, U0G9QF9C6]")
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
    text = VALID.replace("[vault,", "[./vault,")
    write(site, re.sub(r"(?m)^database: .*$", f"database: {url}", text))
    faults, warnings = run(site)
    assert faults == []
    assert [line.split(": ")[1] for line in warnings] == (["database"] if unwise else [])
