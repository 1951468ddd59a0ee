"""Whether a dump would succeed, by what was read."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.cluster import AutomationOverride, Cluster
from bot.core.finding import Finding, Level
from bot.core.known_key import KnownKey
from bot.core.purpose import Purpose
from bot.core.readiness import assess
from tests.unit.core.things import (
    DUMP,
    NOW,
    cluster_at_work,
    host,
    known_key,
    leg,
    machine,
    surroundings,
)


def findings(
    machine_is: dict[str, Any] | None = None,
    host_is: dict[str, Any] | None = None,
    dump: str | None = DUMP,
    keys: tuple[KnownKey, ...] = (known_key(),),
    purpose: Purpose = Purpose.CAPTURE,
    cluster: Cluster | None = None,
    around: dict[str, Any] | None = None,
) -> dict[str, Finding]:
    found = assess(
        machine(**(machine_is or {})),
        host(**(host_is or {})),
        cluster,
        (leg(),),
        surroundings=surroundings(**(around or {})),
        keys=keys,
        purpose=purpose,
        dump_file=dump,
        dump_bytes=4 << 30,
        told=False,
        now=NOW,
    )
    assert len({f.code for f in found}) == len(found)
    return {f.code: f for f in found}


def test_a_healthy_machine_has_nothing_against_it() -> None:
    assert {f.level for f in findings().values()} == {Level.OK}


@pytest.mark.parametrize(
    ("machine_is", "code"),
    [
        ({"power": "poweredOff"}, "power"),
        ({"power": "suspended"}, "power"),
        ({"connection": "inaccessible"}, "connection"),
        ({"question": "msg.uuid.altered"}, "question"),
        ({"template": True}, "template"),
        ({"fault_tolerance": "running"}, "fault-tolerance"),
    ],
)
def test_what_the_machine_is_can_forbid_it(machine_is: dict[str, Any], code: str) -> None:
    assert [f.code for f in findings(machine_is).values() if f.level is not Level.OK] == [code]
    assert findings(machine_is)[code].level is Level.BLOCK


def test_what_the_host_is_can_forbid_it() -> None:
    assert findings(host_is={"connection": "notResponding"})["host-connection"].level is Level.BLOCK


@pytest.mark.parametrize(
    ("changed", "level"),
    [({}, Level.OK), ({"editable": False}, Level.WARN), ({"editable": False, "ha": False}, Level.OK)],
)
def test_a_cluster_that_resets_and_cannot_be_stopped_warns(changed: dict[str, Any], level: Level) -> None:
    assert findings(cluster=cluster_at_work(**changed))["ha-monitoring"].level is level


@pytest.mark.parametrize(
    ("changed", "level"),
    [
        ({}, Level.OK),
        ({"editable": False}, Level.WARN),
        ({"editable": False, "behavior": "partiallyAutomated"}, Level.OK),
        ({"editable": False, "automation_override": AutomationOverride(enabled=False)}, Level.OK),
    ],
)
def test_a_cluster_that_moves_and_cannot_be_stopped_warns(changed: dict[str, Any], level: Level) -> None:
    assert findings(cluster=cluster_at_work(**changed))["drs"].level is level


def test_what_passes_by_itself_warns() -> None:
    assert findings({"migrating": True})["migrating"].level is Level.WARN
    assert findings({"encrypted": True})["encrypted"].level is Level.WARN


@pytest.mark.parametrize(
    ("lockdown", "level"),
    [
        (None, Level.OK),
        ("lockdownDisabled", Level.OK),
        ("lockdownNormal", Level.WARN),
        ("lockdownStrict", Level.WARN),
    ],
)
def test_lockdown_warns(lockdown: str | None, level: Level) -> None:
    assert findings(host_is={"lockdown": lockdown})["lockdown"].level is level


def test_a_guest_without_a_rule_has_no_dump_that_could_be_looked_at() -> None:
    without = findings(dump=None)
    assert without["dump-file"].level is Level.UNKNOWN


@pytest.mark.parametrize("server", ["host", "bastion"])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_whether_a_login_could_compare_the_key(server: str, purpose: Purpose) -> None:
    def key(**changed: Any) -> Finding:
        found = findings(keys=(known_key(server=server, **changed),), purpose=purpose)
        (code,) = (code for code in found if "-key" in code)
        return found[code]

    known = key(types=("ssh-ed25519", "ssh-rsa"))
    assert (known.code, known.level) == (f"{server}-key", Level.OK)
    assert known.seen == "ssh-ed25519, ssh-rsa, known_hosts"
    assert known.source == "/etc/vmdump/known_hosts"
    pinned = key(pinned=True)
    assert (pinned.level, pinned.seen, pinned.source) == (Level.OK, "ssh-ed25519, pinned", "site journal")
    shows_it = server == "host" and purpose is Purpose.REHEARSAL
    assert key(types=()).level is (Level.WARN if shows_it else Level.BLOCK)
    unread = key(types=(), unread="Permission denied")
    assert (unread.code, unread.level) == (f"{server}-key-file", Level.BLOCK)
    assert unread.seen == "not readable: Permission denied"


def test_a_host_and_its_bastion_are_told_apart() -> None:
    keys = (known_key(server="bastion", types=()), known_key())
    levels = {code: f.level for code, f in findings(keys=keys).items()}
    assert (levels["bastion-key"], levels["host-key"]) == (Level.BLOCK, Level.OK)
