"""Plays one story from its beginning to its end."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from bot.demo.judging import Record, faults, log_faults, note
from bot.demo.stage import BotEnded, Stage, stage
from bot.demo.story import Story
from bot.demo.telling import Teller
from bot.demo.worlds import QEMU, SIMULATED
from bot.lab.qemu.error import RealGuestError

LONGEST = {SIMULATED: 180.0, QEMU: 600.0}
"""seconds; a story takes about ten, in a real guest a minute, and longer where several are played at once"""
PARTS = {
    "approval_to_nmi": "approval to NMI",
    "ssh_open": "SSH open",
    "dump": "dump",
    "reboot": "reboot",
}


async def play(story: Story, keep: Path | None, *, http: bool = False) -> int:
    """0 if the story ended as it must. Writes only below ``keep``, or a temporary folder that it names."""
    try:
        folder = _folder(keep)
    except OSError as error:
        print(f"vmdump demo: nothing can be written below {keep}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"vmdump demo: {story.name}: {story.summary}\nEverything is written below {folder}\n")
    wrong: list[str] = []
    try:
        async with (
            asyncio.timeout(LONGEST[story.guest]),
            stage(folder, world=story.world, guest=story.guest, http=http) as made,
        ):
            wrong = await _play(story, made)
    except* (BotEnded, RealGuestError) as ended:
        wrong = [str(error) for error in ended.exceptions]
    except* TimeoutError:
        wrong = [f"the story did not end within {LONGEST[story.guest]:.0f} s"]
    for fault in wrong:
        print(f"NOT WELL  {fault}", file=sys.stderr)
    if wrong:
        _print_log(folder / "bot.log")
        return 1
    print("This story ended as it must: NMIs counted, everything put back, journal verified.")
    return 0


async def _play(story: Story, made: Stage) -> list[str]:
    workspace = made.slack.workspace
    ansi = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    teller = Teller(workspace, workspace.channel(story.channel).id, ansi)
    made.narrate = teller.narrate
    with workspace.changes() as changes:
        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(teller.tell(changes))
            print(f"#{story.channel}")
            records, wrong = await perform(story, made)
            telling.cancel()
    _sum_up(made, records)
    return wrong


async def perform(story: Story, made: Stage) -> tuple[list[Record], list[str]]:
    """The records in the order of their closing, and what is not as it must be."""
    await story.prepare(made)
    before = note(made)
    await made.start_bot()
    await made.ask(story.asks, channel=story.channel)
    await story.act(made)
    records = []
    if story.outcome is not None:
        # What never came to a thread is closed there without a word.
        awaited = made.all_closed if story.thread else made.written
        records = await awaited(1 + len(story.later))
    wrong = await faults(made, story, before, *records)
    if await made.stop_bot() != 0:
        wrong.append("the bot did not stop when it was told to")
    return records, [*wrong, *log_faults(made, story)]


def _sum_up(made: Stage, records: list[Record]) -> None:
    if not records:
        print("\nOutcome   refused: no request was opened")
    for record in records:
        print(f"\nOutcome   {record['request']['outcome']}")
        took = next(e["data"]["durations"] for e in record["entries"] if e["kind"] == "closed")
        for key, name in PARTS.items():
            if took[key] is not None:
                print(f"          {name} {took[key]:.1f} s")
    for path in sorted((made.folder / "records").glob("*")):
        print(f"Record    {path}")


def _folder(keep: Path | None) -> Path:
    """A new folder, which stays: the record in it is what the story was for."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="vmdump-demo-", dir=None if keep is None else keep.resolve()))


def _print_log(path: Path) -> None:
    if path.exists():
        print(f"\nThe bot's log:\n{path.read_text(errors='replace')}", file=sys.stderr)
