"""The tail of a crashed kernel's log: bounded, printable, with the panic in it."""

from __future__ import annotations

from bot.core.kernel_log import LINES, LONGEST, kernel_log

PANIC = "[  99.1] Kernel panic - not syncing: NMI: Not continuing"


def test_the_last_lines_are_kept_and_the_panic_found() -> None:
    text = f"broken line\n[ 1.0] one\n\n{PANIC}\n[ 99.2] Call Trace:\n"
    log = kernel_log("/x", text.encode(), cut=True)
    assert (log.path, log.lines, log.panic) == ("/x", ("[ 1.0] one", PANIC, "[ 99.2] Call Trace:"), PANIC)
    assert kernel_log("/x", text.encode(), cut=False).lines[0] == "broken line"


def test_of_a_long_one_the_panic_and_what_led_to_it_are_kept() -> None:
    before, after = [f"before {n}" for n in range(50)], [f"after {n}" for n in range(50)]
    log = kernel_log("/x", "\n".join((*before, PANIC, *after)).encode(), cut=False)
    assert len(log.lines) == LINES
    assert log.lines[:4] == ("before 48", "before 49", PANIC, "after 0")


def test_without_a_panic_the_last_lines_are_kept() -> None:
    log = kernel_log("/x", "\n".join(f"line {n}" for n in range(50)).encode(), cut=False)
    assert (len(log.lines), log.lines[-1], log.panic) == (LINES, "line 49", None)


def test_the_last_of_several_panics_counts() -> None:
    text = f"Kernel panic - not syncing: first\n{PANIC}\n"
    assert kernel_log("/x", text.encode(), cut=False).panic == PANIC


def test_whatever_is_in_it_is_harmless() -> None:
    log = kernel_log("/x", b"\x1b[31mred\x00\xff\xfe end\n" + b"x" * 9999, cut=False)
    assert all(line.isprintable() and len(line) <= LONGEST for line in log.lines)
    assert log.panic is None
    assert kernel_log("/x", b"", cut=False).lines == ()
    assert kernel_log("/x", b"one line without an end", cut=True).lines == ()
