"""What the scenarios share: waiting for what one person is told, other rules and settings, and clean logs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from bot.demo.shipped import shipped_config
from bot.demo.stage import CHANNEL, Stage
from bot.lab.slack import Change, Message

RECEIPT = "Looking for "
TROUBLE = re.compile(r"^.*(?: WARNING | ERROR | CRITICAL |Traceback|Warning: ).*$", re.MULTILINE)


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


def change_rules(stage: Stage, change: Callable[[dict[str, Any]], None]) -> None:
    """Has the bot go by the shipped rules with a change; to be called before it starts."""
    rules = yaml.safe_load((shipped_config() / "rbac.yaml").read_text(encoding="utf-8"))
    change(rules)
    (stage.folder / "rbac.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    change_settings(stage, lambda site: site.update(rbac="rbac.yaml"))


def change_settings(stage: Stage, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes the site's own settings file; to be called before the bot starts."""
    path = stage.config[-1]
    site = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(site)
    path.write_text(yaml.safe_dump(site), encoding="utf-8")


def trouble(stage: Stage) -> list[str]:
    """The lines of the bot's log that a well-behaved story must not leave."""
    return TROUBLE.findall(stage.log.read_text(encoding="utf-8"))


def kinds(record: dict[str, Any]) -> list[str]:
    return [entry["kind"] for entry in record["entries"]]


def data(record: dict[str, Any], kind: str) -> dict[str, Any]:
    """What the first entry of that kind says."""
    found: dict[str, Any] = next(e["data"] for e in record["entries"] if e["kind"] == kind)
    return found


def kind_of(message: Message, record: dict[str, Any]) -> str:
    """The kind of entry that a message of the bot shows."""
    assert message.metadata is not None
    seq = message.metadata["event_payload"]["seq"]
    return str(record["entries"][seq - 1]["kind"])
