"""Nothing of a port is left when its block ends, whatever its clients are doing."""

import asyncio
import gc
import socket
import ssl
from pathlib import Path

import pytest
from aiohttp import web

from bot.lab.listener import https_port
from bot.lab.tls import issue, make_authority

ADDRESS = "127.0.0.1"


async def asked(request: web.Request) -> web.Response:
    """Close the connection after the answer."""
    answer = web.Response(text="here")
    answer.force_close()
    return answer


@pytest.fixture
def server_context(tmp_path: Path) -> ssl.SSLContext:
    identity = issue(make_authority("a test's authority"), "localhost", names=["localhost"], address=ADDRESS)
    return identity.server_context(tmp_path / "tls")


@pytest.fixture
def app() -> web.Application:
    application = web.Application()
    application.router.add_get("/", asked)
    return application


@pytest.mark.parametrize("dropped", [False, True], ids=["at-the-end", "dropped"])
async def test_a_client_that_never_greets_is_cut(
    app: web.Application, server_context: ssl.SSLContext, dropped: bool
) -> None:
    with socket.socket() as client:
        client.settimeout(0)
        loop = asyncio.get_running_loop()
        async with https_port(app, ADDRESS) as port:
            await port.open(server_context)
            await loop.sock_connect(client, (ADDRESS, port.number))
            while not port.greeting:  # noqa: ASYNC110  # the port tells nobody that a client came
                await asyncio.sleep(0)
            if dropped:
                port.drop()
                assert await loop.sock_recv(client, 1) == b""
                assert port.greeting == 0
        assert await loop.sock_recv(client, 1) == b""
    gc.collect()


async def test_a_client_that_never_says_goodbye_is_cut(
    app: web.Application, server_context: ssl.SSLContext
) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

    def ask(number: int) -> ssl.SSLSocket:
        client = trusting.wrap_socket(socket.create_connection((ADDRESS, number), timeout=20))
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"
        return client

    async with https_port(app, ADDRESS) as port:
        await port.open(server_context)
        client = await asyncio.to_thread(ask, port.number)
    client.close()
    gc.collect()


async def test_a_closed_port_refuses_and_opens_again(
    app: web.Application, server_context: ssl.SSLContext
) -> None:
    async with https_port(app, ADDRESS) as port:
        for _ in range(2):
            await port.open(server_context)
            with socket.create_connection((ADDRESS, port.number), timeout=20):
                port.close()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(ADDRESS, port.number)
