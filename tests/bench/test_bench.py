"""The benchmark runs and says something; how fast anything is, is no test's business."""

from pathlib import Path

import pytest

from tests.bench.__main__ import report
from tests.bench.rounds import measure

pytestmark = pytest.mark.slow


async def test_one_round(tmp_path: Path) -> None:
    (measured,) = await measure(tmp_path, 1)
    for run in (measured.bot, measured.script):
        assert run.seconds > 0
        assert sum(run.parts.values()) == pytest.approx(run.seconds)
        assert run.calls["/sbin/vmdumper 3199732 nmi"] == 1
    assert [effect[0] for effect in measured.bot.effects] == [
        "LogUserEvent",
        "LogUserEvent",
        "StartService",
        "StartService",
        "vmdumper nmi",
    ]
    assert measured.script.effects == measured.bot.effects
    assert measured.script.calls == measured.bot.calls
    assert measured.script.parts.keys() < measured.bot.parts.keys()
    assert f"median {measured.ratio:.2f}" in report([measured])
