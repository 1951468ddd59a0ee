"""Arming changes what differs and nothing else; a guest that is armed is found well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from bot.core.arming import DumpWish
from bot.core.errors import Code, VmdumpError
from bot.core.finding import Level
from bot.core.guest_arming import Arming
from bot.core.guest_change import GuestTextChange, GuestUnitChange, RegistryChange, SysctlChange
from bot.core.guest_readings import GuestUnit, LinuxReadings, WindowsReadings
from bot.guest.arming_linux import arming_linux
from bot.guest.arming_windows import arming_windows
from bot.guest.linux_findings import assess_linux
from bot.guest.linux_setup import CMDLINE, CRASH_LOADED, CRASH_SIZE, OURS, SYSCTLS, sysctl_file
from bot.guest.registry import CRASH_CONTROL, CURRENT_VERSION, RELIABILITY
from bot.guest.windows_findings import assess_windows
from tests.unit.core.things import DUMP, NOW, dump_file, machine
from tests.unit.guest import test_linux_findings, test_windows_findings
from tests.unit.guest.readings import (
    ARCH,
    CRASH,
    DEBIAN,
    ROOMY,
    ROOMY_LINUX,
    SLES,
    dword,
    linux,
    text,
    windows,
    without,
)

COMPLETE = DumpWish.COMPLETE
BARE: dict[str, Any] = {
    "CrashDumpEnabled": 7,
    "FilterPages": 1,
    "AutoReboot": 0,
    "Overwrite": 0,
    "LogEvent": 0,
    "AlwaysKeepMemoryDump": None,
    "DumpFile": text(r"%SystemRoot%\MEMORY.DMP", "REG_EXPAND_SZ"),
}
ZERO = {sysctl_file(name): "0\n" for name in SYSCTLS}
IDLE = GuestUnit(name="kdump.service", active=False, enabled=False)


def old(build: str) -> dict[str, Any]:
    return {CURRENT_VERSION: {"CurrentBuild": text(build), "SystemRoot": text(r"C:\Windows")}}


def attempt(arming: Callable[[], Arming]) -> Arming | Code:
    try:
        return arming()
    except VmdumpError as error:
        return error.code


def arm(
    readings: WindowsReadings, wish: DumpWish = COMPLETE, path: str | None = DUMP
) -> tuple[Arming, dict[str, RegistryChange]]:
    arming = arming_windows(readings, machine(), wish, path)
    changes = [change for change in arming.changes if isinstance(change, RegistryChange)]
    assert len(changes) == len(arming.changes)
    return arming, {change.name: change for change in changes}


def test_a_windows_that_is_well_is_left_alone() -> None:
    arming, changes = arm(windows())
    assert (changes, arming.needs_restart, arming.after) == ({}, False, windows())


def test_all_that_differs_is_set_with_its_former_value() -> None:
    arming, changes = arm(windows(BARE, keys={RELIABILITY: {}}))
    assert {name: change.ours for name, change in changes.items()} == {
        "CrashDumpEnabled": 1,
        "FilterPages": 0,
        "DumpFile": DUMP,
        "AutoReboot": 1,
        "Overwrite": 1,
        "LogEvent": 1,
        "AlwaysKeepMemoryDump": 1,
        "BootStatusPolicy": 1,
    }
    assert changes["CrashDumpEnabled"].former == dword(7)
    assert changes["AlwaysKeepMemoryDump"].former is None
    assert (changes["DumpFile"].type, changes["AutoReboot"].type) == ("REG_EXPAND_SZ", "REG_DWORD")
    assert {changes[name].key for name in changes} == {CRASH_CONTROL, RELIABILITY}
    target = machine().target
    assert changes["Overwrite"].thing.startswith(f"{target.vcenter}/{target.moid}/registry/")
    assert changes["Overwrite"].place == target.name
    assert arming.needs_restart


@pytest.mark.parametrize("build", ["6001", "9600", "unreadable"])
def test_a_windows_that_was_armed_is_well(build: str) -> None:
    before = windows({**BARE, "NMICrashDump": None}, keys={RELIABILITY: {}, **old(build)}, dump=dump_file())
    arming, _ = arm(before)
    assert isinstance(arming.after, WindowsReadings)
    found = assess_windows(arming.after, machine(), ROOMY, DUMP)
    assert {f.code for f in found if f.level is not Level.OK} == set()
    again, changes = arm(arming.after)
    assert (changes, again.needs_restart) == ({}, False)


def test_values_written_in_another_case_are_replaced_and_not_doubled() -> None:
    shouting = windows().model_copy(
        update={"keys": {CRASH_CONTROL.upper(): {"CRASHDUMPENABLED": dword(0), "Autoreboot": dword(1)}}}
    )
    arming, changes = arm(shouting)
    assert "AutoReboot" not in changes
    assert isinstance(arming.after, WindowsReadings)
    values = arming.after.keys[CRASH_CONTROL.upper()]
    assert values is not None
    assert [name for name in values if name.lower() == "crashdumpenabled"] == ["CrashDumpEnabled"]


@pytest.mark.parametrize(
    ("wish", "build", "values"),
    [
        (DumpWish.KERNEL, "9600", {"CrashDumpEnabled": 2}),
        (DumpWish.AUTOMATIC, "9200", {"CrashDumpEnabled": 7}),
        (DumpWish.ACTIVE, "10240", {"FilterPages": 1}),
    ],
)
def test_another_dump_is_set_where_it_is_wished(wish: DumpWish, build: str, values: dict[str, int]) -> None:
    arming, changes = arm(windows(keys=old(build)), wish)
    assert {name: change.ours for name, change in changes.items()} == values
    assert isinstance(arming.after, WindowsReadings)
    seen = {f.code: f.seen for f in assess_windows(arming.after, machine(), ROOMY, DUMP)}
    assert seen["crash-dump"] == wish.value


@pytest.mark.parametrize(
    ("wish", "build"), [(DumpWish.AUTOMATIC, "9199"), (DumpWish.ACTIVE, "10239"), (DumpWish.ACTIVE, "9600")]
)
def test_a_windows_that_knows_no_such_dump_refuses_it(wish: DumpWish, build: str) -> None:
    with pytest.raises(VmdumpError) as refused:
        arm(windows(keys=old(build)), wish)
    assert refused.value.code is Code.DUMP_KIND


def test_a_build_that_is_not_told_refuses_nothing() -> None:
    assert set(arm(windows(keys=old("")), DumpWish.ACTIVE)[1]) == {"FilterPages", "NMICrashDump"}


@pytest.mark.parametrize(
    ("path", "set_to"),
    [(None, None), (DUMP.lower(), None), (r"D:\dumps\MEMORY.DMP", r"D:\dumps\MEMORY.DMP")],
)
def test_the_path_is_that_of_the_settings(path: str | None, set_to: str | None) -> None:
    arming, changes = arm(windows(dump=dump_file()), path=path)
    assert (changes["DumpFile"].ours if changes else None) == set_to
    assert isinstance(arming.after, WindowsReadings)
    assert (arming.after.dump is None) is (set_to is not None)


def test_nothing_is_set_in_a_key_that_is_not_there() -> None:
    assert arm(windows(keys={RELIABILITY: None}))[1] == {}
    assert arm(without(windows(), RELIABILITY))[1] == {}


def test_the_boot_policy_counts_without_a_restart() -> None:
    arming, changes = arm(windows(keys={RELIABILITY: {"BootStatusPolicy": dword(0)}}))
    assert (set(changes), arming.needs_restart) == ({"BootStatusPolicy"}, False)


def test_a_registry_that_told_nothing_is_not_written_to() -> None:
    with pytest.raises(VmdumpError) as refused:
        arm(without(windows(), CRASH_CONTROL))
    assert refused.value.code is Code.GUEST_REGISTRY


@given(test_windows_findings.READINGS)
def test_whatever_a_windows_told_arming_it_twice_changes_nothing_more(readings: WindowsReadings) -> None:
    arming = attempt(lambda: arm(readings)[0])
    if not isinstance(arming, Arming):
        assert arming is Code.GUEST_REGISTRY
        return
    assert isinstance(arming.after, WindowsReadings)
    assert arm(arming.after)[1] == {}
    levels = {f.code: f.level for f in assess_windows(arming.after, machine(), ROOMY, DUMP)}
    assert levels["crash-dump"] is levels["dump-path"] is levels["auto-reboot"] is Level.OK


def arm_linux(readings: LinuxReadings) -> Arming:
    arming = arming_linux(readings, machine(family="linux"), COMPLETE)
    assert not arming.needs_restart
    return arming


def refusal(readings: LinuxReadings, wish: DumpWish = COMPLETE) -> VmdumpError:
    with pytest.raises(VmdumpError) as refused:
        arming_linux(readings, machine(family="linux"), wish)
    return refused.value


def test_a_linux_that_is_well_is_left_alone() -> None:
    assert arm_linux(linux()).changes == ()


def test_kdump_is_started_before_an_nmi_is_made_to_panic() -> None:
    unit, *values, file = arm_linux(linux({**ZERO, CRASH_LOADED: "0\n"}, unit=IDLE)).changes
    assert isinstance(unit, GuestUnitChange)
    assert (unit.unit, unit.former_active, unit.former_enabled) == ("kdump.service", False, False)
    assert [(v.name, v.former, v.ours) for v in values if isinstance(v, SysctlChange)] == [
        (name, "0", "1") for name in SYSCTLS
    ]
    assert isinstance(file, GuestTextChange)
    assert (file.path, file.former) == (OURS, None)
    assert file.ours.endswith("".join(f"{name} = 1\n" for name in SYSCTLS))


def test_a_linux_that_was_armed_is_well() -> None:
    arming = arm_linux(linux({**ZERO, CRASH_LOADED: "0\n"}, unit=IDLE))
    assert isinstance(arming.after, LinuxReadings)
    found = assess_linux(arming.after, machine(family="linux"), ROOMY_LINUX, CRASH)
    assert {f.code for f in found if f.level is not Level.OK} == set()
    assert arm_linux(arming.after).changes == ()


def test_only_what_the_kernel_has_is_set() -> None:
    without_io = {**ZERO, sysctl_file(SYSCTLS[2]): None, sysctl_file(SYSCTLS[0]): "1\n"}
    value, file = arm_linux(linux(without_io)).changes
    assert isinstance(value, SysctlChange)
    assert value.name == SYSCTLS[1]
    assert isinstance(file, GuestTextChange)
    assert SYSCTLS[2] not in file.ours


def test_a_file_of_ours_that_says_something_else_is_written_anew() -> None:
    (file,) = arm_linux(linux({OURS: "kernel.panic = 1\n"})).changes
    assert isinstance(file, GuestTextChange)
    assert file.former == "kernel.panic = 1\n"


@pytest.mark.parametrize(
    ("release", "cure"), [(None, "grubby"), (SLES, "grub2-mkconfig"), (DEBIAN, "update-grub")]
)
def test_without_memory_for_a_crash_kernel_it_is_not_made_to_panic(release: str | None, cure: str) -> None:
    files = {**ZERO, CRASH_LOADED: "0\n", CRASH_SIZE: "0\n", CMDLINE: "ro\n"}
    refused = refusal(linux({**files, **({"/etc/os-release": release} if release else {})}, unit=IDLE))
    assert refused.code is Code.NO_CRASHKERNEL
    assert cure in str(refused.params["cure"])


@pytest.mark.parametrize(
    ("files", "unit", "cause", "cure"),
    [
        ({"/etc/kdump.conf": None}, IDLE, "no /etc/kdump.conf", "yum install"),
        ({"/etc/os-release": DEBIAN}, IDLE, "no /etc/default/kdump-tools", "apt-get install"),
        (
            {"/etc/os-release": DEBIAN, "/etc/default/kdump-tools": "USE_KDUMP=0\n"},
            IDLE,
            "USE_KDUMP is 0",
            "sed -i s/^USE_KDUMP=.*/USE_KDUMP=1/ /etc/default/kdump-tools; systemctl restart",
        ),
        ({}, None, "does not tell", "systemctl status kdump.service"),
        ({CRASH_SIZE: None}, IDLE, "does not tell", "systemctl status kdump.service"),
        (
            {},
            GuestUnit(name="kdump.service", active=True, enabled=True),
            "runs and has loaded no crash kernel",
            "journalctl -u kdump.service",
        ),
    ],
)
def test_where_starting_its_service_does_not_help_it_says_what_does(
    files: dict[str, str | None], unit: GuestUnit | None, cause: str, cure: str
) -> None:
    refused = refusal(linux({**ZERO, CRASH_LOADED: "0\n", **files}, unit=unit))
    assert refused.code is Code.NO_KDUMP
    assert cause in str(refused.params["cause"])
    assert cure in str(refused.params["cure"])


def test_an_unknown_distribution_is_armed_only_where_kdump_waits_already() -> None:
    assert len(arm_linux(linux({**ZERO, "/etc/os-release": ARCH})).changes) == len(SYSCTLS) + 1
    refused = refusal(linux({**ZERO, "/etc/os-release": ARCH, CRASH_LOADED: "0\n"}))
    assert (refused.code, refused.params["system"]) == (Code.GUEST_SYSTEM, "Arch Linux")


def test_a_kernel_that_told_nothing_is_not_changed() -> None:
    assert refusal(linux(dict.fromkeys(ZERO))).code is Code.GUEST_FILE
    assert refusal(LinuxReadings(read_at=NOW, files={}, dumps=None)).code is Code.GUEST_SYSTEM


@pytest.mark.parametrize("wish", [wish for wish in DumpWish if wish is not COMPLETE])
def test_a_linux_knows_none_of_the_dumps_of_windows(wish: DumpWish) -> None:
    assert refusal(linux(), wish).code is Code.DUMP_KIND


@given(test_linux_findings.READINGS)
def test_whatever_a_linux_told_arming_it_twice_changes_nothing_more(readings: LinuxReadings) -> None:
    arming = attempt(lambda: arm_linux(readings))
    if not isinstance(arming, Arming):
        assert arming in {Code.GUEST_SYSTEM, Code.NO_CRASHKERNEL, Code.NO_KDUMP, Code.GUEST_FILE}
        return
    assert isinstance(arming.after, LinuxReadings)
    assert arm_linux(arming.after).changes == ()
