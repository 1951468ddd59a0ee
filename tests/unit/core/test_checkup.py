"""What the doctor thinks of what it saw."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.checkup import (
    EndpointSeen,
    HostSeen,
    Login,
    Privilege,
    Row,
    Things,
    rows_of,
    rows_of_host,
    unreachable,
)
from bot.core.finding import Level
from bot.core.known_key import KnownKey

ALL = ("api", "ssh", "bundle")
HOST = HostSeen(name="esx-1", version="8.0.3", connection="connected", lockdown="lockdownDisabled")
KEY = KnownKey(server="host", file="/etc/vmdump/known_hosts", types=("ssh-rsa", "ssh-ed25519"))
SEEN = EndpointSeen(
    version="8.0.3",
    api_version="8.0.3.0",
    build="24022515",
    sends_nmi=True,
    tls="TLSv1.3",
    trust="ca_file",
    offset_seconds=0.2,
    vms=12,
    privileges=(),
    privileges_unread=None,
    hosts=(HOST,),
)


def privilege(need: str, *lacking: str, on: Things = "VMs", asked: int = 5) -> Privilege:
    return Privilege(need=need, name=f"P.{need}", on=on, asked=asked, lacking=lacking)


def row(
    check: str, *, routes: tuple[str, ...] = ALL, needs: tuple[str, ...] = (), **changes: Any
) -> Row | None:
    """The line of that check for an endpoint that differs from a good one."""
    rows = rows_of("vc1", SEEN.model_copy(update=changes), routes, needs)
    return next((each for each in rows if each.check == check), None)


def row_of_host(check: str, login: Login | None = None, **changes: Any) -> Row | None:
    rows = rows_of_host(HOST.model_copy(update=changes), login or Login(user="root", keys=(KEY,)))
    return next((each for each in rows if each.check == check), None)


def test_a_good_endpoint_and_host() -> None:
    rows = (
        *rows_of("vc1", SEEN, ALL, ()),
        *rows_of_host(HOST, Login(user="root", keys=(KEY,))),
    )
    assert [(each.subject, each.check, each.seen) for each in rows] == [
        ("vc1", "reachable", "8.0.3 build 24022515, API 8.0.3.0"),
        ("vc1", "tls", "TLSv1.3, ca_file"),
        ("vc1", "clock", "+0.2 s from ours"),
        ("vc1", "inventory", "12 VMs, 1 hosts"),
        ("esx-1", "host", "ESXi 8.0.3, connected"),
        ("esx-1", "lockdown", "lockdownDisabled"),
        ("esx-1", "key of the host", "ssh-rsa, ssh-ed25519"),
    ]
    assert {(each.level, each.cure) for each in rows} == {(Level.OK, "")}


def test_an_endpoint_that_cannot_be_reached() -> None:
    found = unreachable("vc1", "Connection refused", "vCenter vc1 cannot be reached.")
    assert (found.level, found.seen, found.cure) == (
        Level.BLOCK,
        "Connection refused",
        "vCenter vc1 cannot be reached.",
    )


@pytest.mark.parametrize(
    ("check", "changes", "level", "seen", "cure"),
    [
        ("tls", {"trust": "insecure"}, Level.WARN, "TLSv1.3, insecure", "set tls.ca_file"),
        ("tls", {"tls": "TLSv1"}, Level.WARN, "TLSv1, ca_file", "TLS 1.2"),
        ("clock", {"offset_seconds": -2.1}, Level.WARN, "-2.1 s from ours", "NTP"),
        ("clock", {"offset_seconds": 1.9}, Level.OK, "+1.9 s from ours", ""),
        ("inventory", {"vms": 0}, Level.BLOCK, "0 VMs, 1 hosts", "role on the data centre"),
        ("inventory", {"hosts": ()}, Level.BLOCK, "12 VMs, 0 hosts", "role on the data centre"),
        ("privileges", {"privileges_unread": "NoPermission"}, Level.UNKNOWN, "NoPermission", "install.md"),
    ],
)
def test_an_endpoint_that_is_not_right(
    check: str, changes: dict[str, Any], level: Level, seen: str, cure: str
) -> None:
    found = row(check, **changes)
    assert found is not None
    assert (found.level, found.seen) == (level, seen)
    assert cure in found.cure
    assert bool(found.cure) == (level is not Level.OK)


@pytest.mark.parametrize(
    ("routes", "level"), [(("api", "ssh"), Level.WARN), (("api",), Level.BLOCK), (("ssh",), None)]
)
def test_an_api_without_nmi(routes: tuple[str, ...], level: Level | None) -> None:
    privileges = (privilege("api", "vm1"),)
    changes: dict[str, Any] = {"sends_nmi": False, "api_version": "5.5", "privileges": privileges}
    found = row("route api", routes=routes, **changes)
    assert (None if found is None else found.level) is level
    assert row("privilege api", routes=routes, **changes) is None


@pytest.mark.parametrize(
    ("need", "routes", "needs", "level"),
    [
        ("api", ALL, (), Level.BLOCK),
        ("ssh", ALL, (), Level.BLOCK),
        ("bundle", ALL, (), Level.BLOCK),
        ("bundle", ("api", "ssh"), (), None),
        ("dead-man", ALL, ("dead-man",), Level.BLOCK),
        ("dead-man", ALL, (), None),
        ("guest", ALL, ("guest",), Level.WARN),
        ("guest", ALL, (), None),
        ("guest-program", ALL, ("guest", "guest-program"), Level.WARN),
        ("guest-program", ALL, ("guest",), None),
        ("guest-reboot", ALL, ("guest", "guest-reboot"), Level.WARN),
        ("guest-reboot", ALL, ("guest",), None),
        ("cluster", ALL, (), Level.WARN),
        ("picture", ("ssh",), (), Level.WARN),
    ],
)
def test_a_missing_privilege_matters_to_what_needs_it(
    need: str, routes: tuple[str, ...], needs: tuple[str, ...], level: Level | None
) -> None:
    missing = (privilege(need, "a", "b", on="hosts"),)
    found = row(f"privilege {need}", routes=routes, needs=needs, privileges=missing)
    if level is None:
        assert found is None
        return
    assert found is not None
    assert (found.level, found.seen) == (level, f"P.{need} is missing on 2 of 5 hosts: a, b")
    assert found.cure == f"add P.{need} to the account's role on these hosts"


def test_a_privilege_that_is_there_or_that_nothing_was_asked_about() -> None:
    found = row("privilege api", privileges=(privilege("api"),))
    assert found is not None
    assert (found.level, found.seen, found.cure) == (Level.OK, "P.api", "")
    assert row("privilege cluster", privileges=(privilege("cluster", asked=0),)) is None


def test_long_lists_are_cut() -> None:
    found = row("privilege api", privileges=(privilege("api", "a", "b", "c", "d"),))
    assert found is not None
    assert found.seen == "P.api is missing on 4 of 5 VMs: a, b, c …"


@pytest.mark.parametrize(
    ("changes", "level", "seen"),
    [
        ({"lockdown": None}, Level.OK, "none before 6.0"),
        ({"lockdown": "lockdownNormal"}, Level.UNKNOWN, "lockdownNormal, exception users not readable"),
        (
            {"lockdown": "lockdownNormal", "excepted": ()},
            Level.WARN,
            "lockdownNormal, exception users: none",
        ),
        (
            {"lockdown": "lockdownStrict", "excepted": ("root",)},
            Level.OK,
            "lockdownStrict, exception users: root",
        ),
    ],
)
def test_lockdown(changes: dict[str, Any], level: Level, seen: str) -> None:
    found = row_of_host("lockdown", **changes)
    assert found is not None
    assert (found.level, found.seen) == (level, seen)
    assert bool(found.cure) == (level is not Level.OK)


@pytest.mark.parametrize(
    ("key", "level", "seen"),
    [
        (KEY.model_copy(update={"types": ()}), Level.WARN, "none known in /etc/vmdump/known_hosts"),
        (KEY.model_copy(update={"unread": "no such file"}), Level.BLOCK, f"{KEY.file}: no such file"),
        (KEY.model_copy(update={"pinned": True}), Level.OK, "ssh-rsa, ssh-ed25519, pinned by an admin"),
        (KEY.model_copy(update={"server": "bastion"}), Level.OK, "ssh-rsa, ssh-ed25519"),
    ],
)
def test_keys(key: KnownKey, level: Level, seen: str) -> None:
    found = row_of_host(f"key of the {key.server}", Login(user="root", keys=(key,)))
    assert found is not None
    assert (found.level, found.seen) == (level, seen)
    assert bool(found.cure) == (level is not Level.OK)


def test_a_host_that_is_away() -> None:
    found = row_of_host("host", connection="notResponding")
    assert found is not None
    assert (found.level, found.seen) == (Level.WARN, "ESXi 8.0.3, notResponding")
    assert "vCenter" in found.cure


def test_hosts_without_a_way_in() -> None:
    forgotten, left_out = row_of_host("ssh", Login()), row_of_host("ssh", Login(left_out=True))
    assert forgotten is not None
    assert left_out is not None
    assert (forgotten.level, left_out.level) == (Level.WARN, Level.OK)
    assert "reachable: false" in forgotten.cure
    # Where no allowed route logs in, nobody needs to.
    assert [each.check for each in rows_of_host(HOST, None)] == ["host"]
