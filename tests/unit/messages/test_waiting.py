"""What people read while a guest is waited for, and when nobody waits any more."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.entry import GENESIS, Event, chain
from bot.core.events import CrashSeen, DumpCut, DumpProgress, NotBack
from bot.core.win_bsod import read_bug_check
from bot.messages.render import render
from tests.unit.core.things import BSOD, NOW, REQUEST, signs


def words(event: Event) -> str:
    return render(chain(REQUEST, 1, GENESIS, key="k", at=NOW, actor="vmdump", event=event)).text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "70 s since the crash; expected back after 2 min 20 s to 7 min 43 s (assumed)."),
        ({"after_seconds": 500}, "8 min 20 s since the crash, longer than the 7 min 43 s that were assumed."),
        ({"rate": 88_000_000, "written": 3 << 30}, "written at 88 MB/s. About 3.00 GiB so far, computed"),
        ({"rate": 40_000, "written": 3 << 30}, "Its disks are nearly quiet (40 kB/s)."),
    ],
)
def test_progress(changed: dict[str, Any], said: str) -> None:
    values = {"after_seconds": 70, "expected_seconds": (140, 463), "rate": None, "written": None}
    assert said in words(DumpProgress(**{**values, "picture": None, **changed}))


def test_a_quiet_disk_is_not_said_to_have_got_so_much() -> None:
    event = DumpProgress(
        after_seconds=70, expected_seconds=(140, 463), rate=40_000, written=3 << 30, picture=None
    )
    assert "so far" not in words(event)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rate": 88_000_000}, "leave it alone until the disks are quiet"),
        ({"rate": 0}, "it may need a manual reset"),
        ({"rate": None}, "it may need a manual reset"),
        ({"rate": 88_000_000, "power": "poweredOff"}, "Switch it on and look for the dump"),
        ({"power": "suspended"}, "Resume it"),
        ({"signs": signs(kernel_crashed=True)}, "poweredOn, kernel crashed."),
    ],
)
def test_the_end_of_the_wait_says_what_to_do(changed: dict[str, Any], said: str) -> None:
    values = {"vm": "DumpTest", "waited_seconds": 2040, "heartbeat": "red", "last": "crash seen"}
    assert said in words(NotBack(**{**values, **changed}))


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (None, "it is probably cut short."),
        (88_000_000, "written at 88 MB/s when last read."),
        (0, "it may have been written by then."),
    ],
)
def test_a_dump_that_was_cut(rate: int | None, said: str) -> None:
    assert words(DumpCut(after_seconds=14, by="ha-reset", rate=rate)).endswith(said)


@pytest.mark.parametrize(("code", "said"), [("0x80", "as an NMI gives"), ("0xef", "*not* that of an NMI")])
def test_a_bug_check_that_is_not_an_nmis_is_told_apart(code: str, said: str) -> None:
    found = read_bug_check(BSOD.replace("0x80", code))
    event = CrashSeen(
        vm="DumpTest", after_seconds=1, witnesses=("vmware-log",), picture=None, bug_check=found
    )
    assert said in words(event)
