"""From what somebody typed to the one VM that is meant."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core.target import NamedVm
from bot.requests.finding_vm import candidates
from tests.unit.capture.world import FakeVCenter, World


def named(vcenter: str, moid: str, name: str, folder: str = "prod") -> NamedVm:
    uuid = f"502a0c3e-0000-0000-0000-{moid[3:]:>012}"
    return NamedVm(vcenter=vcenter, moid=moid, name=name, path=f"/DC1/vm/{folder}/{name}", instance_uuid=uuid)


VMS = [
    named("vc1", "vm-1", "DumpTest"),
    named("vc1", "vm-2", "dumptest", "dev"),
    named("vc1", "vm-3", "twin"),
    named("vc1", "vm-4", "twin", "dev"),
    named("vc2", "vm-1", "billing"),
    named("vc2", "vm-5", "vm-3"),
]


class Inventory(FakeVCenter):
    def __init__(self, of: str) -> None:
        super().__init__(World())
        self.of = of

    async def names(self) -> Sequence[NamedVm]:
        return [vm for vm in VMS if vm.vcenter == self.of]


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("DumpTest", ["vc1:vm-1"]),
        ("dumptest", ["vc1:vm-2"]),
        ("DUMPTEST", ["vc1:vm-1", "vc1:vm-2"]),
        ("twin", ["vc1:vm-3", "vc1:vm-4"]),
        ("/DC1/vm/dev/twin", ["vc1:vm-4"]),
        ("vc1:vm-4", ["vc1:vm-4"]),
        ("vc2:billing", ["vc2:vm-1"]),
        ("vc1:billing", []),
        ("vm-1", ["vc1:vm-1", "vc2:vm-1"]),
        # An id beats a name that looks like one.
        ("vm-3", ["vc1:vm-3"]),
        ("502A0C3E-0000-0000-0000-000000000005", ["vc2:vm-5"]),
        ("vc3:twin", []),
        ("vc1:", []),
        ("", []),
    ],
)
async def test_it_means(query: str, meant: list[str]) -> None:
    found, near = await candidates({"vc1": Inventory("vc1"), "vc2": Inventory("vc2")}, query)
    assert [f"{vm.vcenter}:{vm.moid}" for vm in found] == meant
    assert not (found and near)


async def test_a_name_that_is_none_has_near_ones() -> None:
    _, near = await candidates({"vc1": Inventory("vc1"), "vc2": Inventory("vc2")}, "Dump-Tset")
    assert {vm.name for vm in near} >= {"DumpTest", "dumptest"}
