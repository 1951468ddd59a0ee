import asyncio
import math

import pytest

from bot.slack.pace import Pace


class Stopwatch:
    """The loop's time, which passes only while somebody waits for the pace."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.waits: list[float] = []
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now, raising=False)
        monkeypatch.setattr("bot.slack.pace.asyncio.sleep", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))


async def test_a_burst_and_then_one_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Stopwatch(monkeypatch)
    pace = Pace(burst=3)
    for _ in range(5):
        await pace.turn("C1")
    await pace.turn("C2")
    assert watch.waits == [1, 2]


async def test_quiet_time_gives_the_burst_back(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Stopwatch(monkeypatch)
    pace = Pace(burst=3)
    for _ in range(3):
        await pace.turn("C1")
    watch.now += 60
    for _ in range(3):
        await pace.turn("C1")
    assert watch.waits == []


async def test_slack_may_ask_for_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Stopwatch(monkeypatch)
    pace = Pace(per_second=math.inf)
    pace.hold("C1", 7)
    await pace.turn("C1")
    await pace.turn("C2")
    assert watch.waits == [7]
