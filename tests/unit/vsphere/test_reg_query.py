"""What ``reg.exe query`` prints, and what it does not."""

from __future__ import annotations

import pytest

from bot.core.guest_readings import RegistryValue
from bot.vsphere.reg_query import BadOutput, keys_in, values_of

KEY = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\CrashControl"


def printed(*lines: str) -> bytes:
    return "\r\n".join(("", KEY, *lines, "")).encode("cp932")


def test_every_kind_of_value() -> None:
    assert values_of(
        printed(
            "    AutoReboot    REG_DWORD    0x1",
            "    Large    REG_QWORD    0xffffffffffffffff",
            r"    DumpFile    REG_EXPAND_SZ    %SystemRoot%\MEMORY.DMP",
            r"    DumpFilters    REG_MULTI_SZ    dumpfve.sys\0other.sys",
            "    A name with    blanks    REG_SZ    a text    REG_SZ    with blanks",
            "    Empty    REG_SZ    ",
            "    Raw    REG_BINARY    00FF10",
            "    Of another type    REG_NONE    ",
            "",
            rf"{KEY}\FullLiveKernelReports",
        ),
        KEY.upper(),
    ) == {
        "AutoReboot": RegistryValue(type="REG_DWORD", data=1),
        "Large": RegistryValue(type="REG_QWORD", data=2**64 - 1),
        "DumpFile": RegistryValue(type="REG_EXPAND_SZ", data=r"%SystemRoot%\MEMORY.DMP"),
        "DumpFilters": RegistryValue(type="REG_MULTI_SZ", data="dumpfve.sys\nother.sys"),
        "A name with    blanks": RegistryValue(type="REG_SZ", data="a text    REG_SZ    with blanks"),
        "Empty": RegistryValue(type="REG_SZ", data=""),
        "Raw": RegistryValue(type="REG_BINARY", data="00FF10"),
    }


def test_a_key_without_values() -> None:
    assert values_of(printed(), KEY) == {}


def test_what_is_not_ascii_is_not_guessed() -> None:
    (value,) = values_of(printed("    DumpFile    REG_SZ    D:\\ダンプ"), KEY).values()
    assert str(value.data).startswith("D:\\�")


def test_keys_below() -> None:
    listed = printed("    AutoReboot    REG_DWORD    0x1", rf"{KEY}\Below", rf"{KEY}\Other")
    assert keys_in(listed, KEY.upper()) == {rf"{KEY}\Below".lower(), rf"{KEY}\Other".lower()}
    only_keys = rf"{KEY}\Below".encode()
    assert keys_in(only_keys, KEY) == {rf"{KEY}\Below".lower()}
    assert values_of(only_keys, KEY) == {}


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"ERROR: The system was unable to find the specified registry key or value.\r\n",
        b"    AutoReboot    REG_DWORD    0x1\r\n",
        rf"{KEY}Other".encode(),
        printed("    AutoReboot    REG_DWORD    one"),
        printed("    AutoReboot  REG_DWORD  0x1"),
        printed("Something else"),
        printed(r"HKEY_LOCAL_MACHINE\SOFTWARE"),
    ],
)
def test_everything_else_is_refused(output: bytes) -> None:
    with pytest.raises(BadOutput):
        values_of(output, KEY)
