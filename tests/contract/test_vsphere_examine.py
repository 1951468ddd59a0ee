"""What the doctor is told of an endpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.checkup import EndpointSeen, HostSeen
from bot.core.errors import Code
from bot.lab.article import article_world
from bot.lab.modern import modern_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import endpoint_of, refusal, without

NEEDS = {
    "api",
    "ssh",
    "bundle",
    "dead-man",
    "event-log",
    "picture",
    "guest",
    "guest-program",
    "guest-reboot",
    "cluster",
    "log",
}


def lacking(seen: EndpointSeen) -> dict[str, tuple[str, ...]]:
    return {each.need: each.lacking for each in seen.privileges if each.lacking}


@pytest.mark.parametrize(
    ("build", "version", "api", "sends_nmi"),
    [(article_world, "5.5.0", "5.5", False), (modern_world, "8.0.3", "8.0.3.0", True)],
    ids=["5.5", "8.0"],
)
async def test_an_endpoint(
    build: Callable[[Path], World], version: str, api: str, sends_nmi: bool, tmp_path: Path
) -> None:
    async with build(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        seen = await vcenter.examine()
        assert (seen.version, seen.api_version, seen.sends_nmi) == (version, api, sends_nmi)
        # Both came with 6.0.
        assert (seen.build, seen.trust) == (world.vcenter.build, "ca_file")
        assert seen.tls in {"TLSv1.2", "TLSv1.3"}
        assert abs(seen.offset_seconds) < 1.5
        assert seen.vms == len(world.vms)
        assert {each.need for each in seen.privileges} == NEEDS
        asked = {each.on: each.asked for each in seen.privileges}
        assert asked == {
            "VMs": len(world.vms),
            "hosts": len(world.hosts),
            "clusters": len(world.clusters),
            "datastores": len(world.datastores),
        }
        assert lacking(seen) == {}
        assert [host.name for host in seen.hosts] == [host.name for host in world.hosts]
        assert {host.version for host in seen.hosts} == {world.hosts[0].version}
        assert world.effects == []


async def test_what_the_account_may_not(tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        without(world, "Host.Config.NetService")
        assert lacking(await vcenter.examine()) == {"ssh": tuple(host.name for host in world.hosts)}
        for name in ("Execute", "Modify"):
            without(world, f"VirtualMachine.GuestOperations.{name}")
            assert lacking(await vcenter.examine()).keys() == {"guest-program"}
        without(world, "Global.LogEvent")
        seen = (await vcenter.examine()).privileges
        assert [each.on for each in seen if each.lacking] == ["VMs", "hosts"]
        world.vcenter.privileges = frozenset()
        found = lacking(await vcenter.examine())
        assert set(found) == NEEDS
        assert found["cluster"] == ("Prod-B", "Test-B")
        # Names as people know them.
        assert "web/01 (copy)" in found["api"]


async def test_lockdown(tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        host = world.hosts[1]
        host.lockdown_mode, host.lockdown_exceptions = "lockdownNormal", ("dump",)
        host.connection_state = "notResponding"
        first, second, _ = (await vcenter.examine()).hosts
        assert first == HostSeen(
            name="esx-11.example.com", version="8.0.3", connection="connected", lockdown="lockdownDisabled"
        )
        assert (second.connection, second.lockdown, second.excepted) == (
            "notResponding",
            "lockdownNormal",
            ("dump",),
        )
        without(world, "Global.Settings")
        assert (await vcenter.examine()).hosts[1].excepted is None


@pytest.mark.parametrize(
    ("trust", "changes"),
    [("insecure", {"insecure": True, "ca_file": None}), ("pinned_sha256", {"ca_file": None})],
)
async def test_by_what_it_is_trusted(trust: str, changes: dict[str, object], tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world:
        if trust == "pinned_sha256":
            changes = changes | {"pinned_sha256": world.vcenter.fingerprint}
        async with PyVmomiVCenter(dataclasses.replace(endpoint_of(world), **changes)) as vcenter:  # type: ignore[arg-type] # of several kinds
            assert (await vcenter.examine()).trust == trust


async def test_a_clock_that_is_off(tmp_path: Path) -> None:
    async with (
        modern_world(tmp_path).serve() as world,
        PyVmomiVCenter(endpoint_of(world), now=lambda: datetime.now(UTC) - timedelta(minutes=5)) as vcenter,
    ):
        assert 295 < (await vcenter.examine()).offset_seconds < 305


async def test_an_endpoint_that_refuses_the_login(tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world:
        wrong = dataclasses.replace(endpoint_of(world), password=lambda: "wrong")
        async with PyVmomiVCenter(wrong) as vcenter:
            assert (await refusal(vcenter.examine())).code is Code.VCENTER_LOGIN


async def test_a_session_that_was_lost(tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        before = (await vcenter.examine()).hosts
        world.vcenter.expire_sessions()
        assert (await vcenter.examine()).hosts == before
