"""What a simulated Windows does with the settings of its memory dumps that were in force at its start."""

import re

from bot.lab.registry import CRASH_CONTROL, MEMORY_MANAGEMENT, Registry, Value

_COMPLETE = 1
_BEYOND_MEMORY_MB = 1


def writes_dump(registry: Registry, memory_mb: int) -> bool:
    """Whether a crash leaves a dump: not without `CrashDumpEnabled`, and a complete one needs a page file.

    Of whatever kind it is to be, the lab writes a complete one.
    """
    kind = registry.value(CRASH_CONTROL, "CrashDumpEnabled")
    if kind is None or kind.data == 0:
        return False
    if kind.data != _COMPLETE or registry.value(CRASH_CONTROL, "DedicatedDumpFile"):
        return True
    largest = _page_file_mb(registry.value(MEMORY_MANAGEMENT, "PagingFiles"))
    return largest is None or largest >= memory_mb + _BEYOND_MEMORY_MB


def dump_path_of(registry: Registry, otherwise: str) -> str:
    """`DumpFile`, with the one variable that there is."""
    value = registry.value(CRASH_CONTROL, "DumpFile")
    return otherwise if value is None else expanded(str(value.data))


def expanded(text: str) -> str:
    """Text with the value of %SystemRoot%."""
    return re.sub("%SystemRoot%", lambda _: r"C:\Windows", text, flags=re.IGNORECASE)


def _page_file_mb(value: Value | None) -> int | None:
    """The most that the page file of the boot volume may grow to; None: as the system likes."""
    for line in value.data if value is not None and isinstance(value.data, tuple) else ():
        found = re.fullmatch(r"[cC?]:\\pagefile\.sys(?: (\d+) (\d+))?", line)
        if found:
            return int(found[2] or 0) or None
    return 0
