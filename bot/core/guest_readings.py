"""What a guest told of itself, as it told it: judged when it is needed, so that it can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from bot.core.signs import GuestFile
from bot.core.value import Value

RegistryType = Literal["REG_DWORD", "REG_QWORD", "REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ", "REG_BINARY"]


class RegistryValue(Value):
    type: RegistryType
    data: int | str
    """a number; text; the strings of REG_MULTI_SZ with line feeds between; the hexadecimal of REG_BINARY"""


class GuestEntry(Value):
    """A row of a listing of a guest's folder."""

    path: str
    """in full"""
    folder: bool
    size: int
    """bytes; 0 for a folder"""
    modified_at: datetime
    """the guest's clock"""


class WindowsReadings(Value):
    family: Literal["windows"] = "windows"
    read_at: datetime
    keys: Mapping[str, Mapping[str, RegistryValue] | None]
    """values by name, by the key's full path; None for a key that is not there"""
    page_files: tuple[GuestFile, ...]
    """those that are there now, with their sizes; a dedicated dump file is one of them"""
    dump: GuestFile | None
    """what is there at ``DumpFile`` now"""


class GuestUnit(Value):
    """A service of systemd."""

    name: str
    """``kdump.service``"""
    active: bool
    enabled: bool


class LinuxReadings(Value):
    family: Literal["linux"] = "linux"
    read_at: datetime
    files: Mapping[str, str]
    """text by path, of those that could be read; of kdump's settings what is judged, without passwords"""
    dumps: tuple[GuestEntry, ...] | None
    """files below the crash folder; None where they could not be listed"""
    unit: GuestUnit | None = None
    """what loads the crash kernel; None where nobody asked, as it is loaded, or its name is not known"""


GuestReadings = Annotated[WindowsReadings | LinuxReadings, Field(discriminator="family")]
