"""``vmdump inspect``: judges any dump at hand by its bytes, without a configuration."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.dumps import DumpFormatError, Finding, Inspection, Read, Weight, inspect

NO_DUMP = 2
KEYS = (
    "file",
    "format",
    "kind",
    "complete",
    "size",
    "expected_size",
    "missing",
    "crash_time",
    "bug_check",
    "bug_check_parameters",
    "os_release",
    "host_name",
    "cpus",
    "memory",
    "memory_end",
    "pages",
    "holds_all_memory",
    "findings",
)
"""of the JSON; programs rely on them"""
_ANSWERS = {True: "yes", False: "no", None: "cannot be told"}
_SIGNS = {Weight.FLAW: "✗", Weight.DOUBT: "?", Weight.NOTE: "-"}


def inspect_file(path: Path, *, as_json: bool) -> int:
    """The exit status: 0 complete, 1 not complete or not to be told, 2 no dump, or unreadable."""
    try:
        with _opened(path) as (read, size):
            found = inspect(read, size)
    except (DumpFormatError, OSError) as error:
        reason = error.reason if isinstance(error, DumpFormatError) else error.strerror or str(error)
        if as_json:
            print(_json(path, None, (Finding("no-dump", Weight.FLAW, reason),)))
        else:
            print(f"vmdump inspect: {path} is no dump that can be judged: {reason}", file=sys.stderr)
        return NO_DUMP
    print(_json(path, found, found.findings) if as_json else _table(found))
    return 0 if found.complete else 1


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Read, int]]:
    # A pipe without a writer would not be opened before there is one.
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        # A disk has a length too, which fstat does not tell.
        yield lambda offset, length: os.pread(file, length, offset), os.lseek(file, 0, os.SEEK_END)
    finally:
        os.close(file)


def _json(path: Path, found: Inspection | None, findings: tuple[Finding, ...]) -> str:
    """Always the same keys; null for what is not known."""
    values: dict[str, Any] = {"complete": False}
    if found is not None:
        values = asdict(found) | {"complete": found.complete, "missing": found.missing}
        values["crash_time"] = None if found.crash_time is None else found.crash_time.isoformat()
        # Programs that hold numbers as doubles would round the parameters.
        values["bug_check"] = None if found.bug_check is None else hex(found.bug_check)
        values["bug_check_parameters"] = [hex(value) for value in found.bug_check_parameters]
    values |= {"file": str(path), "findings": [asdict(finding) for finding in findings]}
    return json.dumps({key: values.get(key) for key in KEYS}, indent=2)


def _table(found: Inspection) -> str:
    rows = [(name, value) for name, value in _rows(found) if value is not None]
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows]
    return "\n".join((*lines, *(f"{_SIGNS[f.weight]} {f.code}: {f.text}" for f in found.findings)))


def _rows(found: Inspection) -> Iterator[tuple[str, str | None]]:
    yield "format", f"{found.format} ({found.kind})"
    yield "complete", _ANSWERS[found.complete]
    yield "size", _number(found.size, " bytes")
    yield "expected size", _number(found.expected_size, " bytes at least")
    yield "missing", _number(found.missing or None, " bytes at least")
    yield "crash time", None if found.crash_time is None else f"{found.crash_time:%Y-%m-%d %H:%M:%S} UTC"
    yield "bug check", _bug_check(found)
    yield "OS release", found.os_release
    yield "host name", found.host_name
    yield "CPUs", _number(found.cpus)
    yield "memory", _number(found.memory, " bytes in its memory map")
    yield "memory end", _number(found.memory_end, " bytes, where the highest page ends")
    yield "pages", _number(found.pages)


def _number(value: int | None, unit: str = "") -> str | None:
    return None if value is None else f"{value:,}{unit}"


def _bug_check(found: Inspection) -> str | None:
    if found.bug_check is None:
        return None
    parameters = ", ".join(hex(value) for value in found.bug_check_parameters)
    return f"{found.bug_check:#x} ({parameters or 'parameters unset'})"
