"""The state of one Slack workspace and everything that changes it."""

import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from bot.lab.slack.changes import ChangeFeed
from bot.lab.slack.entities import (
    Block,
    Change,
    Channel,
    File,
    Message,
    Person,
    Reaction,
    UserGroup,
    View,
)

T = TypeVar("T")


class Workspace:
    """People, channels and messages of one team, with one app and its bot user in it.

    Tests may change `people`, `channels` and `groups` directly: they are the workspace's own dictionaries,
    by id. `request_url` set means that the app receives deliveries by HTTP instead of Socket Mode.
    `views` are the forms that people see now. `enterprise_install`: the app was installed for a whole
    organisation. `names_at_most`: so many people of a reaction are named even to who asks in full.
    """

    def __init__(self, *, team_id: str, team_domain: str, app_id: str, bot: Person, bot_id: str) -> None:
        self.team_id = team_id
        self.team_domain = team_domain
        self.app_id = app_id
        self.bot = bot
        self.bot_id = bot_id
        self.people: dict[str, Person] = {bot.id: bot}
        self.groups: dict[str, UserGroup] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self.enterprise_install = False
        self.names_at_most: int | None = None
        self.whispers: list[Change] = []
        self.request_url: str | None = None
        self.feed = ChangeFeed()
        self._clock_error = 0.0
        self._last_micros = 0
        self._numbers = itertools.count(1)

    def now(self) -> float:
        """Seconds since 1970 by the workspace's clock."""
        return time.time() + self._clock_error

    def err(self, seconds: float) -> None:
        """Let the workspace's clock be so far ahead of this machine's, or behind it."""
        self._clock_error = seconds
        self._last_micros = 0

    def next_ts(self) -> str:
        """A timestamp in Slack's form, seconds and microseconds; never the same one twice."""
        self._last_micros = max(self._last_micros + 1, int(self.now() * 1_000_000))
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def next_id(self, prefix: str) -> str:
        """An id such as `Ev000000001`, unique within the workspace."""
        return f"{prefix}{next(self._numbers):09d}"

    def person(self, id_or_name: str) -> Person:
        """The person with that id or name. Raises KeyError."""
        found = self.people.get(id_or_name) or next(
            (p for p in self.people.values() if p.name == id_or_name), None
        )
        if found is None:
            raise KeyError(f"nobody called {id_or_name}")
        return found

    def channel(self, id_or_name: str) -> Channel:
        """The channel with that id or name. Raises KeyError."""
        found = self.channels.get(id_or_name) or next(
            (c for c in self.channels.values() if c.name == id_or_name.removeprefix("#")), None
        )
        if found is None:
            raise KeyError(f"no channel {id_or_name}")
        return found

    def messages(self, channel: str) -> list[Message]:
        """All messages of a channel, replies too, oldest first."""
        return list(self.channel(channel).messages.values())

    def changes(self) -> AbstractContextManager[AsyncIterator[Change]]:
        """What people see happening from now on; ends when the workspace stops being served."""
        return self.feed.stream()

    async def until(self, predicate: Callable[["Workspace"], T]) -> T:
        """Wait until `predicate(workspace)` is true; its value. Looks again at each change, never polls."""
        return await self.feed.until(lambda: predicate(self))

    def post(self, channel: str, user: str, text: str, **fields: Any) -> Message:
        """Put a message into a channel. `fields` are those of `Message`."""
        message = Message(channel=channel, ts=self.next_ts(), user=user, text=text, **fields)
        message.blocks = self._with_block_ids(message.blocks)
        self.channels[channel].messages[message.ts] = message
        self.feed.announce(Change("posted", message.snapshot()))
        return message

    def edit(
        self,
        message: Message,
        *,
        text: str | None,
        blocks: list[Block] | None,
        metadata: dict[str, Any] | None,
    ) -> None:
        """Change a message in place. What is None stays as it was.

        People see "(edited)" only where no blocks came with the edit (method page of chat.update), so an
        edit with blocks leaves no mark.
        """
        if text is not None:
            message.text = text
        if blocks is not None:
            message.blocks = self._with_block_ids(blocks)
        if metadata is not None:
            message.metadata = metadata or None
        if text is not None and blocks is None:
            message.edited = self.next_ts()
        self.feed.announce(Change("updated", message.snapshot()))

    def whisper(
        self,
        channel: str,
        person: str,
        text: str,
        *,
        blocks: list[Block] | None = None,
        thread_ts: str | None = None,
        error: str | None = None,
    ) -> Message:
        """Show a message to one person. Slack does not keep it; `whispers` does, to be judged by."""
        message = Message(channel, self.next_ts(), self.bot.id, text, blocks or [], thread_ts)
        self.whispers.append(Change("ephemeral", message, person=person, error=error))
        self.feed.announce(self.whispers[-1])
        return message

    def show(self, person: str, trigger: str, shown: dict[str, Any]) -> View:
        """Open a form before a person."""
        shown = {**shown, "blocks": self._with_block_ids(shown["blocks"])}
        view = View(self.next_id("V"), person, self.next_ts(), trigger, shown)
        self.views[view.id] = view
        self.feed.wake()
        return view

    def set_reaction(self, message: Message, user: str, name: str) -> bool:
        """Add a person's reaction; false if it was there already."""
        reaction = next((r for r in message.reactions if r.name == name), None)
        if reaction is None:
            reaction = Reaction(name, [])
            message.reactions.append(reaction)
        if user in reaction.users:
            return False
        reaction.users.append(user)
        self.feed.announce(Change("reaction", message.snapshot(), person=user, reaction=name))
        return True

    def drop_reaction(self, message: Message, user: str, name: str) -> bool:
        """Take a person's reaction away; false if there was none."""
        reaction = next((r for r in message.reactions if r.name == name and user in r.users), None)
        if reaction is None:
            return False
        reaction.users.remove(user)
        if not reaction.users:
            message.reactions.remove(reaction)
        self.feed.announce(Change("reaction", message.snapshot(), person=user, reaction=name, added=False))
        return True

    def _with_block_ids(self, blocks: list[Block]) -> list[Block]:
        # Slack names the blocks that the app did not name; clicks refer to them by that id.
        return [{**block, "block_id": block.get("block_id") or self.next_id("b")} for block in blocks]
