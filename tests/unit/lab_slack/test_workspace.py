"""Watching the workspace change."""

import asyncio

from bot.lab.slack.default_workspace import BOB, default_workspace

CHANNEL = "C0INC42000"


async def test_changes_are_seen_in_order_and_as_they_were() -> None:
    workspace = default_workspace()
    with workspace.changes() as changes:
        message = workspace.post(CHANNEL, workspace.bot.id, "one")
        workspace.edit(message, text="two", blocks=None, metadata=None)
        workspace.set_reaction(message, BOB, "x")
        workspace.drop_reaction(message, BOB, "x")
        workspace.whisper(CHANNEL, BOB, "only you")
        workspace.feed.close()
        seen = [change async for change in changes]
    assert [c.kind for c in seen] == ["posted", "updated", "reaction", "reaction", "ephemeral"]
    assert [c.message.text for c in seen] == ["one", "two", "two", "two", "only you"]
    assert [c.added for c in seen[2:4]] == [True, False]
    assert [r.users for r in seen[2].message.reactions] == [[BOB]]


async def test_until_wakes_when_its_condition_comes_true() -> None:
    workspace = default_workspace()
    waiting = asyncio.ensure_future(workspace.until(lambda w: w.messages("inc-42")))
    workspace.post("C0RANDOM00", workspace.bot.id, "elsewhere")
    workspace.post(CHANNEL, workspace.bot.id, "here")
    assert [m.text for m in await waiting] == ["here"]


def test_timestamps_increase_and_are_never_the_same() -> None:
    workspace = default_workspace()
    stamps = [workspace.next_ts() for _ in range(1000)]
    assert stamps == sorted(set(stamps))
