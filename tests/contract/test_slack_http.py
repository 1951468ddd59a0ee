"""The request URL, from the outside: what a stranger, a proxy or a slow client can do there."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import io
import json
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.lab.slack import LabSlack
from bot.slack import http_mode
from bot.slack.slack_settings import Mode
from tests.contract.test_slack_reception import Bot, receiving

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
HOME = {"team_id": "T024BE7LH", "api_app_id": "A012ABCD0A0"}
SECRET = LabSlack.signing_secret


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with receiving(tmp_path, Mode.HTTP) as made:
        yield made


def command(**changed: str) -> tuple[str, bytes]:
    form = {
        **HOME,
        "command": "/vmdump",
        "text": "DumpTest",
        "user_id": "U0ALICE042",
        "channel_id": "C0INC42000",
    }
    return FORM, urlencode(form | changed).encode()


def event(**changed: Any) -> tuple[str, bytes]:
    body = {**HOME, "type": "event_callback", "event_id": "Ev1", "event": {"type": "reaction_added"}}
    return JSON, json.dumps(body | changed).encode()


def interaction(**changed: Any) -> tuple[str, bytes]:
    payload = {"type": "block_actions", "team": {"id": HOME["team_id"]}, "api_app_id": HOME["api_app_id"]}
    return FORM, urlencode({"payload": json.dumps(payload | changed)}).encode()


def form(**changed: Any) -> tuple[str, bytes]:
    """Of ours, with the right name typed."""
    meta = {"request": "VD-7K3Q", "channel": "C1", "digest": "d", "choice": "approve", "vm": "DumpTest"}
    view = {
        "callback_id": "vmdump_vote",
        "private_metadata": json.dumps(meta | {"break_glass": False}),
        "state": {"values": {"vm": {"vm": {"value": "DumpTest"}}}},
    }
    return interaction(type="view_submission", user={"id": "U0ALICE042"}, view=view, **changed)


def signed(body: bytes, *, secret: str = SECRET, late: float = 0) -> dict[str, str]:
    at = str(int(time.time() - late))
    digest = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}


async def post(bot: Bot, kind: str, body: Any, headers: dict[str, str], url: str = "") -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url or bot.url, data=body, headers={"Content-Type": kind, **headers}) as response,
    ):
        return response.status, await response.text()


ALL = pytest.mark.parametrize(
    "delivery", [command(), event(), interaction(), form()], ids=["command", "event", "click", "form"]
)


@ALL
async def test_a_signed_body_counts_once_however_often_it_comes(
    bot: Bot, delivery: tuple[str, bytes]
) -> None:
    """Within five minutes its signature stays good: whoever has read it can play it back."""
    kind, body = delivery
    headers = signed(body, late=200)
    for _ in range(3):
        status, _ = await post(bot, kind, body, headers)
        assert status == 200
    assert await bot.count() == 1


@ALL
@pytest.mark.parametrize(
    "forge",
    [
        lambda _: {},
        lambda body: signed(body, secret="another"),
        lambda body: signed(body, secret=""),
        lambda body: signed(body + b" "),
        lambda body: signed(body, late=310),
        lambda body: signed(body, late=-310),
        lambda body: {**signed(body), "X-Slack-Request-Timestamp": "soon"},
        lambda body: {**signed(body), "X-Slack-Request-Timestamp": ""},
        lambda body: {**signed(body), "X-Slack-Request-Timestamp": "9" * 5000},
        lambda body: {"X-Slack-Signature": signed(body)["X-Slack-Signature"]},
        lambda body: {**signed(body), "X-Slack-Signature": "v0="},
    ],
    ids=[
        "none",
        "secret",
        "empty",
        "body",
        "old",
        "ahead",
        "word",
        "blank",
        "huge",
        "timeless",
        "blank-signature",
    ],
)
async def test_what_slack_did_not_sign_just_now_is_refused(
    bot: Bot, delivery: tuple[str, bytes], forge: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="vmdump")
    kind, body = delivery
    status, _ = await post(bot, kind, body, forge(body))
    assert status == 401
    assert await bot.count() == 0
    assert "Traceback" not in caplog.text
    assert "U0ALICE042" not in caplog.text


@pytest.mark.parametrize(
    "delivery",
    [
        command(team_id="T0OTHER000"),
        command(api_app_id="A0OTHER000"),
        event(team_id="T0OTHER000"),
        event(api_app_id="A0OTHER000"),
        interaction(team={"id": "T0OTHER000"}),
        interaction(api_app_id="A0OTHER000"),
        interaction(team=None),
    ],
)
async def test_a_signed_delivery_for_others_is_not_stored(bot: Bot, delivery: tuple[str, bytes]) -> None:
    """Slack must not try again, so it is told that all is well."""
    kind, body = delivery
    status, _ = await post(bot, kind, body, signed(body))
    assert status == 200
    assert await bot.count() == 0


async def test_slack_tries_the_url_out(bot: Bot) -> None:
    body = json.dumps({"type": "url_verification", "token": "t", "challenge": "3eZbrw1a"}).encode()
    status, text = await post(bot, JSON, body, signed(body))
    assert (status, json.loads(text)) == (200, {"challenge": "3eZbrw1a"})
    status, text = await post(bot, JSON, body, {})
    assert status == 401
    assert "3eZbrw1a" not in text
    for kind, disguised in (command(ssl_check="1"), event(ssl_check="1"), (FORM, b"ssl_check=1&token=t")):
        await post(bot, kind, disguised, {})
    assert await bot.count() == 0


async def test_what_a_proxy_adds_does_not_matter(bot: Bot) -> None:
    kind, body = command()
    added = {
        "Host": "vmdump.example.com",
        "Forwarded": "for=198.51.100.7;host=vmdump.example.com;proto=https",
        "Via": "1.1 proxy",
        "X-Forwarded-For": "198.51.100.7, 10.0.0.1",
        "X-Forwarded-Host": "elsewhere.example.com",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/bots",
        "X-Real-IP": "198.51.100.7",
        "X-Request-Id": "1",
    }
    status, text = await post(bot, kind, body, {**signed(body), **added})
    assert (status, json.loads(text)["text"]) == (200, "Looking for DumpTest …")
    (stored,) = await bot.stored()
    assert "198.51.100.7" not in str(stored)
    # Nor does it make a forged one any better.
    status, _ = await post(bot, *command(text="other"), {**signed(body), **added})
    assert status == 401


async def test_a_proxy_may_send_it_in_chunks(bot: Bot) -> None:
    kind, body = event()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 7):
            yield body[start : start + 7]

    status, _ = await post(bot, kind, chunks(), signed(body))
    assert status == 200
    assert await bot.count() == 1


@pytest.mark.parametrize(
    "path", ["/", "/slack/events/", "/slack/install", "/healthz", "/slack/../slack/event"]
)
async def test_there_is_one_path(bot: Bot, path: str) -> None:
    kind, body = command()
    status, _ = await post(bot, kind, body, signed(body), bot.url.removesuffix(http_mode.PATH) + path)
    assert status == 404
    assert await bot.count() == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_there_is_one_method(bot: Bot, method: str) -> None:
    kind, body = command()
    headers = {"Content-Type": kind, **signed(body)}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, bot.url, data=body, headers=headers) as response,
    ):
        assert (response.status, response.headers["Allow"]) == (405, "POST")
    assert await bot.count() == 0


async def test_bodies_are_bounded(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    kind, large = command(text="x" * 300_000)
    status, _ = await post(bot, kind, large, signed(large))
    assert status == 200
    kind, huge = command(text="x" * (2 << 20))
    status, _ = await post(bot, kind, io.BytesIO(huge), signed(huge))
    assert status == 413

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536

    try:
        status, _ = await post(bot, FORM, endless(), {})
    except aiohttp.ClientError:
        # The connection may break under what is still being sent.
        status = 413
    assert status == 413
    assert await bot.count() == 1
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_a_compressed_body_is_not_inflated(bot: Bot) -> None:
    bomb = gzip.compress(b"x" * (64 << 20))
    status, _ = await post(bot, FORM, bomb, {**signed(bomb), "Content-Encoding": "gzip"})
    assert status == 400
    kind, body = command()
    status, _ = await post(bot, kind, gzip.compress(body), {**signed(body), "Content-Encoding": "gzip"})
    assert status in (400, 401)
    assert await bot.count() == 0


@pytest.mark.parametrize("body", [b"[" * 900_000, b"{" + b'"a":{' * 100_000, b"payload=" + b"[" * 900_000])
async def test_a_body_that_is_nested_without_end(bot: Bot, body: bytes) -> None:
    kind = FORM if body.startswith(b"payload") else JSON
    status, _ = await post(bot, kind, body, signed(body))
    assert status in (400, 401)
    assert await bot.count() == 0


HEAD = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"POST /sl",
        HEAD,
        HEAD + b"Content-Length: 100\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    ],
    ids=["nothing", "line", "headers", "body", "chunk"],
)
async def test_a_slow_client_is_cut_off(
    tmp_path: Path, beginning: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(http_mode, "CONNECTION_SECONDS", 0.5)
    async with receiving(tmp_path, Mode.HTTP) as bot:
        reader, writer = await connected(bot)
        writer.write(beginning)
        began = time.monotonic()
        assert await ended(reader) == b""
        assert time.monotonic() - began < 5
        writer.close()
        kind, body = command()
        assert (await post(bot, kind, body, signed(body)))[0] == 200
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


async def test_dribbling_gains_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_mode, "CONNECTION_SECONDS", 0.5)
    async with receiving(tmp_path, Mode.HTTP) as bot:
        reader, writer = await connected(bot)
        writer.write(HEAD + b"Content-Length: 100000\r\n\r\n")

        async def dribble() -> None:
            while not writer.is_closing():
                writer.write(b"x")
                await asyncio.sleep(0.05)

        async with asyncio.TaskGroup() as tasks:
            dribbling = tasks.create_task(dribble())
            assert await ended(reader) == b""
            dribbling.cancel()
        writer.close()


async def test_many_clients_do_not_take_all_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_mode, "CONNECTIONS", 3)
    async with receiving(tmp_path, Mode.HTTP) as bot:
        held = [await connected(bot) for _ in range(3)]
        reader, writer = await connected(bot)
        assert await ended(reader) == b""
        writer.close()
        # One goes, and there is room again.
        held[0][1].close()
        await held[0][1].wait_closed()
        kind, body = command()
        while True:
            try:
                status, _ = await post(bot, kind, body, signed(body))
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)
                continue
            break
        assert status == 200
        for _, other in held[1:]:
            other.close()


async def test_a_connection_serves_one_request(bot: Bot) -> None:
    """Smuggling a second one in the first one's shadow is of no use then."""
    kind, body = command()
    reader, writer = await connected(bot)
    head = "".join(f"{k}: {v}\r\n" for k, v in {**signed(body), "Content-Type": kind}.items())
    one = (
        f"POST {http_mode.PATH} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    writer.write(one + one)
    answer = await ended(reader)
    assert answer.count(b"HTTP/1.1") == 1
    assert b"Connection: close" in answer
    writer.close()


async def connected(bot: Bot) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    port = int(bot.url.split(":")[2].split("/")[0])
    return await asyncio.open_connection("127.0.0.1", port)


async def ended(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
