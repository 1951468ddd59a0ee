"""What is said of a dump: the facts in it, and whether it is complete, each with the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Weight(StrEnum):
    """What a finding does to the answer whether the dump is complete."""

    FLAW = "flaw"
    """something is missing"""
    DOUBT = "doubt"
    """cannot be told from what was read"""
    NOTE = "note"
    """good to know"""


@dataclass(frozen=True)
class Finding:
    code: str
    """stable; docs/dumps.md lists them"""
    weight: Weight
    text: str


def flaw(code: str, text: str) -> Finding:
    return Finding(code, Weight.FLAW, text)


def doubt(code: str, text: str) -> Finding:
    return Finding(code, Weight.DOUBT, text)


def note(code: str, text: str) -> Finding:
    return Finding(code, Weight.NOTE, text)


def unread(what: str) -> Finding:
    return doubt("unread", f"{what} could not be read here, so nothing tells whether the rest is there")


def size_findings(size: int, expected: int) -> tuple[Finding, ...]:
    """``expected`` is the least size of a complete file, bytes."""
    if size >= expected:
        return ()
    text = f"{size:,} bytes of at least {expected:,}, {expected - size:,} are missing"
    return (flaw("truncated", text),)


@dataclass(frozen=True)
class Inspection:
    """None stands for what the dump does not say, or what could not be read."""

    format: str
    """``windows64``, ``windows32``, ``kdump``, ``elf``, ``flattened-kdump``, ``flattened-elf``; ``flattened``
    where the dump in it is not at hand"""
    kind: str
    """in words, such as ``complete memory dump``"""
    size: int
    """bytes"""
    findings: tuple[Finding, ...]
    expected_size: int | None = None
    """least size of a complete file, bytes"""
    holds_all_memory: bool | None = None
    """False where the writer left pages out by its settings"""
    memory: int | None = None
    """bytes of RAM in the dump's memory map"""
    memory_end: int | None = None
    """where the highest page of RAM ends, bytes: all that a format without a memory map tells"""
    pages: int | None = None
    """pages of memory that a complete file holds"""
    cpus: int | None = None
    crash_time: datetime | None = None
    """the guest's clock, UTC"""
    bug_check: int | None = None
    bug_check_parameters: tuple[int, ...] = ()
    os_release: str | None = None
    """``uname -r``; for Windows the kernel's build, which is not always the one that winver shows"""
    host_name: str | None = None

    @property
    def missing(self) -> int | None:
        """Bytes, at least; None where nothing tells."""
        short = 0 if self.expected_size is None else max(0, self.expected_size - self.size)
        return short if short or self.complete else None

    @property
    def complete(self) -> bool | None:
        """True only where nothing is missing, nothing is in doubt, and the size was compared."""
        weights = {finding.weight for finding in self.findings}
        if Weight.FLAW in weights:
            return False
        if self.expected_size is None or Weight.DOUBT in weights:
            return None
        return self.size >= self.expected_size


def cut_off(form: str, size: int, least: int) -> Inspection:
    """A file that ends in its own header, which takes ``least`` bytes."""
    return Inspection(form, "cut off in its header", size, size_findings(size, least), least)


def not_read(form: str, size: int) -> Inspection:
    return Inspection(form, "not told, since its header could not be read", size, (unread("its header"),))
