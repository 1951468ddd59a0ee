"""The programs of the lab's Windows: `reg.exe query` and `cmd.exe /c`, as they are called from outside."""

import pytest

from bot.lab.commands import exists, run
from bot.lab.registry import CRASH_CONTROL, Registry, armed

CMD, REG = r"C:\Windows\System32\cmd.exe", r"C:\Windows\System32\reg.exe"
KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl"
LISTED = r"""
HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\CrashControl
    AutoReboot    REG_DWORD    0x1
    CrashDumpEnabled    REG_DWORD    0x1
    LogEvent    REG_DWORD    0x1
    Overwrite    REG_DWORD    0x1
    DumpFile    REG_EXPAND_SZ    C:\MemoryDump\MEMORY.DMP
    MinidumpDir    REG_EXPAND_SZ    %SystemRoot%\Minidump
    DumpFilters    REG_MULTI_SZ    dumpfve.sys

"""


@pytest.fixture
def registry() -> Registry:
    return armed(r"C:\MemoryDump\MEMORY.DMP", 4608)


@pytest.mark.parametrize(
    "line",
    [
        rf"""/c {REG} query "{KEY}" /s > "C:\Windows\Temp\x.txt" """,
        rf"""/d /c ""{REG}" query "{KEY}" > "C:\Windows\Temp\x.txt" 2>&1" """,
        rf"""/C reg query {KEY.lower()} /reg:64 1>C:\Windows\Temp\x.txt""",
    ],
)
def test_a_key_is_listed_into_a_file(registry: Registry, line: str) -> None:
    outcome = run(registry, CMD, line)
    assert (outcome.exit_code, outcome.file) == (0, r"C:\Windows\Temp\x.txt")
    assert outcome.written == LISTED


def test_a_key_that_only_holds_others(registry: Registry) -> None:
    above = CRASH_CONTROL.rpartition("\\")[0]
    ran = run(registry, CMD, f'/c reg query "{above}" > C:\\x')
    assert (ran.exit_code, ran.written.splitlines()) == (0, [CRASH_CONTROL, rf"{above}\Session Manager"])


def test_one_value_is_listed_alone(registry: Registry) -> None:
    outcome = run(registry, CMD, rf'/c reg query "{KEY}" /v dumpfile > C:\x')
    assert [line.split("    ")[1:] for line in outcome.written.splitlines()[2:-1]] == [
        ["DumpFile", "REG_EXPAND_SZ", r"C:\MemoryDump\MEMORY.DMP"]
    ]


def test_keys_below_are_named_and_listed_on_demand(registry: Registry) -> None:
    registry.set(rf"{CRASH_CONTROL}\StorageTelemetry", "DeviceDumpEnabled", "REG_DWORD", 10)
    registry.set(rf"{CRASH_CONTROL}\StorageTelemetry", "Two", "REG_MULTI_SZ", ("a", "b"))
    plain = run(registry, CMD, rf'/c reg query "{KEY}" > C:\x').written
    deep = run(registry, CMD, rf'/c reg query "{KEY}" /s > C:\x').written
    below = rf"{CRASH_CONTROL}\StorageTelemetry"
    assert plain == f"{LISTED}{below}\n"
    assert deep.startswith(LISTED)
    assert "\\StorageTelemetry\n    DeviceDumpEnabled    REG_DWORD    0xa\n" in deep
    assert r"REG_MULTI_SZ    a\0b" in deep


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (r"reg query HKLM\SOFTWARE\Nobody", "unable to find"),
        (f'reg query "{KEY}" /v Nobody', "unable to find"),
        (f'reg query "{KEY}" /x', "Invalid syntax"),
        (f'reg delete "{KEY}"', "Invalid syntax"),
        ("format C:", "'format' is not recognized"),
    ],
)
def test_what_fails_says_so_on_the_other_stream(registry: Registry, command: str, reason: str) -> None:
    outcome = run(registry, CMD, rf"/c {command} > C:\x")
    assert (outcome.exit_code, outcome.written, outcome.file) == (1, "", r"C:\x")
    merged = run(registry, CMD, rf"/c {command} > C:\x 2>&1")
    assert merged.exit_code == 1
    assert reason in merged.written


def test_without_a_file_only_the_exit_code_is_left(registry: Registry) -> None:
    assert run(registry, REG, f'query "{KEY}"').exit_code == 0
    assert run(registry, REG, "query HKLM\\Nobody").exit_code == 1
    assert run(registry, CMD, f'/c reg query "{KEY}"').file is None
    assert run(registry, CMD, "reg query").exit_code == 1
    assert run(registry, CMD, f'/c reg query "{KEY}" > x.txt').exit_code == 1


def test_programs_are_known_by_their_full_path() -> None:
    assert exists(CMD)
    assert exists(REG.lower())
    assert not exists("reg.exe")


def test_a_value_is_replaced_whatever_its_case(registry: Registry) -> None:
    registry.set(CRASH_CONTROL.lower(), "crashdumpenabled", "REG_DWORD", 7)
    values = registry.key(CRASH_CONTROL) or {}
    assert [
        (name, value.data) for name, value in values.items() if "umpEnabled" in name or "umpen" in name
    ] == [("crashdumpenabled", 7)]
    registry.remove(CRASH_CONTROL, "CRASHDUMPENABLED")
    assert "crashdumpenabled" not in values
