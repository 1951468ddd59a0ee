"""The machines that are never captured."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.protected import protection
from tests.unit.core.things import BIOS, machine, target

VCENTERS = frozenset({"vcenter.example.com", "10.0.0.2"})


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, None),
        ({"guest_host_name": "VCENTER.example.com"}, "vcenter"),
        ({"guest_addresses": ("fe80::1", "10.0.0.2")}, "vcenter"),
        ({"guest_host_name": None, "guest_addresses": ()}, None),
        ({"managed_by": "com.vmware.vim.eam"}, "agent"),
        ({"managed_by": "com.vmware.vcDr"}, None),
        ({"target": target(name="vCLS-1234")}, "agent"),
        ({"target": target(name="vCLS (1)")}, "agent"),
    ],
)
def test_vcenter_and_agents(changed: dict[str, Any], kind: str | None) -> None:
    assert protection(machine(**changed), own_uuid=None, vcenter_hosts=VCENTERS) == kind


@pytest.mark.parametrize(
    "own",
    [
        BIOS,
        BIOS.upper() + "\n",
        # Linux swaps the first three fields where the SMBIOS version says that they are little-endian.
        "eef93042-2aa2-e03c-0233-07acaff8d25c",
    ],
)
def test_the_bots_own_machine(own: str) -> None:
    assert protection(machine(), own_uuid=own, vcenter_hosts=VCENTERS) == "own"


def test_another_uuid_is_another_machine() -> None:
    other = "eef93042-2aa2-e03c-0233-07acaff8d25d"
    assert protection(machine(), own_uuid=other, vcenter_hosts=VCENTERS) is None
