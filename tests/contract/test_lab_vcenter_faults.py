"""How the lab's vCenter can fail, as pyVmomi's own client sees it."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from bot.lab.article import article_world
from bot.lab.center import Center
from bot.lab.world import World
from tests.unit.lab.vim_client import logged_in

# However a client's socket learns that the connection is gone.
BROKEN = (ConnectionError, HTTPException, ssl.SSLEOFError)


class Client:
    """One session of one stub, in threads; it is not logged out."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._entered = ExitStack()
        self._instance: Any = None

    async def enter(self, **options: Any) -> "Client":
        self._instance = await asyncio.to_thread(
            self._entered.enter_context, logged_in(self._center, **options)
        )
        return self

    async def ask(self) -> Any:
        return await asyncio.to_thread(self._instance.CurrentTime)

    async def leave(self) -> None:
        await asyncio.to_thread(self._entered.close)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=2000).serve() as world:
        yield world


@pytest.fixture
def center(world: World) -> Center:
    return world.vcenter


async def refused(call: Callable[[], Any], *errors: type[BaseException]) -> None:
    with pytest.raises(errors):
        await call()


async def enters(center: Center, **options: Any) -> None:
    client = await Client(center).enter(**options)
    await client.ask()
    await client.leave()


async def test_a_restart_breaks_connections_and_ends_sessions(center: Center) -> None:
    client, port = await Client(center).enter(), center.port
    await client.ask()
    await center.stop()
    await refused(client.ask, *BROKEN)
    await refused(client.ask, ConnectionRefusedError)
    await refused(Client(center).enter, ConnectionRefusedError)
    await center.start()
    assert center.port == port
    await refused(client.ask, vim.fault.NotAuthenticated)
    await enters(center)


async def test_a_restart_of_its_own(center: Center) -> None:
    client = await Client(center).enter()
    await center.restart(down_for=0.01)
    await refused(client.ask, *BROKEN)
    await refused(client.ask, vim.fault.NotAuthenticated)
    await enters(center)


async def test_a_call_under_way_is_lost_with_the_restart(world: World, center: Center) -> None:
    """What it was about to do is done nevertheless, once the gate opens: the client cannot know."""
    client, gate = await Client(center).enter(), "CurrentTime:before"
    world.gates.close(gate)
    asking = asyncio.create_task(client.ask())
    await world.gates.reached(gate)
    await center.stop()
    await refused(lambda: asking, *BROKEN)
    world.gates.open(gate)
    await center.start()
    await enters(center)


async def test_dropped_connections_leave_the_session(center: Center) -> None:
    client = await Client(center).enter()
    await client.ask()
    center.drop_connections()
    await refused(client.ask, *BROKEN)
    await client.ask()
    await client.leave()


async def test_behind_a_proxy_that_answers_alone(center: Center) -> None:
    client = await Client(center).enter()
    center.available = False
    await refused(client.ask, HTTPException)
    center.available = True
    await client.ask()
    await client.leave()


async def test_a_certificate_of_another_authority_is_not_trusted(center: Center) -> None:
    client, old = await Client(center).enter(), center.ca_file
    await center.change_certificate()
    await refused(client.ask, *BROKEN)
    await refused(client.ask, ssl.SSLCertVerificationError)
    assert old.exists()
    assert center.ca_file != old
    await enters(center)


async def test_a_certificate_of_the_same_authority_has_another_fingerprint(center: Center) -> None:
    client, old = await Client(center).enter(), (center.ca_file, center.fingerprint)
    await center.change_certificate(other_authority=False)
    await refused(client.ask, *BROKEN)
    await client.ask()
    await client.leave()
    assert center.ca_file == old[0]
    shown = ssl.PEM_cert_to_DER_cert(
        await asyncio.to_thread(ssl.get_server_certificate, (center.host, center.port))
    )
    assert center.fingerprint != old[1]
    assert hashlib.sha256(shown).hexdigest().upper() == center.fingerprint.replace(":", "")


async def test_another_password_counts_from_the_next_login_on(center: Center) -> None:
    client, old = await Client(center).enter(), center.password
    assert center.rotate_password() == center.password != old
    await client.ask()
    await client.leave()
    await refused(lambda: Client(center).enter(password=old), vim.fault.InvalidLogin)
    await enters(center)


async def test_no_more_sessions_than_the_limit(center: Center) -> None:
    center.session_limit = 2
    clients = [await Client(center).enter() for _ in range(2)]
    with pytest.raises(HTTPException, match="503"):
        await Client(center).enter()
    await clients[0].ask()
    await clients[0].leave()
    await enters(center)
    center.session_limit = 1
    await clients[1].ask()
    center.expire_sessions()
    await enters(center)


async def test_slow_answers(center: Center) -> None:
    client = await Client(center).enter(httpConnectionTimeout=0.3)
    center.answers_after = 5.0
    await refused(client.ask, TimeoutError)
    center.answers_after = 0.0
    await client.ask()
    await client.leave()


async def test_what_is_not_served_cannot_be_stopped(tmp_path: Path) -> None:
    center = article_world(tmp_path).vcenter
    with pytest.raises(RuntimeError, match="not served"):
        await center.stop()
