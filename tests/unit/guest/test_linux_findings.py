"""Whether a Linux would write a dump, at each border."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.finding import Finding, Level
from bot.core.guest_readings import GuestEntry, LinuxReadings
from bot.core.surroundings import Volume
from bot.guest.distributions import DISTRIBUTIONS, distribution_of, os_release
from bot.guest.linux_findings import assess_linux
from bot.guest.linux_setup import CMDLINE, CRASH_LOADED, CRASH_SIZE, FILES, MOUNTS, SYSCTLS, sysctl_file
from tests.unit.core.things import GIB, NOW, machine
from tests.unit.guest.readings import ARCH, CRASH, DEBIAN, MIB, ROOMY_LINUX, SLES, entry, linux

CONF = "/etc/kdump.conf"
RELEASE = "/etc/os-release"
SYSCONFIG = "/etc/sysconfig/kdump"
TOOLS = "/etc/default/kdump-tools"


def findings(
    readings: LinuxReadings | None = None,
    volumes: tuple[Volume, ...] | None = ROOMY_LINUX,
    folder: str = CRASH,
    **machine_is: Any,
) -> dict[str, Finding]:
    found = assess_linux(readings or linux(), machine(family="linux", **machine_is), volumes, folder)
    assert len({f.code for f in found}) == len(found)
    assert {(f.source, f.read_at) for f in found} == {("guest", NOW)}
    return {f.code: f for f in found}


def told(code: str, files: Mapping[str, str | None] | None = None, **how: Any) -> tuple[Level, str]:
    found = findings(linux(files), **how)[code]
    return found.level, found.seen


def sysctls(*values: str | None) -> dict[str, str | None]:
    return dict(zip(map(sysctl_file, SYSCTLS), values, strict=True))


def free(size: int, path: str = "/") -> tuple[Volume, ...]:
    return (Volume(path=path, capacity=200 * GIB, free=size),)


def test_a_linux_that_is_well_has_nothing_against_it() -> None:
    assert {f.code for f in findings().values() if f.level is not Level.OK} == set()


def test_of_what_told_nothing_nothing_is_well() -> None:
    found = findings(LinuxReadings(read_at=NOW, files={}, dumps=None), volumes=None)
    assert {f.level for f in found.values()} == {Level.UNKNOWN}
    assert set(found) == set(findings()) - {"dump-path"}


@pytest.mark.parametrize(
    ("values", "level"),
    [
        (("1\n", "1\n", "1\n"), Level.OK),
        (("1\n", "1", "2\n"), Level.OK),
        (("0\n", "0\n", "0\n"), Level.BLOCK),
        (("0\n", None, None), Level.BLOCK),
        (("1\n", "1\n", "0\n"), Level.WARN),
        (("0\n", "0\n", "1\n"), Level.WARN),
        (("1\n", "1\n", None), Level.WARN),
        ((None, None, None), Level.UNKNOWN),
        (("", "x", "-1"), Level.UNKNOWN),
    ],
)
def test_whether_an_nmi_panics(values: tuple[str | None, ...], level: Level) -> None:
    assert told("nmi-panic", sysctls(*values))[0] is level


def test_each_of_the_sysctls_is_named_with_its_value() -> None:
    assert told("nmi-panic", sysctls("1\n", "0\n", None))[1] == (
        "kernel.unknown_nmi_panic 1, kernel.panic_on_unrecovered_nmi 0, kernel.panic_on_io_nmi not told"
    )


@pytest.mark.parametrize(
    ("size", "cmdline", "level", "seen"),
    [
        ("1048576\n", None, Level.OK, "1 MiB"),
        ("0\n", "ro quiet", Level.BLOCK, "no crashkernel="),
        ("0\n", "ro nocrashkernel=1", Level.BLOCK, "no crashkernel="),
        ("0\n", "ro crashkernel=auto", Level.BLOCK, "crashkernel= reserved nothing"),
        (None, "ro quiet", Level.BLOCK, "no crashkernel="),
        (None, "ro crashkernel=auto", Level.UNKNOWN, "not told"),
        (None, None, Level.UNKNOWN, "not told"),
    ],
)
def test_whether_a_crash_kernel_has_memory(
    size: str | None, cmdline: str | None, level: Level, seen: str
) -> None:
    found = told("crashkernel", {CRASH_SIZE: size, CMDLINE: cmdline})
    assert found[0] is level
    assert found[1].partition("; ")[0] == seen
    assert ("; as root: grubby " in found[1]) is (level is Level.BLOCK)


@pytest.mark.parametrize(
    ("release", "cure"),
    [
        (SLES, "grub2-mkconfig -o /boot/grub2/grub.cfg"),
        (DEBIAN, "update-grub"),
        (ARCH, "no crashkernel="),
    ],
)
def test_the_cure_is_that_of_the_distribution(release: str, cure: str) -> None:
    none = {CRASH_SIZE: "0\n", CMDLINE: "ro", RELEASE: release}
    assert told("crashkernel", none)[1].endswith(cure)


@pytest.mark.parametrize(
    ("files", "level", "seen"),
    [
        ({CRASH_LOADED: "1\n"}, Level.OK, "loaded"),
        ({CRASH_LOADED: "0\n"}, Level.BLOCK, "systemctl enable --now kdump.service"),
        ({CRASH_LOADED: None}, Level.UNKNOWN, "not told"),
        ({CRASH_LOADED: "0\n", RELEASE: ARCH}, Level.BLOCK, "not loaded"),
        ({CRASH_LOADED: "0\n", RELEASE: DEBIAN}, Level.BLOCK, "systemctl enable --now kdump-tools.service"),
        (
            {CRASH_LOADED: "0\n", RELEASE: DEBIAN, TOOLS: "USE_KDUMP=0\n"},
            Level.BLOCK,
            "USE_KDUMP=0 in /etc/default/kdump-tools",
        ),
    ],
)
def test_whether_a_crash_kernel_is_loaded(files: dict[str, str | None], level: Level, seen: str) -> None:
    assert told("kdump-loaded", files) == (level, seen)


@pytest.mark.parametrize(
    ("conf", "level", "seen"),
    [
        ("", Level.OK, CRASH),
        ("path /srv/dumps/ # here\n", Level.OK, "/srv/dumps"),
        ("#path /no\n path /yes\n", Level.OK, "/yes"),
        ("path /first\npath /last\n", Level.OK, "/last"),
        ("nfs store.example.com:/export\npath /x\n", Level.WARN, "nfs store.example.com:/export"),
        ("ssh kdump@store.example.com\n", Level.WARN, "ssh kdump@store.example.com"),
        ("raw /dev/sdc1\n", Level.WARN, "raw /dev/sdc1"),
        ("ext4 /dev/sdb1\npath /x\n", Level.OK, "/dumps/x"),
        ("xfs UUID=1f-2a\n", Level.WARN, "xfs UUID=1f-2a"),
        ("dracut_args --mount '/dev/sdb1 /mnt ext4'\n", Level.WARN, "dracut_args --mount"),
        ("dracut_args --mountpoint\n", Level.OK, CRASH),
    ],
)
def test_where_a_red_hat_writes_to(conf: str, level: Level, seen: str) -> None:
    files = {CONF: conf, MOUNTS: "/dev/sdb1 /dumps ext4 rw 0 0\nshort\n"}
    assert told("kdump-target", files) == (level, seen)


@pytest.mark.parametrize(
    ("settings", "level", "seen"),
    [
        ("", Level.OK, CRASH),
        ('KDUMP_SAVEDIR="/srv/dumps"\n', Level.OK, "/srv/dumps"),
        ("KDUMP_SAVEDIR=file:///srv/dumps\n", Level.OK, "/srv/dumps"),
        ('KDUMP_SAVEDIR="nfs://store/export"\n', Level.WARN, "nfs://store/export"),
        ("KDUMP_SAVEDIR='unclosed\n", Level.WARN, "'unclosed"),
        ("KDUMP_SAVEDIR\n", Level.OK, CRASH),
    ],
)
def test_where_a_suse_writes_to(settings: str, level: Level, seen: str) -> None:
    assert told("kdump-target", {RELEASE: SLES, SYSCONFIG: settings}) == (level, seen)


@pytest.mark.parametrize(
    ("settings", "level", "seen"),
    [
        ("", Level.OK, CRASH),
        ('export KDUMP_COREDIR="/srv/dumps"\n', Level.OK, "/srv/dumps"),
        ('NFS="store:/export"\n', Level.WARN, "nfs store:/export"),
        ('#NFS="store:/export"\nSSH=""\n', Level.OK, CRASH),
        ('SSH="kdump@store"\n', Level.WARN, "ssh kdump@store"),
        ('FTP="store:/x"\n', Level.WARN, "ftp store:/x"),
    ],
)
def test_where_a_debian_writes_to(settings: str, level: Level, seen: str) -> None:
    assert told("kdump-target", {RELEASE: DEBIAN, TOOLS: settings}) == (level, seen)


@pytest.mark.parametrize("files", [{CONF: None}, {RELEASE: ARCH}, {RELEASE: None}])
def test_where_it_writes_to_is_unknown_without_its_settings(files: dict[str, str | None]) -> None:
    assert told("kdump-target", files) == (Level.UNKNOWN, "not told")
    assert told("dump-room", files) == (Level.UNKNOWN, "not told")


@pytest.mark.parametrize(
    ("folder", "level"),
    [
        (CRASH, Level.OK),
        ("/var/crash/", Level.OK),
        ("/var/crash/2026/vmcore", Level.OK),
        ("/var/crashes", Level.WARN),
        ("/var", Level.WARN),
    ],
)
def test_the_settings_look_where_it_writes_to(folder: str, level: Level) -> None:
    assert told("dump-path", folder=folder)[0] is level


def test_what_is_sent_away_has_neither_path_nor_room_here() -> None:
    assert not {"dump-path", "dump-room"} & set(findings(linux({CONF: "nfs store:/x\n"})))


KERNEL = 4096 * MIB // 3
LEAST = 4096 * MIB // 50


@pytest.mark.parametrize(
    ("collector", "size", "level"),
    [
        ("core_collector makedumpfile -c -d 31\n", KERNEL, Level.OK),
        ("core_collector makedumpfile -d31\n", KERNEL - 1, Level.WARN),
        ("core_collector makedumpfile -d 31\n", LEAST, Level.WARN),
        ("core_collector makedumpfile -d 31\n", LEAST - 1, Level.BLOCK),
        ("core_collector makedumpfile -d 1\n", KERNEL, Level.WARN),
        ("core_collector makedumpfile -d 1\n", 4 * GIB, Level.OK),
        ("core_collector cp\n", 4 * GIB - 1, Level.WARN),
    ],
)
def test_whether_there_is_room_for_the_dump(collector: str, size: int, level: Level) -> None:
    assert told("dump-room", {CONF: collector}, volumes=free(size))[0] is level


def test_room_is_looked_for_on_the_innermost_volume() -> None:
    assert told("dump-room", volumes=(*free(0), *free(60 * GIB, "/var/crash")))[0] is Level.OK
    assert told("dump-room", volumes=(*free(60 * GIB), *free(0, "/var")))[0] is Level.BLOCK
    assert told("dump-room", volumes=free(60 * GIB, "/var/cr"))[0] is Level.UNKNOWN
    assert told("dump-room", volumes=None)[0] is Level.UNKNOWN


@pytest.mark.parametrize(
    ("paths", "seen"),
    [
        ((), "none"),
        (("/var/crash/kexec_cmd", "/var/crash/1/vmcore-dmesg.txt"), "none"),
        (("/var/crash/1/vmcore",), "2026-03-01 09:30, 3 MiB"),
        (("/var/crash/1/dump.202603010930",), "2026-03-01 09:30, 3 MiB"),
        (("/var/crash/1/dump-incomplete",), "2026-03-01 09:30, 3 MiB"),
        (("/var/crash/1/vmcore.flat",), "2026-03-01 09:30, 3 MiB"),
    ],
)
def test_older_dumps_are_named(paths: tuple[str, ...], seen: str) -> None:
    found = findings(linux(dumps=tuple(map(entry, paths))))["linux-dumps"]
    assert (found.level, found.seen) == (Level.OK, seen)


def test_of_several_dumps_the_newest_is_named() -> None:
    older = entry("/var/crash/2/vmcore", 9 * MIB, modified_at=NOW - timedelta(days=1))
    found = findings(linux(dumps=(entry("/var/crash/1/vmcore"), older)))
    assert found["linux-dumps"].seen == "2026-03-01 09:30, 3 MiB"


@pytest.mark.parametrize(
    ("files", "level", "seen"),
    [
        ({}, Level.OK, "Red Hat Enterprise Linux 9.4 (Plow), makedumpfile -d 31"),
        ({CONF: "core_collector cp\n"}, Level.OK, "Red Hat Enterprise Linux 9.4 (Plow)"),
        ({CONF: None}, Level.OK, "Red Hat Enterprise Linux 9.4 (Plow)"),
        (
            {RELEASE: SLES, SYSCONFIG: "KDUMP_DUMPLEVEL=1\n"},
            Level.OK,
            "SUSE Linux Enterprise Server 15 SP5, makedumpfile -d 1",
        ),
        (
            {RELEASE: SLES, SYSCONFIG: "KDUMP_DUMPLEVEL=high\n"},
            Level.OK,
            "SUSE Linux Enterprise Server 15 SP5",
        ),
        (
            {RELEASE: DEBIAN, TOOLS: 'MAKEDUMP_ARGS="-c -d 31"\n'},
            Level.OK,
            "Debian GNU/Linux 12 (bookworm), makedumpfile -d 31",
        ),
        ({RELEASE: ARCH}, Level.UNKNOWN, "Arch Linux"),
        ({RELEASE: "ID=own\n"}, Level.UNKNOWN, "own"),
        ({RELEASE: None}, Level.UNKNOWN, "not told"),
    ],
)
def test_what_form_its_dump_has(files: dict[str, str | None], level: Level, seen: str) -> None:
    assert told("dump-form", files) == (level, seen)


@pytest.mark.parametrize("known", DISTRIBUTIONS, ids=lambda known: known.settings)
def test_a_distribution_is_known_by_its_id_or_by_what_it_is_like(known: Any) -> None:
    for one in known.ids:
        assert distribution_of(os_release(f"ID={one}\n")) is known
        assert distribution_of(os_release(f'ID=own\nID_LIKE="other {one}"\n')) is known
    assert distribution_of(os_release("ID='unclosed\nID_LIKE=\n")) is None


TEXTS = st.text(max_size=60) | st.sampled_from(
    [
        "1\n",
        "0\n",
        "crashkernel=1",
        "ID=rhel",
        "ID=sles",
        "ID=debian",
        "path /x",
        "KDUMP_SAVEDIR='",
        "NFS=x",
        "²",
    ]
)
READINGS = st.builds(
    LinuxReadings,
    read_at=st.just(NOW),
    files=st.dictionaries(st.sampled_from(FILES), TEXTS),
    dumps=st.none()
    | st.lists(
        st.builds(
            GuestEntry,
            path=st.text(max_size=10) | st.just("vmcore"),
            folder=st.booleans(),
            size=st.integers(0, 1 << 60),
            modified_at=st.just(NOW),
        ),
        max_size=3,
    ).map(tuple),
)


@given(READINGS, st.text(max_size=10), st.text(max_size=10), st.integers(0, 1 << 24))
def test_whatever_a_linux_tells_it_is_judged(
    readings: LinuxReadings, folder: str, volume: str, memory: int
) -> None:
    found = findings(readings, free(GIB, volume), folder, memory_mib=memory)
    assert {"nmi-panic", "crashkernel", "kdump-loaded", "kdump-target"} <= set(found)
    if found["kdump-loaded"].level is Level.OK:
        assert readings.files[CRASH_LOADED].strip() == "1"
