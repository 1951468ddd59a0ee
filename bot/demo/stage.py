"""A lab with the real bot in a process of its own, as ``vmdump serve`` starts it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bot
from bot.demo.launching import Launch, Process, interpreter
from bot.demo.site import credentials, write_site
from bot.demo.worlds import ARTICLE, DEBIAN, MODERN, SIMULATED, Worlds, worlds_for
from bot.lab.qemu.guest import real_guest
from bot.lab.serving import serving
from bot.lab.slack import Change, LabSlack, Message, View
from bot.lab.slack.deliveries import Delivery
from bot.lab.world import World

CHANNEL = "inc-42"
HOST = "esx-03.example.com"
PRESSES = 5
UNHEARD = "is not known to have reached the thread"
UNHEARD_TRIES = 5
"""each is a start of the command, about a second"""
STOP_SECONDS = 20.0
RECEIPT = "Looking for "
REQUEST = re.compile(r"VD-\w+")


class BotEnded(Exception):
    """The bot's process ended when nobody had told it to."""


@dataclass
class Stage:
    folder: Path
    world: World
    """the one that the story is about"""
    worlds: Worlds
    slack: LabSlack
    config: list[Path]
    environment: dict[str, str]
    program: tuple[str, ...] = ("-m", "bot")
    """what Python runs"""
    http: bool = False
    """Slack calls the bot, not the bot Slack"""
    launch: Launch = interpreter
    narrate: Callable[[str], None] = field(default_factory=lambda: lambda _: None, init=False)
    """told what happens that nobody in the channel sees"""
    process: Process | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """Everything that the bot printed."""
        return self.folder / "bot.log"

    async def start_bot(self, *options: str) -> None:
        """Returns when the bot is connected to Slack. Raises ``BotEnded``."""
        with self.log.open("ab") as log:
            said_before = log.tell()
            command = self.command("serve", *options)
            self.process = await self.launch(command, self.environment, self.folder, log)
        await self.unless_ended(self._listening(said_before) if self.http else self.slack.connected())

    async def _listening(self, said_before: int) -> None:
        """Waits for the port that the bot names in its log, and has Slack deliver there."""
        while True:
            found = re.search(rb"serving on port (\d+)", self.log.read_bytes()[said_before:])
            if found:
                self.slack.workspace.request_url = f"http://127.0.0.1:{int(found[1])}/slack/events"
                return
            await asyncio.sleep(0.02)

    def command(self, *words: str) -> list[str]:
        """A command of the product with this stage's configuration."""
        files = [word for path in self.config for word in ("--config", str(path))]
        return [sys.executable, "-P", *self.program, *words, *files]

    async def run(self, *words: str) -> tuple[int, str]:
        """Runs a command to its end: exit status and all that it printed."""
        with tempfile.TemporaryFile() as output:
            process = await self.launch(self.command(*words), self.environment, self.folder, output)
            try:
                status = await process.wait()
            finally:
                if process.returncode is None:
                    process.send_signal(signal.SIGKILL)
                    await process.wait()
            output.seek(0)
            return status, output.read().decode()

    async def verify(self, journal: str) -> tuple[int, str]:
        """What ``vmdump verify`` says, once the bot has heard that Slack took its last message.

        Slack shows a message a moment before it answers that it did.
        """
        status, output = await self.run("verify", journal)
        for _ in range(UNHEARD_TRIES):
            if UNHEARD not in output:
                break
            status, output = await self.run("verify", journal)
        return status, output

    async def unless_ended(self, awaited: Any) -> Any:
        """What is awaited, or ``BotEnded`` if the bot's process ends first."""
        process = self.process
        if process is None:
            raise BotEnded("the bot was not started")
        wanted = asyncio.ensure_future(awaited)
        ended = asyncio.ensure_future(process.wait())
        try:
            await asyncio.wait({wanted, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not wanted.done():
                raise BotEnded(f"the bot ended with status {process.returncode}; see {self.log}")
            return wanted.result()
        finally:
            wanted.cancel()
            ended.cancel()

    async def kill_bot(self) -> None:
        """Ends the bot as a power cut does."""
        await self._end(signal.SIGKILL)

    async def stop_bot(self) -> int | None:
        """Asks the bot to stop; its exit status, or None if it had to be killed."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await self._end(signal.SIGTERM)
        except TimeoutError:
            await self.kill_bot()
            return None

    async def _end(self, number: signal.Signals) -> int | None:
        if self.process is None:
            return None
        if self.process.returncode is None:
            self.process.send_signal(number)
        status = await self.process.wait()
        self.process = None
        return status

    async def ask(
        self, text: str = "DumpTest support case 4711", user: str = "alice", channel: str = CHANNEL
    ) -> Delivery:
        self.narrate(f"{user}: /vmdump {text}")
        return await self.slack.command(user=user, channel=channel, text=text)

    async def approval_message(self) -> Message:
        """The newest message in the channel that asks for approval."""
        found: Message = await self.unless_ended(self.slack.workspace.until(self._find_plan))
        return found

    async def said(self, words: str, *, thread: Message | None = None) -> Message:
        """Waits for a message of the bot that holds these words."""

        def find(_: Any) -> Message | None:
            return next(
                (
                    m
                    for m in self.messages()
                    if words in m.text and (thread is None or thread.ts in {m.ts, m.thread_ts})
                ),
                None,
            )

        found: Message = await self.unless_ended(self.slack.workspace.until(find))
        return found

    async def react(self, user: str, message: Message, reaction: str = "white_check_mark") -> Delivery:
        return await self.slack.react(user=user, channel=message.channel, ts=message.ts, reaction=reaction)

    async def unreact(self, user: str, message: Message, reaction: str = "white_check_mark") -> Delivery:
        return await self.slack.unreact(user=user, channel=message.channel, ts=message.ts, reaction=reaction)

    async def press(self, user: str, message: Message, action_id: str) -> View:
        """Presses a button, again if Slack or the bot was too slow for it; the form that it opens."""
        for _ in range(PRESSES):
            view = await self.slack.press(user, message.channel, message.ts, action_id)
            if view is not None:
                self.narrate(f"{user} presses a button, and a form opens")
                return view
        raise BotEnded(f"no form opened for {action_id}")

    async def send_form(self, view: View, *, vm: str, reason: str = "") -> dict[str, str] | None:
        """Fills a form in and sends it; what stands at its fields if it stays open."""
        self.narrate(f"{self.slack.workspace.people[view.person].name} types {vm} and sends the form")
        return await self.slack.send_form(view, {"vm": vm, "reason": reason})

    async def logged(self, words: str) -> None:
        """Waits until the bot's log has a line with these words."""

        async def found() -> None:
            while words not in self.log.read_text(encoding="utf-8"):  # noqa: ASYNC110  # a file tells nobody
                await asyncio.sleep(0.02)

        await self.unless_ended(found())

    async def told(self, count: int) -> None:
        """Waits until so many answers have been given to one person alone."""
        await self.unless_ended(self.slack.workspace.until(lambda _: len(self.private_answers()) >= count))

    def private_answers(self) -> list[Change]:
        """What one person alone has read, receipts left out."""
        whispers = self.slack.workspace.whispers
        return [whisper for whisper in whispers if not whisper.message.text.startswith(RECEIPT)]

    async def closed(self) -> dict[str, Any]:
        """Waits for the last message, then for the record's file; the record."""
        return (await self.all_closed(1))[-1]

    async def all_closed(self, count: int) -> list[dict[str, Any]]:
        """The same for so many requests, in the order of their closing."""

        def closed(_: Any) -> bool:
            return sum("*Closed: " in m.text for m in self.messages()) >= count

        await self.unless_ended(self.slack.workspace.until(closed))
        return await self.written(count)

    async def record(self) -> dict[str, Any]:
        """The newest closed record, as the bot wrote it."""
        return (await self.written(1))[-1]

    async def written(self, count: int) -> list[dict[str, Any]]:
        """All closed records, once there are so many."""
        while True:
            paths = self.records()
            if len(paths) >= count:
                return [json.loads(path.read_text(encoding="utf-8")) for path in paths]
            await asyncio.sleep(0.02)

    def records(self) -> list[Path]:
        """The records of closed requests, in the order of their writing."""
        return sorted((self.folder / "records").glob("VD-*.json"), key=lambda p: p.stat().st_mtime)

    def messages(self) -> list[Message]:
        """What the bot posted for all to see, in order."""
        channels = self.slack.workspace.channels.values()
        posted = [m for c in channels for m in c.messages.values() if m.metadata is not None]
        return sorted(posted, key=lambda m: m.ts)

    def request_id(self, plan: Message) -> str:
        found = REQUEST.search(plan.text)
        if found is None:
            raise ValueError(f"no request is named in: {plan.text}")
        return found[0]

    def _find_plan(self, _: Any) -> Message | None:
        plans = [m for m in self.messages() if "deny with :x:, until" in m.text]
        return plans[-1] if plans else None


@asynccontextmanager
async def _guest(guest: str, worlds: Worlds, folder: Path) -> AsyncIterator[None]:
    if guest == SIMULATED:
        yield
        return
    world = worlds[MODERN]
    async with real_guest(world, world.vm(DEBIAN[0]), folder / "guest"):
        yield


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    world: str = ARTICLE,
    http: bool = False,
    guest: str = SIMULATED,
    speed: float = 60.0,
    launch: Launch = interpreter,
) -> AsyncIterator[Stage]:
    """A lab that serves, with the bot not started yet; a bot that still runs is ended with it.

    ``world`` is the name of the vCenter that the story is about. Raises ``RealGuestError`` where the
    ``guest`` is to be a real one and does not come up.
    """
    worlds = worlds_for(world, folder / "lab", speed, guest=guest)
    # Slack stops bringing an event after six minutes; here a bot that was killed has one to come back.
    slack = LabSlack(speed=speed / 10, limits_speed=speed)
    async with serving(*worlds.values()), slack.serve(), _guest(guest, worlds, folder):
        made = Stage(
            folder=folder,
            world=worlds[world],
            worlds=worlds,
            slack=slack,
            config=write_site(folder, worlds, slack, http=http),
            http=http,
            launch=launch,
            # The same code as this process runs, installed or not.
            environment={
                **os.environ,
                "PYTHONPATH": str(Path(bot.__file__).parent.parent),
                **credentials(worlds, slack),
            },
        )
        try:
            yield made
        finally:
            await made.kill_bot()
