"""The guest's state machine and its files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.lab.guest import Guest
from bot.lab.guest_file import GuestFile
from bot.lab.registry import CRASH_CONTROL, MEMORY_MANAGEMENT

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def guest() -> Guest:
    return Guest("windows", "dumptest.example.com", "admin", "right", NOW - timedelta(days=3))


def state_of(guest: Guest) -> str:
    """The state as it is now; mypy would hold on to what an assertion before has said."""
    return guest.state


def test_an_nmi_leads_through_dump_and_reboot_to_a_running_guest(guest: Guest) -> None:
    assert guest.receive_nmi(NOW)
    assert (guest.state, guest.crashes, guest.crashed_at) == ("crashed", 1, NOW)
    guest.start_dump(NOW, 10)
    assert state_of(guest) == "dumping"
    assert guest.dump_progress(NOW + timedelta(seconds=4)) == pytest.approx(0.4)
    assert guest.dump_progress(NOW + timedelta(seconds=40)) == 1.0
    guest.start_reboot()
    assert state_of(guest) == "rebooting"
    guest.come_up(NOW, None)
    assert state_of(guest) == "running"
    assert guest.booted_at == NOW


def test_a_guest_that_ignores_the_nmi_stays_as_it_was(guest: Guest) -> None:
    guest.nmi_ignored = True
    assert not guest.receive_nmi(NOW)
    assert (guest.state, guest.crashes) == ("running", 0)


def test_a_second_nmi_changes_nothing(guest: Guest) -> None:
    guest.receive_nmi(NOW)
    assert not guest.receive_nmi(NOW)
    assert guest.crashes == 1


def test_a_step_out_of_order_is_an_error(guest: Guest) -> None:
    with pytest.raises(ValueError, match="running cannot become rebooting"):
        guest.start_reboot()


def test_a_file_is_found_whatever_its_case_and_replaced_by_a_newer_one(guest: Guest, tmp_path: Path) -> None:
    old = GuestFile(r"C:\MemoryDump\MEMORY.DMP", NOW - timedelta(days=100), tmp_path / "old")
    new = GuestFile(r"C:\MemoryDump\MEMORY.DMP", NOW, tmp_path / "new")
    guest.keep(old)
    guest.keep(new)
    assert guest.file(r"c:/memorydump/memory.dmp") is new
    assert guest.folder("C:\\MemoryDump\\") == [new]
    assert [file.path for file in guest.folder("C:\\")] == [r"C:\pagefile.sys"]
    guest.forget(r"C:\MEMORYDUMP\memory.dmp")
    assert guest.file(r"C:\MemoryDump\MEMORY.DMP") is None


def test_settings_of_dumps_count_from_the_next_start(guest: Guest) -> None:
    assert (guest.writes_dump, guest.writes_to) == (True, r"C:\MemoryDump\MEMORY.DMP")
    guest.registry.set(CRASH_CONTROL, "CrashDumpEnabled", "REG_DWORD", 0)
    guest.registry.set(CRASH_CONTROL, "DumpFile", "REG_EXPAND_SZ", r"%systemroot%\MEMORY.DMP")
    assert (guest.writes_dump, guest.writes_to) == (True, r"C:\MemoryDump\MEMORY.DMP")
    guest.reset()
    guest.come_up(NOW, None)
    assert (guest.writes_dump, guest.writes_to) == (False, r"C:\Windows\MEMORY.DMP")
    guest.registry.remove(CRASH_CONTROL, "CrashDumpEnabled")
    guest.take_settings()
    assert not guest.writes_dump


@pytest.mark.parametrize(
    ("line", "kind", "written"),
    [
        (r"C:\pagefile.sys 4096 4096", 1, False),
        (r"C:\pagefile.sys 16 4097", 1, True),
        (r"c:\pagefile.sys 0 0", 1, True),
        (r"?:\pagefile.sys", 1, True),
        (r"D:\pagefile.sys 9000 9000", 1, False),
        (r"C:\pagefile.sys 16 16", 7, True),
    ],
)
def test_a_complete_dump_needs_a_page_file_that_holds_it(
    guest: Guest, line: str, kind: int, written: bool
) -> None:
    guest.registry.set(MEMORY_MANAGEMENT, "PagingFiles", "REG_MULTI_SZ", (line,))
    guest.registry.set(CRASH_CONTROL, "CrashDumpEnabled", "REG_DWORD", kind)
    guest.take_settings()
    assert guest.writes_dump is written
    guest.registry.set(CRASH_CONTROL, "DedicatedDumpFile", "REG_SZ", r"D:\dump.sys")
    guest.take_settings()
    assert guest.writes_dump


def test_wrong_and_revoked_passwords_are_refused(guest: Guest) -> None:
    assert guest.accepts("admin", "right")
    assert not guest.accepts("admin", "wrong")
    guest.logins_refused = True
    assert not guest.accepts("admin", "right")


def test_every_change_is_told(guest: Guest) -> None:
    told: list[str] = []
    guest.on_change = lambda: told.append(guest.state)
    guest.receive_nmi(NOW)
    assert told[-1] == "crashed"
