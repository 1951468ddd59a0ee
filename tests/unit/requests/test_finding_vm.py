"""From what somebody typed to the one VM that is meant."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Any

import pytest

from bot.core.names import Names
from bot.core.target import NamedVm
from bot.requests.finding_vm import candidates
from tests.unit.capture.world import FakeVCenter, World


def named(vcenter: str, moid: str, name: str, folder: str = "prod", **more: Any) -> NamedVm:
    values = {
        "instance_uuid": f"502a0c3e-0000-0000-0000-{moid[3:]:>012}",
        "bios_uuid": f"4230f9ee-0000-0000-0000-{moid[3:]:>012}",
        "path": f"/DC1/vm/{folder}/{name}",
    }
    return NamedVm(vcenter=vcenter, moid=moid, name=name, **(values | more))


SHARED = "422ac0de-0000-4000-8000-00000000c0de"
VMS = [
    named("vc1", "vm-1", "DumpTest"),
    named("vc1", "vm-2", "dumptest", "dev"),
    named("vc1", "vm-3", "twin"),
    named("vc1", "vm-4", "twin", "dev"),
    named("vc1", "vm-6", "web 01 [blue]", bios_uuid=SHARED, guest_host_name="web01.example.com"),
    named("vc1", "vm-7", "a/b", path="/DC1/vm/prod/a%2fb", bios_uuid=SHARED),
    named("vc1", "vm-8", "café", guest_host_name="localhost", guest_addresses=("192.0.2.8",)),
    named("vc1", "vm-9", "Straße-ダンプ", instance_uuid="", bios_uuid="", guest_host_name="localhost"),
    named("vc2", "vm-1", "billing", guest_host_name="DumpTest"),
    named("vc2", "vm-5", "vm-3"),
]


class Inventory(FakeVCenter):
    def __init__(self, vms: list[NamedVm]) -> None:
        super().__init__(World())
        self.vms = Names(vms)

    async def names(self) -> Names:
        return self.vms


def site(vms: list[NamedVm]) -> dict[str, Inventory]:
    return {name: Inventory([vm for vm in vms if vm.vcenter == name]) for name in ("vc1", "vc2")}


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("DumpTest", ["vc1:vm-1"]),
        ("dumptest", ["vc1:vm-2"]),
        ("DUMPTEST", ["vc1:vm-1", "vc1:vm-2"]),
        ("twin", ["vc1:vm-3", "vc1:vm-4"]),
        ("/DC1/vm/dev/twin", ["vc1:vm-4"]),
        ("/dc1/vm/Dev/twin", ["vc1:vm-4"]),
        ("vc1:vm-4", ["vc1:vm-4"]),
        ("vc2:billing", ["vc2:vm-1"]),
        ("vc1:billing", []),
        ("vm-1", ["vc1:vm-1", "vc2:vm-1"]),
        # An id beats a name that looks like one.
        ("vm-3", ["vc1:vm-3"]),
        ("502A0C3E-0000-0000-0000-000000000005", ["vc2:vm-5"]),
        ("502a0c3e000000000000000000000005", ["vc2:vm-5"]),
        # As vSphere's clients show a BIOS UUID, and as a host's process list does.
        ("4230F9EE-0000-0000-0000-000000000004", ["vc1:vm-4"]),
        ("42 30 f9 ee 00 00 00 00-00 00 00 00 00 00 00 04", ["vc1:vm-4"]),
        (SHARED, ["vc1:vm-6", "vc1:vm-7"]),
        ("web 01 [blue]", ["vc1:vm-6"]),
        ("vc1:WEB 01 [Blue]", ["vc1:vm-6"]),
        ("a/b", ["vc1:vm-7"]),
        ("a%2Fb", ["vc1:vm-7"]),
        ("/DC1/vm/prod/a%2fb", ["vc1:vm-7"]),
        ("CAFÉ", ["vc1:vm-8"]),
        (unicodedata.normalize("NFD", "café"), ["vc1:vm-8"]),
        (unicodedata.normalize("NFD", "/DC1/vm/prod/Straße-ダンプ"), ["vc1:vm-9"]),
        ("STRASSE-ダンプ", ["vc1:vm-9"]),
        # What guests say of themselves selects nothing.
        ("localhost", []),
        ("web01.example.com", []),
        ("192.0.2.8", []),
        ("vc3:twin", []),
        ("vc1:", []),
        ("", []),
        ("/", []),
    ],
)
async def test_it_means(query: str, meant: list[str]) -> None:
    found = await candidates(site(VMS), query)
    assert [f"{vm.vcenter}:{vm.moid}" for vm in found.meant] == meant
    assert not (found.meant and (found.near or found.told))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("LOCALHOST", ["vm-8", "vm-9"]),
        ("web01", ["vm-6"]),
        ("WEB01.example.com", ["vm-6"]),
        ("192.0.2.8", ["vm-8"]),
        ("vc2:web01", []),
        ("192", []),
    ],
)
async def test_what_guests_say_is_only_offered(query: str, told: list[str]) -> None:
    found = await candidates(site(VMS), query)
    assert [vm.moid for vm in found.told] == told


async def test_a_name_that_is_none_has_near_ones() -> None:
    found = await candidates(site(VMS), "Dump-Tset")
    assert {vm.name for vm in found.near} >= {"DumpTest", "dumptest"}


async def test_the_nearest_of_ten_thousand_comes_first_and_holds_nobody_up() -> None:
    many = site([named("vc1", f"vm-{n}", f"prod-web-{n:05}") for n in range(10_000)])
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    found = await candidates(many, "prod-web-07770x")
    task.cancel()
    assert found.near[0].name == "prod-web-07770"
    assert len(found.near) == 5
    assert turns >= 20
