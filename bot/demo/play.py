"""Plays one story from its beginning to its end."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from bot.demo.judging import faults, note
from bot.demo.stage import BotEnded, Stage, stage
from bot.demo.stories import Story
from bot.demo.telling import Teller

LONGEST = 90.0
"""seconds; a story takes about ten"""
PARTS = {
    "approval_to_nmi": "approval to NMI",
    "ssh_open": "SSH open",
    "dump": "dump",
    "reboot": "reboot",
}


async def play(story: Story, keep: Path | None) -> int:
    """0 if the story ended as it must. Writes only below ``keep``, or a temporary folder that it names."""
    try:
        folder = _folder(keep)
    except OSError as error:
        print(f"vmdump demo: nothing can be written below {keep}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"vmdump demo: {story.name}: {story.summary}\nEverything is written below {folder}\n")
    wrong: list[str] = []
    try:
        async with asyncio.timeout(LONGEST), stage(folder, expires=story.expires) as made:
            wrong = await _play(story, made)
    except* BotEnded as ended:
        wrong = [str(error) for error in ended.exceptions]
    except* TimeoutError:
        wrong = [f"the story did not end within {LONGEST:.0f} s"]
    for fault in wrong:
        print(f"NOT WELL  {fault}", file=sys.stderr)
    if wrong:
        _print_log(folder / "bot.log")
        return 1
    print("This story ended as it must: NMIs counted, host as before, journal verified.")
    return 0


async def _play(story: Story, made: Stage) -> list[str]:
    await story.prepare(made)
    before = note(made)
    teller = Teller(made.slack.workspace, ansi=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    with made.slack.workspace.changes() as changes:
        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(teller.tell(changes))
            await made.start_bot()
            print("#inc-42")
            teller.typed("alice", f"/vmdump {story.asks}")
            await made.ask(story.asks)
            await story.act(made)
            record = await made.closed()
            wrong = await faults(made, story, before, record)
            stopped = await made.stop_bot()
            telling.cancel()
    if stopped != 0:
        wrong.append("the bot did not stop when it was told to")
    _sum_up(made, record)
    return wrong


def _sum_up(made: Stage, record: dict[str, Any]) -> None:
    request = record["request"]
    took = next(e["data"]["durations"] for e in record["entries"] if e["kind"] == "closed")
    print(f"\nOutcome   {request['outcome']}")
    for key, name in PARTS.items():
        if took[key] is not None:
            print(f"          {name} {took[key]:.1f} s")
    for ending in ("md", "json"):
        print(f"Record    {made.folder / 'records' / request['id']}.{ending}")


def _folder(keep: Path | None) -> Path:
    """A new folder, which stays: the record in it is what the story was for."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="vmdump-demo-", dir=None if keep is None else keep.resolve()))


def _print_log(path: Path) -> None:
    if path.exists():
        print(f"\nThe bot's log:\n{path.read_text(errors='replace')}", file=sys.stderr)
