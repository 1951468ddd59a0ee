"""What the scenarios share: waiting for what one person is told, and reading records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from bot.demo.stage import CHANNEL, RECEIPT, Stage
from bot.lab.deeds import Effect
from bot.lab.slack import Change
from bot.lab.world import World


class Ear:
    """Hears what the bot says to one person alone, and keeps everything that anybody saw."""

    def __init__(self, stage: Stage, changes: AsyncIterator[Change]) -> None:
        self._stage = stage
        self._changes = changes
        self.heard: list[Change] = []

    async def private(self, user: str) -> str:
        """The next answer that only this person sees; a receipt is none."""
        person = self._stage.slack.workspace.person(user).id
        found: str = await self._stage.unless_ended(self._next(person))
        return found

    async def refusal(self, text: str, *, user: str = "alice", channel: str = CHANNEL) -> str:
        """What somebody is told who types ``/vmdump`` with this text."""
        delivery = await self._stage.slack.command(user=user, channel=channel, text=text)
        assert delivery.acknowledged, delivery.error
        return await self.private(user)

    async def _next(self, person: str) -> str:
        async for change in self._changes:
            self.heard.append(change)
            text = change.message.text
            if change.kind == "ephemeral" and change.person == person and not text.startswith(RECEIPT):
                return text
        raise AssertionError("the workspace is closed")


@contextmanager
def ear(stage: Stage) -> Iterator[Ear]:
    with stage.slack.workspace.changes() as changes:
        yield Ear(stage, changes)


LOOKING = frozenset({"StartProgramInGuest", "DeleteFileInGuest"})
"""how a guest before API 6.0 is asked for its settings"""


def touched(world: World) -> list[Effect]:
    """What was done to a site, without what only looks."""
    return [effect for effect in world.effects if effect.call not in LOOKING]


def kinds(record: dict[str, Any]) -> list[str]:
    return [entry["kind"] for entry in record["entries"]]


def data(record: dict[str, Any], kind: str) -> dict[str, Any]:
    """What the first entry of that kind says."""
    found: dict[str, Any] = next(e["data"] for e in record["entries"] if e["kind"] == kind)
    return found
