"""What the start of a dump file says of itself."""

from __future__ import annotations

from datetime import datetime

from bot.core.value import Value


class DumpFacts(Value):
    """None stands for a field that the writer left unset."""

    format: str
    """as people know it: ``64-bit complete memory dump``"""
    signature: str
    """``PAGEDU64`` or ``PAGEDUMP``"""
    holds_all_memory: bool
    """False for kernel, automatic, active and small dumps"""
    expected_size: int | None
    """least size of a complete file, bytes"""
    header_size: int
    memory: int | None
    """RAM in the memory map, bytes; a little below the machine's memory, since firmware keeps some"""
    cpus: int | None
    bug_check: int | None
    bug_check_parameters: tuple[int, ...]
    crashed_at: datetime | None
    """the guest's clock, UTC"""
    build: int | None
    """the kernel's build, which is not always the one that winver shows"""
