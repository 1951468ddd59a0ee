"""The first line of a verdict: the one thing to know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.core.entry import GENESIS, Event, chain
from bot.core.events import Judged
from bot.core.verdict import Wanted, judge
from bot.messages.render import render
from tests.unit.core.things import GIB, NOW, REQUEST, dump_file, facts

SIZE = 4 * GIB + 8192


def first_line(event: Event) -> str:
    entry = chain(REQUEST, 1, GENESIS, key="verdict", at=NOW, actor="vmdump", event=event)
    return render(entry).text.split("\n")[0]


def judged(*, size: int = SIZE, days: int = 0, **changed: Any) -> Judged:
    wanted = Wanted(family="windows", memory_mib=4096, cpus=2, nmi_at=NOW, looked_before=False)
    told, file = facts(crashed_at=NOW - timedelta(days=days), **changed), dump_file(size=size)
    return Judged(file=file, facts=told, verdict=judge(told, file, wanted))


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (judged(), "*The dump is good.*"),
        (judged(size=SIZE - 1234), "*The dump is truncated: 1,234 bytes are missing.*"),
        (judged(days=27), "*The dump there is of the crash of 2026-02-02 09:30:00 UTC, not of this one.*"),
        (judged(days=27, size=SIZE - 1), "*The dump there is of the crash of 2026-02-02 09:30:00 UTC,"),
        (judged(cpus=3), "*The dump is not good.*"),
        (judged(cpus=None), "*The dump is not proved.*"),
    ],
)
def test_what_is_said_first(event: Judged, said: str) -> None:
    assert said in first_line(event)


def test_an_entry_of_an_older_version_is_said_as_it_was() -> None:
    """Else what was posted then would seem to be altered."""
    event = judged(size=SIZE - 1234)
    complete = tuple(check for check in event.verdict.complete if check.name != "whole")
    old = event.model_copy(update={"verdict": event.verdict.model_copy(update={"complete": complete})})
    assert "*The dump is not good.*" in first_line(old)
