"""One example of each value that tests of several rooms need; what a test is about, it changes by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.change import (
    AutomationChange,
    Change,
    MonitoringChange,
    RulesetChange,
    ServiceChange,
    ShellTimeoutChange,
)
from bot.core.cluster import AutomationOverride, Cluster, MonitoringOverride
from bot.core.dump_facts import DumpFacts
from bot.core.finding import Finding, Level
from bot.core.guest_change import GuestChange, GuestTextChange, GuestUnitChange, RegistryChange, SysctlChange
from bot.core.guest_readings import RegistryValue
from bot.core.known_key import KnownKey
from bot.core.plan import Plan
from bot.core.policy.model import Means
from bot.core.policy.requirement import Requirement
from bot.core.request import Request
from bot.core.route import Leg, Route
from bot.core.signs import GuestFile, Signs
from bot.core.surroundings import Store, Surroundings, Volume
from bot.core.target import Host, Machine, Ruleset, Service, Target
from bot.core.worlds import World

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ALICE, BOB, CAROL, MALLORY = "U0ALICE042", "U024BE7LH", "U0G9QF9C6", "U0MALLORY1"
CHANNEL = "C0INC42000"
REQUEST = "VD-7K3Q"
BIOS = "4230f9ee-a22a-3ce0-0233-07acaff8d25c"
VMX = "/vmfs/volumes/643475f9-d1354340/DumpTest/DumpTest.vmx"
DUMP = r"C:\MemoryDump\MEMORY.DMP"
WORLD_ID = 3199732
GIB = 1 << 30


def seconds(count: float) -> datetime:
    """So long after ``NOW``."""
    return NOW + timedelta(seconds=count)


def target(**changed: Any) -> Target:
    values: dict[str, Any] = {
        "vcenter": "vc1",
        "moid": "vm-42",
        "name": "DumpTest",
        "instance_uuid": "502a0c3e-0000-0000-0000-000000000001",
        "bios_uuid": BIOS,
        "vmx_path": VMX,
        "host_moid": "host-9",
        "host_name": "esx-03.example.com",
    }
    return Target(**(values | changed))


def known_key(**changed: Any) -> KnownKey:
    values: dict[str, Any] = {"server": "host", "file": "/etc/vmdump/known_hosts", "types": ("ssh-ed25519",)}
    return KnownKey(**(values | changed))


def machine(**changed: Any) -> Machine:
    values: dict[str, Any] = {
        "target": target(),
        "path": "/DC1/vm/prod/DumpTest",
        "guest_id": "windows8Server64Guest",
        "guest_name": "Windows Server 2012 R2",
        "family": "windows",
        "notes": "Billing",
        "memory_mib": 4096,
        "cpus": 2,
        "power": "poweredOn",
        "connection": "connected",
        "template": False,
        "managed_by": None,
        "question": None,
        "fault_tolerance": "notConfigured",
        "cluster": "Prod-A",
        "resource_pool": None,
        "guest_host_name": "dumptest",
        "guest_addresses": ("10.0.0.5",),
        "heartbeat": "green",
        "tools": "guestToolsRunning",
        "disabled_methods": (),
    }
    return Machine(**(values | changed))


def service(**changed: Any) -> Service:
    values: dict[str, Any] = {"id": "TSM-SSH", "label": "SSH", "running": False, "policy": "off"}
    return Service(**(values | changed))


SHELL = service(id="TSM", label="ESXi Shell")


def host(**changed: Any) -> Host:
    values: dict[str, Any] = {
        "moid": "host-9",
        "name": "esx-03.example.com",
        "version": "5.5.0",
        "build": "1331820",
        "connection": "connected",
        "maintenance": False,
        "lockdown": "lockdownDisabled",
        "services": (SHELL, service()),
    }
    return Host(**(values | changed))


def change(**changed: Any) -> ServiceChange:
    values: dict[str, Any] = {
        "vcenter": "vc1",
        "host_moid": "host-9",
        "host_name": "esx-03.example.com",
        "service": "TSM-SSH",
        "label": "SSH",
        "former_policy": "off",
    }
    return ServiceChange(**(values | changed))


def every_change() -> tuple[Change, ...]:
    """Each kind."""
    on_host = {"vcenter": "vc1", "host_moid": "host-9", "host_name": "esx-03.example.com"}
    in_cluster = {
        "vcenter": "vc1",
        "cluster_moid": "domain-c7",
        "cluster_name": "Prod-A",
        "vm_moid": "vm-42",
        "vm_name": "DumpTest",
    }
    closed = Ruleset(id="sshServer", enabled=False, all_addresses=False, addresses=("192.0.2.7",))
    opened = closed.model_copy(update={"enabled": True, "addresses": ("192.0.2.7", "192.0.2.8")})
    return (
        change(),
        RulesetChange(**on_host, former=closed, ours=opened),
        ShellTimeoutChange(**on_host, former=0, ours=600),
        MonitoringChange(**in_cluster, former=None, ours=MonitoringOverride().off()),
        AutomationChange(
            **in_cluster,
            former=AutomationOverride(enabled=True, behavior="manual"),
            ours=AutomationOverride(enabled=False),
        ),
        *every_guest_change(),
    )


def every_guest_change() -> tuple[GuestChange, ...]:
    in_guest = {"vcenter": "vc1", "vm_moid": "vm-42", "vm_name": "DumpTest"}
    number = RegistryValue(type="REG_DWORD", data=7)
    key = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\CrashControl"
    named = {**in_guest, "key": key, "name": "CrashDumpEnabled", "type": "REG_DWORD", "ours": 1}
    text = {**in_guest, "path": "/etc/sysctl.d/99-vmdump.conf", "ours": "kernel.unknown_nmi_panic=1\n"}
    unit = {**in_guest, "unit": "kdump.service"}
    return (
        RegistryChange(**named, former=None),
        RegistryChange(**named, former=number),
        SysctlChange(**in_guest, name="kernel.unknown_nmi_panic", former="0", ours="1"),
        GuestTextChange(**text, former=None),
        GuestTextChange(**text, former="# nothing\n"),
        *(
            GuestUnitChange(**unit, former_active=active, former_enabled=enabled)
            for active in (False, True)
            for enabled in (False, True)
        ),
    )


def cluster_at_work(**changed: Any) -> Cluster:
    """HA resets what has no heartbeat, DRS moves what it likes."""
    values: dict[str, Any] = {
        "moid": "domain-c7",
        "name": "Prod-A",
        "ha": True,
        "monitoring": "vmMonitoringOnly",
        "drs": True,
        "behavior": "fullyAutomated",
        "monitoring_override": None,
        "automation_override": None,
        "apart": (),
        "editable": True,
    }
    return Cluster(**(values | changed))


BSOD = "".join(
    f"2026-03-01T09:34:12.001Z vcpu-0 - WinBSOD: Synthetic MSR[0x4000010{register}] 0x{value:x}\n"
    for register, value in enumerate((0x80, 0x4F4454, 0, 0, 0))
)
"""what a Windows that took an NMI leaves in ``vmware.log``"""


def finding(
    code: str = "power", level: Level = Level.OK, seen: str = "poweredOn", source: str = "vCenter vc1"
) -> Finding:
    return Finding(code=code, level=level, seen=seen, source=source, read_at=NOW)


def leg(**changed: Any) -> Leg:
    return Leg(**({"route": Route.SSH, "changes": (change(),)} | changed))


def plan(**changed: Any) -> Plan:
    values: dict[str, Any] = {
        "machine": machine(),
        "host_version": "5.5.0",
        "legs": (leg(),),
        "findings": (finding(), finding("dump-file", Level.OK, DUMP)),
        "dump_file": DUMP,
        "down_seconds": (140, 460),
    }
    return Plan(**(values | changed))


def requirement(**changed: Any) -> Requirement:
    values: dict[str, Any] = {
        "rules": ("production",),
        "approvers": (("owners",),),
        "quorum": 1,
        "by": (Means.REACTION,),
        "expires_seconds": 900.0,
        "self_approval": False,
    }
    return Requirement(**(values | changed))


def request(**changed: Any) -> Request:
    values: dict[str, Any] = {
        "id": REQUEST,
        "vm_key": target().instance_uuid,
        "vcenter": "vc1",
        "moid": "vm-42",
        "vm_name": "DumpTest",
        "reason": "support case 4711",
        "requester": ALICE,
        "channel": CHANNEL,
        "channel_name": "inc-42",
        "created_at": NOW,
    }
    return Request(**(values | changed))


def signs(**changed: Any) -> Signs:
    values: dict[str, Any] = {
        "read_at": NOW,
        "power": "poweredOn",
        "heartbeat": "green",
        "tools": "guestToolsRunning",
        "guest_state": "running",
        "guest_operations_ready": True,
        "kernel_crashed": False,
        "question": None,
        "host_moid": "host-9",
    }
    return Signs(**(values | changed))


def world(**changed: Any) -> World:
    values: dict[str, Any] = {
        "world_id": WORLD_ID,
        "cartel_id": WORLD_ID - 3,
        "uuid": "42 30 f9 ee a2 2a 3c e0-02 33 07 ac af f8 d2 5c",
        "display_name": "DumpTest",
        "config_file": VMX,
    }
    return World(**(values | changed))


def store(**changed: Any) -> Store:
    values: dict[str, Any] = {"name": "nfs01", "capacity": 2048 * GIB, "free": 900 * GIB, "grows": True}
    return Store(**(values | changed))


def surroundings(**changed: Any) -> Surroundings:
    """Nothing stands against a dump of ``machine()``."""
    values: dict[str, Any] = {
        "tools_version": "guestToolsCurrent",
        "volumes": (Volume(path="C:\\", capacity=60 * GIB, free=32 * GIB),),
        "stores": (store(),),
        "snapshots": 0,
        "consolidation_needed": False,
        "tasks": (),
    }
    return Surroundings(**(values | changed))


def dump_file(**changed: Any) -> GuestFile:
    values: dict[str, Any] = {"path": DUMP, "size": 4 * GIB + 8192, "modified_at": seconds(60)}
    return GuestFile(**(values | changed))


def facts(**changed: Any) -> DumpFacts:
    values: dict[str, Any] = {
        "format": "windows64",
        "kind": "64-bit complete memory dump",
        "holds_all_memory": True,
        "expected_size": 4 * GIB + 8192,
        "memory": 4 * GIB,
        "cpus": 2,
        "bug_check": 0x80,
        "bug_check_parameters": (0x4F4454, 0, 0, 0),
        "crashed_at": seconds(1),
        "os_release": "9600",
    }
    return DumpFacts(**(values | changed))
