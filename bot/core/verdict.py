"""Whether the file is a valid dump, complete, and of this machine and this crash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.dump_facts import DumpFacts
from bot.core.signs import GuestFile
from bot.core.value import Value

NMI_HARDWARE_FAILURE = 0x80
NMI_PARAMETER = 0x4F4454
"""first bug check parameter when Windows stops for an NMI"""
MIB = 1 << 20
PAGE = 4096
CLOCKS_MAY_DIFFER = timedelta(minutes=5)
"""The dump carries the guest's clock, the NMI the bot's; guests drift, an older crash is days away."""
FIRMWARE_SHARE = 0.05
"""RAM that firmware and devices keep out of the dump's memory map; no exact figure is published [unknown]."""
CRASH_KERNEL = 512 * MIB
"""the most that Linux keeps for its crash kernel as distributions set it up; no dump holds that part"""
DEVICES = 1024 * MIB
"""address space below 4 GiB that is no RAM: what lies above ends so much higher [unconfirmed for VMware]"""
ALL_MEMORY = "a dump of all memory"
NO_NAMES = frozenset({"(none)", "localhost"})
"""host names of a kernel that nobody named"""


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Check(Value):
    """One comparison, with both sides."""

    name: str
    """``type``, ``size``, ``whole``, ``kind``, ``memory``, ``cpus``, ``bug-check``, ``panic``,
    ``crash-time``, ``newer``, ``os-release`` or ``host-name``"""
    answer: Answer
    expected: str
    found: str


class Verdict(Value):
    """Three answers, each the sum of its checks."""

    valid: tuple[Check, ...]
    complete: tuple[Check, ...]
    ours: tuple[Check, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        return (*self.valid, *self.complete, *self.ours)

    @property
    def proved(self) -> bool:
        return all(c.answer is Answer.YES for c in self.checks)

    @property
    def disproved(self) -> tuple[Check, ...]:
        return tuple(c for c in self.checks if c.answer is Answer.NO)

    @property
    def old(self) -> bool:
        """Whether the file is what an earlier crash left."""
        return any(c.name in {"crash-time", "newer"} for c in self.disproved)


class Wanted(Value):
    """The machine and the crash that the dump must be of."""

    family: str
    """``windows``, ``linux`` or another"""
    memory_mib: int
    cpus: int
    nmi_at: datetime
    all_memory: bool = True
    """False where the guest was known to leave pages out, as in a kernel dump"""
    os_release: str | None = None
    """the guest's last known ``uname -r``; None where nobody asked"""
    host_name: str | None = None
    """as the guest's Tools tell it"""
    panic: str | None = None
    """the kernel's line on why it stopped, from its log; None where there is none"""
    looked_before: bool = True
    """whether it is known what was there before the NMI"""
    before: GuestFile | None = None
    """the newest dump then; None if there was none, or nobody knows"""


def sum_of(checks: tuple[Check, ...]) -> Answer:
    """No if any says no, else unknown if any is unknown."""
    answers = {c.answer for c in checks}
    return next((a for a in (Answer.NO, Answer.UNKNOWN) if a in answers), Answer.YES)


def judge(facts: DumpFacts, file: GuestFile, wanted: Wanted) -> Verdict:
    """Compares the file with the machine and the moment. Its name says nothing."""
    newer = is_newer(file, wanted)
    return Verdict(
        valid=(_type(facts, wanted.family),),
        complete=(_size(facts, file), _whole(facts), _kind(facts, all_memory=wanted.all_memory)),
        ours=(
            _memory(facts, wanted),
            _cpus(facts, wanted.cpus),
            *_reason(facts, wanted),
            _crash_time(facts, wanted.nmi_at, newer),
            *_newer(file, wanted.before, newer),
            *_names(facts, wanted),
        ),
    )


def is_of(facts: DumpFacts, file: GuestFile, wanted: Wanted) -> bool:
    """Whether the dump is of a crash since the NMI; its clock must say so too."""
    return (
        facts.crashed_at is not None
        and facts.crashed_at >= wanted.nmi_at - CLOCKS_MAY_DIFFER
        and is_newer(file, wanted) is not Answer.NO
    )


def is_newer(file: GuestFile, wanted: Wanted) -> Answer:
    """Whether the file came to be after the NMI, by the guest's own clock before and after."""
    if not wanted.looked_before:
        return Answer.UNKNOWN
    before = wanted.before
    if before is None or file.modified_at > before.modified_at:
        return Answer.YES
    # Of an earlier time than the one before it: an older file came to light, or the clock was put back.
    return Answer.NO if file == before else Answer.UNKNOWN


def _check(name: str, answer: Answer, expected: str, found: str) -> Check:
    return Check(name=name, answer=answer, expected=expected, found=found)


def _is(name: str, expected: str, found: str, *, ok: bool) -> Check:
    return _check(name, Answer.YES if ok else Answer.NO, expected, found)


def _unset(name: str, expected: str) -> Check:
    return _check(name, Answer.UNKNOWN, expected, "unset in the header")


def _type(facts: DumpFacts, family: str) -> Check:
    windows = facts.format.startswith("windows")
    ok = family not in {"windows", "linux"} or windows == (family == "windows")
    expected = {"windows": "a dump of Windows", "linux": "a dump of Linux"}.get(family, "a dump")
    return _is("type", expected, f"{facts.kind} ({facts.format})", ok=ok)


def _size(facts: DumpFacts, file: GuestFile) -> Check:
    if facts.expected_size is None:
        return _check("size", Answer.UNKNOWN, "unset in the header", f"{file.size:,}")
    # Secondary data may follow the pages: larger is fine, smaller is cut off.
    return _is("size", f"{facts.expected_size:,}", f"{file.size:,}", ok=file.size >= facts.expected_size)


def _whole(facts: DumpFacts) -> Check:
    """What else its own bytes say; the size has a check of its own."""
    findings = [f for f in facts.findings if f.code not in {"truncated", "no-size"}]
    for weight, answer in (("flaw", Answer.NO), ("doubt", Answer.UNKNOWN)):
        texts = [f.text for f in findings if f.weight == weight]
        if texts:
            return _check("whole", answer, "nothing missing", "; ".join(texts))
    return _check("whole", Answer.YES, "nothing missing", "nothing missing")


def _kind(facts: DumpFacts, *, all_memory: bool) -> Check:
    holds = facts.holds_all_memory
    if not all_memory and not holds:
        holds = None if facts.pages is None else facts.pages > 0
    expected = ALL_MEMORY if all_memory else "a dump of the kernel's memory at least"
    found = facts.kind
    if facts.pages is not None and facts.memory:
        found += f", {facts.pages * PAGE / facts.memory:.0%} of RAM"
    if holds is None:
        return _check("kind", Answer.UNKNOWN, expected, found)
    return _is("kind", expected, found, ok=holds)


def _memory(facts: DumpFacts, wanted: Wanted) -> Check:
    expected = f"{wanted.memory_mib:,} MiB"
    machine = wanted.memory_mib * MIB
    least = machine * (1 - FIRMWARE_SHARE) - (CRASH_KERNEL if wanted.family == "linux" else 0)
    if facts.memory is not None:
        ok = least <= facts.memory <= machine
        return _is("memory", expected, f"{facts.memory / MIB:,.0f} MiB", ok=ok)
    if facts.memory_end is None:
        return _unset("memory", expected)
    ok = least <= facts.memory_end <= machine + DEVICES
    return _is("memory", expected, f"up to {facts.memory_end / MIB:,.0f} MiB", ok=ok)


def _cpus(facts: DumpFacts, cpus: int) -> Check:
    if facts.cpus is None:
        return _unset("cpus", str(cpus))
    return _is("cpus", str(cpus), str(facts.cpus), ok=facts.cpus == cpus)


def _reason(facts: DumpFacts, wanted: Wanted) -> Iterator[Check]:
    if wanted.family == "windows":
        yield _bug_check(facts)
    elif wanted.panic is not None:
        yield _is("panic", "a panic for an NMI", wanted.panic, ok="NMI" in wanted.panic)


def _bug_check(facts: DumpFacts) -> Check:
    if facts.bug_check is None:
        return _unset("bug-check", f"0x{NMI_HARDWARE_FAILURE:x}")
    first = facts.bug_check_parameters[0] if facts.bug_check_parameters else None
    found = f"0x{facts.bug_check:x}" + ("" if first is None else f" (0x{first:x})")
    ok = facts.bug_check == NMI_HARDWARE_FAILURE and first == NMI_PARAMETER
    return _is("bug-check", f"0x{NMI_HARDWARE_FAILURE:x} (0x{NMI_PARAMETER:x})", found, ok=ok)


def _crash_time(facts: DumpFacts, nmi_at: datetime, newer: Answer) -> Check:
    expected = f"{nmi_at:%H:%M:%S} UTC"
    if facts.crashed_at is None:
        return _unset("crash-time", expected)
    # A file that was not there before is of this crash with a clock that errs, or was put there by somebody.
    earlier = Answer.UNKNOWN if newer is Answer.YES else Answer.NO
    answer = Answer.YES if facts.crashed_at >= nmi_at - CLOCKS_MAY_DIFFER else earlier
    return _check("crash-time", answer, expected, f"{facts.crashed_at:%Y-%m-%d %H:%M:%S} UTC")


def _newer(file: GuestFile, before: GuestFile | None, newer: Answer) -> Iterator[Check]:
    if before is not None:
        expected = f"{before.modified_at:%Y-%m-%d %H:%M:%S} UTC"
        yield _check("newer", newer, expected, f"{file.modified_at:%Y-%m-%d %H:%M:%S} UTC")


def _names(facts: DumpFacts, wanted: Wanted) -> Iterator[Check]:
    """What is known on both sides; a crash folder may be shared by several machines."""
    if wanted.os_release is not None and facts.os_release is not None:
        same = facts.os_release == wanted.os_release
        yield _is("os-release", wanted.os_release, facts.os_release, ok=same)
    if wanted.host_name and facts.host_name is not None and facts.host_name not in NO_NAMES:
        same = _first_label(facts.host_name) == _first_label(wanted.host_name)
        yield _is("host-name", wanted.host_name, facts.host_name, ok=same)


def _first_label(name: str) -> str:
    return name.partition(".")[0].lower()
