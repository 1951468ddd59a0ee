"""Whether the file is a valid dump, complete, and of this machine and this crash."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.dump_facts import DumpFacts
from bot.core.signs import GuestFile
from bot.core.value import Value

NMI_HARDWARE_FAILURE = 0x80
NMI_PARAMETER = 0x4F4454
"""first bug check parameter when Windows stops for an NMI"""
MIB = 1 << 20
CLOCKS_MAY_DIFFER = timedelta(minutes=2)
"""The dump carries the guest's clock, the NMI the bot's; guests drift, an older crash is days away."""
FIRMWARE_SHARE = 0.05
"""RAM that firmware and devices keep out of the dump's memory map; no exact figure is published [unknown]."""


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Check(Value):
    """One comparison, with both sides."""

    name: str
    """``type``, ``size``, ``kind``, ``memory``, ``cpus``, ``bug-check``, ``crash-time`` or ``newer``"""
    answer: Answer
    expected: str
    found: str


class Verdict(Value):
    """Three answers, each the sum of its checks."""

    valid: tuple[Check, ...]
    complete: tuple[Check, ...]
    ours: tuple[Check, ...]

    @property
    def proved(self) -> bool:
        return all(c.answer is Answer.YES for c in (*self.valid, *self.complete, *self.ours))

    @property
    def disproved(self) -> tuple[Check, ...]:
        return tuple(c for c in (*self.valid, *self.complete, *self.ours) if c.answer is Answer.NO)


def sum_of(checks: tuple[Check, ...]) -> Answer:
    """No if any says no, else unknown if any is unknown."""
    answers = {c.answer for c in checks}
    return next((a for a in (Answer.NO, Answer.UNKNOWN) if a in answers), Answer.YES)


def judge(
    facts: DumpFacts,
    file: GuestFile,
    *,
    memory_mib: int,
    cpus: int,
    nmi_at: datetime,
    before: GuestFile | None,
) -> Verdict:
    """Compares the file with the machine and the moment; ``before`` is what was there before the NMI."""
    return Verdict(
        valid=(_is("type", "a Windows crash dump", f"{facts.format} ({facts.signature})", ok=True),),
        complete=(_size(facts, file), *_all_memory(facts)),
        ours=(
            _memory(facts, memory_mib),
            _cpus(facts, cpus),
            _bug_check(facts),
            _crash_time(facts, nmi_at),
            *_newer(file, before),
        ),
    )


def _is(name: str, expected: str, found: str, *, ok: bool) -> Check:
    return Check(name=name, answer=Answer.YES if ok else Answer.NO, expected=expected, found=found)


def _unset(name: str, expected: str) -> Check:
    return Check(name=name, answer=Answer.UNKNOWN, expected=expected, found="unset in the header")


def _size(facts: DumpFacts, file: GuestFile) -> Check:
    if facts.expected_size is None:
        return Check(
            name="size", answer=Answer.UNKNOWN, expected="unset in the header", found=f"{file.size:,}"
        )
    # Secondary data may follow the pages: larger is fine, smaller is cut off.
    return _is("size", f"{facts.expected_size:,}", f"{file.size:,}", ok=file.size >= facts.expected_size)


def _all_memory(facts: DumpFacts) -> tuple[Check, ...]:
    return (_is("kind", "a dump of all memory", facts.format, ok=facts.holds_all_memory),)


def _memory(facts: DumpFacts, memory_mib: int) -> Check:
    expected = f"{memory_mib:,} MiB"
    if facts.memory is None:
        return _unset("memory", expected)
    machine = memory_mib * MIB
    ok = machine * (1 - FIRMWARE_SHARE) <= facts.memory <= machine
    return _is("memory", expected, f"{facts.memory / MIB:,.0f} MiB", ok=ok)


def _cpus(facts: DumpFacts, cpus: int) -> Check:
    if facts.cpus is None:
        return _unset("cpus", str(cpus))
    return _is("cpus", str(cpus), str(facts.cpus), ok=facts.cpus == cpus)


def _bug_check(facts: DumpFacts) -> Check:
    if facts.bug_check is None:
        return _unset("bug-check", f"0x{NMI_HARDWARE_FAILURE:x}")
    first = facts.bug_check_parameters[0] if facts.bug_check_parameters else None
    found = f"0x{facts.bug_check:x}" + ("" if first is None else f" (0x{first:x})")
    ok = facts.bug_check == NMI_HARDWARE_FAILURE and first == NMI_PARAMETER
    return _is("bug-check", f"0x{NMI_HARDWARE_FAILURE:x} (0x{NMI_PARAMETER:x})", found, ok=ok)


def _crash_time(facts: DumpFacts, nmi_at: datetime) -> Check:
    expected = f"{nmi_at:%H:%M:%S} UTC"
    if facts.crashed_at is None:
        return _unset("crash-time", expected)
    ok = facts.crashed_at >= nmi_at - CLOCKS_MAY_DIFFER
    return _is("crash-time", expected, f"{facts.crashed_at:%Y-%m-%d %H:%M:%S} UTC", ok=ok)


def _newer(file: GuestFile, before: GuestFile | None) -> tuple[Check, ...]:
    if before is None:
        return ()
    return (
        _is(
            "newer",
            f"{before.modified_at:%Y-%m-%d %H:%M:%S} UTC",
            f"{file.modified_at:%Y-%m-%d %H:%M:%S} UTC",
            ok=file.modified_at > before.modified_at,
        ),
    )
