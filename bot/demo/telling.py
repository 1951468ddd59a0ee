"""The channel as it grows, on a terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.lab.slack import Change, render
from bot.lab.slack.workspace import Workspace


@dataclass
class Teller:
    """Prints every change that people in the channel would see, in Slack's order and words."""

    workspace: Workspace
    channel: str
    """its id"""
    ansi: bool

    async def tell(self, changes: AsyncIterator[Change]) -> None:
        """Until the lab's Slack ends."""
        async for change in changes:
            if change.message.channel == self.channel:
                self._tell(change)

    def narrate(self, text: str) -> None:
        """What Slack itself does not show: a command that is typed, a bot that is stopped."""
        self._print("", text)

    def _tell(self, change: Change) -> None:
        indent = "    │ " if change.message.is_reply else ""
        match change.kind:
            case "posted":
                self._lines(indent, change, who="vmdump")
            case "ephemeral":
                self._lines(indent, change, who=f"vmdump, only to {self._name(change.person)}")
            case "updated":
                self._lines(indent, change, who="vmdump (edited)")
            case "reaction":
                verb = "reacts" if change.added else "takes back"
                self._print("    │ ", f"{self._name(change.person)} {verb} {_emoji(change.reaction)}")

    def _lines(self, indent: str, change: Change, who: str) -> None:
        lines = render(change.message, self.workspace, ansi=self.ansi)
        self._print(indent, f"{who}: {lines[0] if lines else ''}")
        for line in lines[1:]:
            self._print(indent, f"  {line}")

    def _name(self, person: str | None) -> str:
        found = self.workspace.people.get(person or "")
        return found.name if found else str(person)

    def _print(self, indent: str, text: str) -> None:
        print(f"{indent}{text}", flush=True)


def _emoji(name: str | None) -> str:
    return {"white_check_mark": "✅", "heavy_check_mark": "✔", "x": "❌"}.get(name or "", f":{name}:")
