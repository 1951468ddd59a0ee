"""The same deliveries as signed HTTP requests, taken by a real Bolt app."""

import asyncio
from typing import Any

from aiohttp import web
from slack_bolt.app.async_app import AsyncApp

from bot.lab.slack import LabSlack
from tests.unit.lab_slack.bolt import app_of, by_http

CHECK = "white_check_mark"


async def test_commands_events_and_clicks_are_signed() -> None:
    async with LabSlack().serve() as lab:
        app = app_of(lab)
        seen: asyncio.Queue[str] = asyncio.Queue()

        @app.command("/vmdump")
        async def vmdump(ack: Any, command: dict[str, Any]) -> None:
            await ack(f"looking at {command['text']}")

        @app.event("reaction_added")
        async def reaction(event: dict[str, Any]) -> None:
            seen.put_nowait(event["reaction"])

        @app.action("deny")
        async def deny(ack: Any) -> None:
            await ack()

        button = {"type": "button", "text": {"type": "plain_text", "text": "Deny"}, "action_id": "deny"}
        blocks = [{"type": "actions", "elements": [button]}]
        message = lab.workspace.post("C0INC42000", lab.workspace.bot.id, "approve?", blocks=blocks)
        async with by_http(lab, app):
            typed = await lab.command("alice", "inc-42", "DumpTest & more")
            assert typed.answer == {"text": "looking at DumpTest & more"}
            event = await lab.react("bob", "inc-42", message.ts, "+1::skin-tone-2")
            assert await event.settled()
            assert await seen.get() == "+1::skin-tone-2"
            assert (await lab.click("bob", "inc-42", message.ts, "deny")).acknowledged


async def test_another_secret_is_refused_and_the_event_tried_again() -> None:
    async with LabSlack(speed=60_000).serve() as lab:
        app = AsyncApp(client=app_of(lab).client, signing_secret="another")
        message = lab.workspace.post("C0INC42000", lab.workspace.bot.id, "approve?")
        async with by_http(lab, app):
            event = await lab.react("bob", "inc-42", message.ts, CHECK)
            assert await event.settled() is False
            assert (event.attempts, event.error) == (4, "http_error")
            assert (await lab.command("alice", "inc-42", "help")).error == "dispatch_failed"
        assert (await lab.command("alice", "inc-42", "help")).error == "dispatch_failed"


async def test_what_is_signed_by_a_clock_that_errs_much_is_refused() -> None:
    async with LabSlack().serve() as lab:
        app = app_of(lab)

        @app.command("/vmdump")
        async def vmdump(ack: Any) -> None:
            await ack()

        async with by_http(lab, app):
            assert (await lab.command("alice", "inc-42", "help")).acknowledged
            lab.workspace.err(-600)
            assert (await lab.command("alice", "inc-42", "help")).error == "dispatch_failed"


async def test_a_slow_app_gets_the_event_again_with_retry_headers() -> None:
    tries: list[tuple[str | None, str | None]] = []

    async def slow_once(request: web.Request) -> web.Response:
        headers = request.headers
        tries.append((headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason")))
        if len(tries) == 1:
            await asyncio.Event().wait()
        return web.Response()

    async with LabSlack(ack_timeout=0.3).serve() as lab:
        app = web.Application()
        app.router.add_post("/", slow_once)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            lab.workspace.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            message = lab.workspace.post("C0INC42000", lab.workspace.bot.id, "approve?")
            event = await lab.react("bob", "inc-42", message.ts, CHECK)
            assert await event.settled()
        finally:
            await runner.cleanup()
    assert tries == [(None, None), ("1", "http_timeout")]
