"""What a dump file says of itself, whatever system wrote it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import model_validator

from bot.core.value import Value

FIRST_VERSION = frozenset({"signature", "header_size", "build"})
_FORMATS = {"PAGEDU64": "windows64", "PAGEDUMP": "windows32"}


class DumpFinding(Value):
    code: str
    """stable, as ``vmdump inspect`` has it: ``truncated``, ``incomplete-flag``"""
    weight: Literal["flaw", "doubt", "note"]
    """a flaw: something is missing; a doubt: nobody can tell; a note: good to know"""
    text: str


class DumpFacts(Value):
    """None stands for what the dump does not say, or what could not be read of it."""

    format: str
    """told by its bytes: ``windows64``, ``windows32``, ``kdump``, ``elf``, ``flattened-kdump``, ..."""
    kind: str
    """as people know it: ``64-bit complete memory dump``"""
    findings: tuple[DumpFinding, ...] = ()
    expected_size: int | None
    """least size of a complete file, bytes"""
    holds_all_memory: bool | None
    """False where the writer left pages out by its settings"""
    memory: int | None
    """RAM in the memory map, bytes; a little below the machine's memory, since firmware keeps some"""
    memory_end: int | None = None
    """where the highest page of RAM ends, bytes: what a format without a memory map tells"""
    pages: int | None = None
    """whole pages of memory that a complete file holds"""
    cpus: int | None
    bug_check: int | None
    bug_check_parameters: tuple[int, ...]
    crashed_at: datetime | None
    """the guest's clock, UTC"""
    os_release: str | None = None
    """``uname -r``; of Windows the kernel's build, which is not always the one that winver shows"""
    host_name: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_the_first_version(cls, data: Any) -> Any:
        """Old records know Windows only; they are read, and what they did not say stays unknown."""
        if not isinstance(data, dict) or "signature" not in data:
            return data
        build = data["build"]
        return {name: value for name, value in data.items() if name not in FIRST_VERSION} | {
            "format": _FORMATS.get(data["signature"], data["signature"]),
            "kind": data["format"],
            "os_release": None if build is None else str(build),
        }
