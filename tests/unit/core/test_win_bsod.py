"""What Windows leaves in ``vmware.log``, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.win_bsod import NMI_HARDWARE_FAILURE, read_bug_check
from tests.unit.core.things import BSOD


def test_a_bug_check_with_its_parameters_and_its_lines() -> None:
    found = read_bug_check(f"2026-03-01T09:34:12.001Z vmx - something else\n{BSOD}")
    assert found is not None
    assert (found.code, found.parameters) == (NMI_HARDWARE_FAILURE, (0x4F4454, 0, 0, 0))
    assert "\n".join(found.lines) == BSOD.strip()


@pytest.mark.parametrize(
    "begin",
    [
        "2026-03-01T09:34:12.001Z vcpu-0 - ",
        "2026-03-01T09:34:12.001Z In(05) vcpu-11 - ",
        "2026-03-01T09:34:12.001Z| vcpu-3| I125: ",
    ],
)
def test_lines_begin_as_the_release_of_the_host_has_it(begin: str) -> None:
    found = read_bug_check(f"{begin}WinBSOD: Synthetic MSR[0x40000100] 0x80\r\n")
    assert found is not None
    assert (found.code, found.parameters) == (0x80, ())


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-01T09:34:12.001Z vmx - Guest: vcpu-0 - WinBSOD: Synthetic MSR[0x40000100] 0x80",
        "2026-03-01T09:34:12.001Z vmx - WinBSOD: Synthetic MSR[0x40000100] 0x80",
        "2026-03-01T09:34:12.001Z vcpu-0 - Guest: WinBSOD: Synthetic MSR[0x40000100] 0x80",
        "2026-03-01T09:34:12.001Z vcpu-0 - WinBSOD: Synthetic MSR[0x40000101] 0x4f4454",
        "2026-03-01T09:34:12.001Z vcpu-0 - WinBSOD: Synthetic MSR[0x40000100] 0x80 or so",
        "WinBSOD: Synthetic MSR[0x40000100] 0x80",
    ],
)
def test_what_a_guest_can_have_logged_is_no_bug_check(line: str) -> None:
    assert read_bug_check(line) is None


def test_of_two_crashes_the_first_counts() -> None:
    found = read_bug_check(BSOD + BSOD.replace("0x80", "0xef"))
    assert found is not None
    assert (found.code, len(found.lines)) == (0x80, 5)


@given(st.text(alphabet=st.sampled_from("WinBSOD: vcpu-0 - []x0148\n"), max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    read_bug_check(text)
