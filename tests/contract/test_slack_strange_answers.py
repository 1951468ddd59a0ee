"""What Slack says with ok: true and is no answer, and what it does not answer to several at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.core.errors import Code, VmdumpError
from bot.slack.chat import SlackChat
from bot.slack.slack_api import SlackApi
from tests.unit.slack.world import BOB, CHANNEL

TS = "1700000000.000100"


@asynccontextmanager
async def answering(answer: dict[str, Any], calls: Counter[str] | None = None) -> AsyncIterator[SlackChat]:
    """A chat whose every call is answered so."""

    async def say(request: web.Request) -> web.Response:
        if calls is not None:
            calls[request.match_info["method"]] += 1
        return web.json_response(answer)

    app = web.Application()
    app.router.add_route("*", "/api/{method}", say)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        async with SlackApi(url, lambda: "xoxb-any", timeout=3) as api:
            yield SlackChat(api, "T024BE7LH")
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"type": "file", "file": {}},
        {"message": None},
        {"message": {"ts": "1700000000.000200"}},
        {"message": {"ts": TS, "reactions": None}},
        {"message": {"ts": TS, "reactions": {"x": 1}}},
        {"message": {"ts": TS, "reactions": [{"name": "x", "users": [BOB]}]}},
        {"message": {"ts": TS, "reactions": [{"name": "x", "users": [BOB], "count": 2}]}},
    ],
)
async def test_no_answer_is_not_no_votes(said: dict[str, Any]) -> None:
    async with answering({"ok": True, **said}) as chat:
        with pytest.raises(VmdumpError) as caught:
            await chat.reactions(CHANNEL, TS)
        assert caught.value.code is Code.VOTES_UNREADABLE


async def test_a_message_without_reactions_has_no_votes() -> None:
    async with answering({"ok": True, "message": {"ts": TS}}) as chat:
        assert await chat.reactions(CHANNEL, TS) == ()


async def test_those_who_wait_for_a_group_share_its_failure() -> None:
    calls: Counter[str] = Counter()
    async with answering({"ok": False, "error": "missing_scope"}, calls) as chat:
        asked = [chat.members("S0123ABCD", at_most=60) for _ in range(4)]
        failed = await asyncio.gather(*asked, return_exceptions=True)
        assert [getattr(one, "code", None) for one in failed] == [Code.GROUP_UNREADABLE] * 4
        assert calls["usergroups.users.list"] == 1
        with pytest.raises(VmdumpError):
            await chat.members("S0123ABCD", at_most=60)
        assert calls["usergroups.users.list"] == 2
