"""Forms: what Slack checks of one, and the trigger that lets an app show it."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.lab.slack.arguments import Arguments
from bot.lab.slack.blocks import CHECKS, Fault, FileReady, block_faults, string_faults, text_faults
from bot.lab.slack.entities import Block
from bot.lab.slack.errors import SlackError
from bot.lab.slack.wire import view_on_wire
from bot.lab.slack.workspace import Workspace

MAX_BLOCKS = 100
MAX_BYTES = 250_000
TRIGGER_SECONDS = 3.0
"""docs.slack.dev/interactivity/handling-user-interaction"""


@dataclass(slots=True)
class _Trigger:
    person: str
    issued: float
    used: bool = False


class Views:
    """views.open, on a clock in real seconds: whoever has to answer needs its own time for it."""

    def __init__(self, workspace: Workspace, file_ready: FileReady, clock: Callable[[], float]) -> None:
        self._workspace = workspace
        self._file_ready = file_ready
        self._clock = clock
        self._triggers: dict[str, _Trigger] = {}

    def trigger(self, person: str) -> str:
        """A new trigger id: what the person did now may be answered by a form."""
        made = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self._triggers[made] = _Trigger(person, self._clock())
        return made

    async def open(self, call: Arguments) -> dict[str, Any]:
        """views.open.

        Raises SlackError `invalid_trigger_id`, `expired_trigger_id`, `exchanged_trigger_id`,
        `view_too_large` or `invalid_arguments` with one line per fault.
        """
        name = call.text("trigger_id")
        trigger = self._triggers.get(name)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if self._clock() - trigger.issued > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        shown = self._checked(call)
        trigger.used = True
        view = self._workspace.show(trigger.person, name, shown)
        return {"view": view_on_wire(self._workspace, view, {})}

    def _checked(self, call: Arguments) -> dict[str, Any]:
        view = call.structure("view", "invalid_arguments")
        if not isinstance(view, dict):
            raise SlackError("invalid_arguments", details=["must be a view [json-pointer:/view]"])
        if len(json.dumps(view, ensure_ascii=False).encode()) > MAX_BYTES:
            raise SlackError("view_too_large")
        faults = [
            f"{fault} [json-pointer:/view{pointer}]" for pointer, fault in _faults(view, self._file_ready)
        ]
        if faults:
            raise SlackError("invalid_arguments", details=faults)
        return view


def _faults(view: dict[str, Any], file_ready: FileReady) -> Iterator[Fault]:
    yield from _frame_faults(view)
    blocks = view.get("blocks")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        yield "/blocks", "must be an array of blocks"
        return
    if not 1 <= len(blocks) <= MAX_BLOCKS:
        yield "/blocks", f"must have between 1 and {MAX_BLOCKS} items"
    if "submit" not in view and any(block.get("type") == "input" for block in blocks):
        yield "/submit", "missing required field: submit"
    for index, block in enumerate(blocks):
        for pointer, fault in block_faults(block, file_ready, _CHECKS):
            yield f"/blocks/{index}{pointer}", fault
    names = [block["block_id"] for block in blocks if "block_id" in block]
    if len(set(names)) < len(names):
        yield "/blocks", "`block_id` already exists"


def _frame_faults(view: dict[str, Any]) -> Iterator[Fault]:
    if view.get("type") != "modal":
        yield "/type", "unsupported type"
    yield from text_faults(view.get("title"), "/title", 24, ("plain_text",))
    for button in ("submit", "close"):
        if button in view:
            yield from text_faults(view[button], f"/{button}", 24, ("plain_text",))
    if len(str(view.get("private_metadata", ""))) > 3000:
        yield "/private_metadata", "must be less than 3001 characters"
    if len(str(view.get("callback_id", ""))) > 255:
        yield "/callback_id", "must be less than 256 characters"


def _input(block: Block, _: FileReady) -> Iterator[Fault]:
    """Of the elements only `plain_text_input` is simulated."""
    yield from text_faults(block.get("label"), "/label", 2000, ("plain_text",))
    if "hint" in block:
        yield from text_faults(block["hint"], "/hint", 2000, ("plain_text",))
    element = block.get("element")
    if not isinstance(element, dict) or element.get("type") != "plain_text_input":
        yield "/element", "unsupported element"
        return
    yield from string_faults(element.get("action_id"), "/element/action_id", 255)
    if "placeholder" in element:
        yield from text_faults(element["placeholder"], "/element/placeholder", 150, ("plain_text",))
    for limit, least in (("min_length", 0), ("max_length", 1)):
        if not least <= element.get(limit, 1) <= 3000:
            yield f"/element/{limit}", f"must be between {least} and 3000"


_CHECKS = {**CHECKS, "input": _input}
