"""The same stories where Slack calls the bot, through a reverse proxy as it would be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.demo.judging import faults, note, trouble
from bot.demo.launching import Launch
from bot.demo.stage import CHANNEL, Stage, stage
from bot.demo.stories import STORIES
from tests.scenario.kit import ear, kinds, touched

pytestmark = pytest.mark.slow

ADDED = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Host": "vmdump.example.com",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/bots/vmdump",
}


@pytest.fixture
async def lab(tmp_path: Path, launch: Launch) -> AsyncIterator[Stage]:
    async with stage(tmp_path, http=True, launch=launch) as made:
        yield made


@asynccontextmanager
async def proxied(lab: Stage) -> AsyncIterator[list[tuple[bytes, dict[str, str]]]]:
    """A proxy in front of the bot; gives the bodies and headers that passed, to be played back."""
    passed: list[tuple[bytes, dict[str, str]]] = []
    behind = lab.slack.workspace.request_url or ""

    async def forward(request: web.Request) -> web.Response:
        body = await request.read()
        kept = {k: v for k, v in request.headers.items() if k.startswith("X-Slack") or k == "Content-Type"}
        passed.append((body, kept))
        status, kind, text = await post(behind, body, {**kept, **ADDED})
        return web.Response(status=status, body=text, content_type=kind)

    app = web.Application()
    app.router.add_post("/bots/vmdump/slack", forward)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        lab.slack.workspace.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/bots/vmdump/slack"
        yield passed
    finally:
        lab.slack.workspace.request_url = behind
        await runner.cleanup()


async def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as response,
    ):
        return response.status, response.content_type, await response.read()


@pytest.mark.parametrize("name", ["windows-ssh", "denied"])
async def test_a_story(lab: Stage, name: str) -> None:
    story = STORIES[name]
    before = note(lab)
    await lab.start_bot()
    behind = lab.slack.workspace.request_url or ""
    async with proxied(lab) as passed:
        asked = await lab.ask()
        assert asked.acknowledged, asked.error
        assert "Looking for DumpTest" in str(asked.answer)
        await story.act(lab)
        record = await lab.closed()
        assert await faults(lab, story, before, record) == []
        said = [message.text for message in lab.messages()]
        # All that Slack has said, once more, as somebody could who had read it.
        for body, headers in passed:
            assert (await post(behind, body, headers))[0] == 200
        await nothing_came_of_it(lab, said, record)
    assert await lab.stop_bot() == 0
    assert trouble(lab) == []


async def nothing_came_of_it(lab: Stage, said: list[str], record: dict[str, Any]) -> None:
    """Known when a later question has been answered: deliveries of a channel are dealt with in turn."""
    with ear(lab) as hears:
        assert await hears.refusal("status") == "No request of this channel is under way."
    assert [message.text for message in lab.messages()] == said
    assert await lab.record() == record
    assert len(list((lab.folder / "records").glob("*.json"))) == 1


async def test_a_refusal_and_a_click(lab: Stage) -> None:
    await lab.start_bot()
    async with proxied(lab):
        with ear(lab) as hears:
            assert "There is no VM called DumpTst." in await hears.refusal("DumpTst")
            assert "No rule lets you ask" in await hears.refusal("DumpTest", user="mallory")
            await lab.slack.command("alice", CHANNEL, "DumpTest", team_id="T0OTHER000")
            assert "This bot belongs to another workspace" in await hears.private("alice")
        button = {"type": "button", "text": {"type": "plain_text", "text": "Deny"}, "action_id": "deny"}
        message = lab.slack.workspace.post(
            "C0INC42000",
            lab.slack.workspace.bot.id,
            "a button",
            blocks=[{"type": "actions", "elements": [button]}],
        )
        clicked = await lab.slack.click("bob", CHANNEL, message.ts, "deny")
        assert clicked.acknowledged, clicked.error
    assert lab.messages() == []
    assert touched(lab.world) == []
    assert await lab.stop_bot() == 0


async def test_the_bot_is_away_and_comes_back(lab: Stage) -> None:
    """A command that nobody takes is told to fail; a vote is delivered again."""
    await lab.start_bot()
    await lab.ask()
    plan = await lab.approval_message()
    await lab.kill_bot()
    lost = await lab.ask("status")
    assert not lost.acknowledged
    vote = await lab.react("bob", plan, "x")
    await lab.start_bot()
    assert await vote.settled()
    assert vote.attempts > 1
    record = await lab.closed()
    assert record["request"]["outcome"] == "denied"
    assert kinds(record).count("voted") == 1
    assert await lab.stop_bot() == 0
