"""Every story of the demo ends as it must, and leaves a clean log."""

from pathlib import Path

import pytest

from bot.demo.judging import faults, note
from bot.demo.stage import HOST, stage
from bot.demo.stories import STORIES
from tests.scenario.kit import kind_of, trouble

pytestmark = pytest.mark.slow

THREADS = {
    "denied": ("planned", "voted", "closed"),
    "expired": ("planned", "expired", "closed"),
    "rehearsal": ("planned", "voted", "prepared", "released", "rehearsed", "closed"),
    "nmi-ignored": ("planned", "voted", "prepared", "nmi-sent", "released", "no-crash", "closed"),
    "ssh-already-on": (
        "planned",
        "voted",
        "prepared",
        "nmi-sent",
        "released",
        "crash-seen",
        "dump-written",
        "rebooted",
        "judged",
        "closed",
    ),
}
TOUCHED = {
    "denied": [],
    "expired": [],
    "rehearsal": [("StartService", "TSM"), ("StartService", "TSM-SSH")],
    "nmi-ignored": [("StartService", "TSM"), ("StartService", "TSM-SSH")],
    "ssh-already-on": [("StartService", "TSM")],
}
"""the services that the bot starts; it stops the same ones, in the other order"""


@pytest.mark.parametrize("name", THREADS)
async def test_story(name: str, tmp_path: Path) -> None:
    story = STORIES[name]
    async with stage(tmp_path, expires=story.expires) as lab:
        await story.prepare(lab)
        before = note(lab)
        await lab.start_bot()
        await lab.ask(story.asks)
        await story.act(lab)
        record = await lab.closed()

        assert await faults(lab, story, before, record) == []
        assert await lab.stop_bot() == 0
        assert trouble(lab) == []
        messages = lab.messages()
        assert tuple(kind_of(message, record) for message in messages) == THREADS[name]
        services = [(e.call, e.argument) for e in lab.world.effects if e.call.endswith("Service")]
        assert services == TOUCHED[name] + [("StopService", id_) for _, id_ in reversed(TOUCHED[name])]
        told = lab.world.events.of_kind("GeneralUserEvent")
        assert [event.host and event.host.name for event in told] == ([HOST, HOST] if services else [])


def test_no_story_is_left_out() -> None:
    assert {*THREADS, "windows-ssh"} == STORIES.keys()
