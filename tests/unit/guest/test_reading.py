"""What guests are asked, and what is kept of their answers."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.dump_names import NEWEST_FOLDERS
from bot.core.errors import Code, VmdumpError
from bot.core.guest_readings import GuestUnit, LinuxReadings, WindowsReadings
from bot.guest.kdump_settings import judged_lines
from bot.guest.linux_setup import CRASH_LOADED, FILES, OURS
from bot.guest.readiness import GuestSettings
from bot.guest.reading_linux import LONGEST, SCRIPT, files_of, read_linux
from bot.guest.reading_windows import read_windows
from bot.guest.registry import CRASH_CONTROL, KEYS, RELIABILITY
from tests.unit.core.things import DUMP, NOW, machine
from tests.unit.guest.readings import CRASH, DEBIAN, NEEDED, PAGE_FILE, RHEL, entry, text, windows
from tests.unit.guest.table_guest import TableGuest

VM = "vm-42"
TOLD = {key: values for key, values in windows().keys.items() if values is not None}


def head(files: dict[str, str]) -> bytes:
    """As ``head -v`` prints them."""
    return "\n".join(f"==> {path} <==\n{files[path]}" for path in FILES if path in files).encode()


def failing(code: Code) -> VmdumpError:
    return VmdumpError(code, vm="DumpTest", path="x", cause="x")


async def test_a_windows_is_asked_its_keys_and_the_files_that_they_name() -> None:
    guest = TableGuest(
        keys=TOLD,
        entries=(entry(PAGE_FILE, NEEDED), entry(r"C:\hiberfil.sys"), entry(DUMP, 7)),
    )
    told = await read_windows(guest, VM, NOW)
    assert guest.asked == [*KEYS, DUMP, "C:\\"]
    assert told.keys == TOLD
    assert [(file.path, file.size) for file in told.page_files] == [(PAGE_FILE, NEEDED)]
    assert told.dump is not None
    assert (told.dump.path, told.dump.size, told.read_at) == (DUMP, 7, NOW)


async def test_a_dedicated_dump_file_is_looked_for_where_it_is() -> None:
    dedicated = r"D:\dumps\dedicated.sys"
    control = {**TOLD[CRASH_CONTROL], "DedicatedDumpFile": text(dedicated.upper())}
    guest = TableGuest(keys={**TOLD, CRASH_CONTROL: control}, entries=(entry(r"D:\DUMPS\Dedicated.sys", 5),))
    told = await read_windows(guest, VM, NOW)
    assert guest.asked[-2:] == ["C:\\", r"D:\DUMPS"]
    assert [(file.path, file.size) for file in told.page_files] == [(r"D:\DUMPS\Dedicated.sys", 5)]


async def test_a_dump_whose_path_is_not_known_is_not_looked_for() -> None:
    keys = {**TOLD, CRASH_CONTROL: {**TOLD[CRASH_CONTROL], "DumpFile": text(r"%TEMP%\d.dmp")}}
    guest = TableGuest(keys=keys)
    assert (await read_windows(guest, VM, NOW)).dump is None
    assert guest.asked == [*KEYS, "C:\\"]


async def test_a_key_that_is_not_there_is_told_from_one_that_cannot_be_read() -> None:
    keys = {key: values for key, values in TOLD.items() if key != RELIABILITY}
    assert (await read_windows(TableGuest(keys=keys), VM, NOW)).keys[RELIABILITY] is None
    guest = TableGuest(keys=TOLD, refused={RELIABILITY: failing(Code.GUEST_REGISTRY)})
    assert RELIABILITY not in (await read_windows(guest, VM, NOW)).keys


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (CRASH_CONTROL, Code.GUEST_REGISTRY),
        (CRASH_CONTROL, Code.GUEST_LOGIN),
        (RELIABILITY, Code.GUEST_UNAVAILABLE),
    ],
)
async def test_a_windows_that_does_not_answer_is_said_to(key: str, code: Code) -> None:
    with pytest.raises(VmdumpError) as refused:
        await read_windows(TableGuest(keys=TOLD, refused={key: failing(code)}), VM, NOW)
    assert refused.value.code is code


def answering(files: dict[str, str], **codes: int) -> TableGuest:
    """A Linux with a shell; ``codes`` are those of systemctl's verbs."""

    def shell(script: str) -> tuple[int, bytes]:
        if script == SCRIPT:
            return 1, head(files)
        verb = script.split()[1].replace("-", "_")
        return codes[verb], b"said\n"

    return TableGuest(shell=shell)


async def test_a_linux_is_asked_all_its_files_at_once() -> None:
    files = {"/etc/os-release": RHEL, CRASH_LOADED: "1\n", OURS: "# no line feed"}
    guest = answering(files)
    told = await read_linux(guest, VM, CRASH, NOW)
    assert guest.asked == [SCRIPT, CRASH, CRASH]
    assert told == LinuxReadings(read_at=NOW, files=files, dumps=())


@pytest.mark.parametrize(
    ("active", "enabled", "unit"),
    [
        (0, 0, GuestUnit(name="kdump-tools.service", active=True, enabled=True)),
        (3, 0, GuestUnit(name="kdump-tools.service", active=False, enabled=True)),
        (3, 1, GuestUnit(name="kdump-tools.service", active=False, enabled=False)),
    ],
)
async def test_the_service_is_asked_about_where_no_crash_kernel_is_loaded(
    active: int, enabled: int, unit: GuestUnit
) -> None:
    guest = answering({"/etc/os-release": DEBIAN, CRASH_LOADED: "0\n"}, is_active=active, is_enabled=enabled)
    assert (await read_linux(guest, VM, CRASH, NOW)).unit == unit
    assert guest.asked[-2:] == [
        "systemctl is-active kdump-tools.service",
        "systemctl is-enabled kdump-tools.service",
    ]


async def test_no_service_is_asked_about_where_its_name_is_not_known() -> None:
    guest = answering({CRASH_LOADED: "0\n"})
    assert (await read_linux(guest, VM, CRASH, NOW)).unit is None
    assert guest.asked == [SCRIPT, CRASH, CRASH]


async def test_dumps_are_looked_for_in_the_newest_folders() -> None:
    folders = [
        entry(f"{CRASH}/{n}", 0, folder=True, modified_at=NOW - timedelta(days=n))
        for n in range(NEWEST_FOLDERS + 1)
    ]
    dumps = [entry(f"{CRASH}/{n}/vmcore") for n in range(NEWEST_FOLDERS + 1)]
    guest = answering({})
    guest.entries = (*folders, *dumps, entry(f"{CRASH}/kdump_lock"))
    told = await read_linux(guest, VM, CRASH, NOW)
    assert told.dumps is not None
    assert {each.path for each in told.dumps} == {
        f"{CRASH}/kdump_lock",
        *(f"{CRASH}/{n}/vmcore" for n in range(NEWEST_FOLDERS)),
    }


async def test_a_crash_folder_may_be_one_file() -> None:
    guest = answering({})
    guest.entries = (entry("/srv/vmcore", 9),)
    told = await read_linux(guest, VM, "/srv/vmcore", NOW)
    assert told.dumps == (entry("/srv/vmcore", 9),)


async def test_a_crash_folder_that_cannot_be_listed_is_not_empty() -> None:
    guest = answering({})
    guest.refused = {CRASH: failing(Code.GUEST_FILE)}
    assert (await read_linux(guest, VM, CRASH, NOW)).dumps is None
    guest.refused = {CRASH: failing(Code.GUEST_LOGIN)}
    with pytest.raises(VmdumpError):
        await read_linux(guest, VM, CRASH, NOW)


def test_a_shell_without_head_tells_nothing() -> None:
    assert files_of(b"sh: 1: head: not found\n") == {}
    assert files_of(b"") == {}


def test_what_head_really_prints_is_read(tmp_path: Path) -> None:
    """With this machine's own head, on files whose names stand for the guest's."""
    told = {"/proc/cmdline": "ro quiet\n", CRASH_LOADED: "1\n", "/etc/kdump.conf": "path /x", OURS: "\n"}
    for path, content in told.items():
        file = tmp_path / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    script = SCRIPT
    for path in FILES:
        script = script.replace(f" {path} ", f" .{path} ")
    done = subprocess.run(["/bin/sh", "-c", script], cwd=tmp_path, capture_output=True, timeout=30)
    assert done.returncode == 1
    assert files_of(done.stdout.replace(b"==> .", b"==> ")) == {**told, "/etc/kdump.conf": "path /x\n"}


def test_settings_that_were_cut_are_not_told() -> None:
    whole, cut = "#" * (LONGEST - 9) + "\npath /x", "#" * (LONGEST - 8) + "\npath /x"
    assert files_of(head({"/etc/kdump.conf": whole}))["/etc/kdump.conf"] == "path /x\n"
    assert "/etc/kdump.conf" not in files_of(head({"/etc/kdump.conf": cut}))


def test_of_kdumps_settings_no_password_is_kept() -> None:
    lines = (
        "# comment\n"
        "KDUMP_SAVEDIR='ftp://me:secret@store/x'\n"
        "KDUMP_SMTP_PASSWORD='secret'\n"
        "  path /x  \r\n"
        "nfs me:export\n"
    )
    assert judged_lines(lines) == "KDUMP_SAVEDIR='ftp://me@store/x'\npath /x\nnfs me:export\n"


async def test_what_is_neither_windows_nor_linux_is_not_asked() -> None:
    guest = TableGuest()
    with pytest.raises(VmdumpError) as refused:
        await GuestSettings(lambda: NOW).read(guest, machine(family="other"), None)
    assert refused.value.code is Code.GUEST_SYSTEM
    assert guest.asked == []


async def test_each_family_is_asked_in_its_way() -> None:
    settings = GuestSettings(lambda: NOW)
    told = await settings.read(TableGuest(keys=TOLD), machine(), DUMP)
    assert isinstance(told, WindowsReadings)
    assert {f.code for f in settings.assess(told, machine(), None, DUMP)} > {"crash-dump", "dump-path"}
    guest = answering({"/etc/os-release": RHEL})
    linux = await settings.read(guest, machine(family="linux"), None)
    assert isinstance(linux, LinuxReadings)
    assert guest.asked == [SCRIPT, CRASH, CRASH]
    assert {f.code for f in settings.assess(linux, machine(), None, None)} > {"nmi-panic", "dump-form"}
