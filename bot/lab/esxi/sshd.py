"""A host's SSH: a port that answers only while the service TSM-SSH runs and the firewall is open to it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import compare_digest

import asyncssh

from bot.lab.esxi import shell
from bot.lab.gates import Dropped
from bot.lab.host import Host
from bot.lab.listener import listener_at, reserve
from bot.lab.world import World

# What a server offers that has nothing newer; which of them hosts of 5.5 had is unconfirmed.
_OLD = {"encryption_algs": ["aes128-cbc"], "mac_algs": ["hmac-sha1"]}


@asynccontextmanager
async def ssh_of(world: World, host: Host) -> AsyncIterator[None]:
    """The host's SSH, for the length of the block; fills `host.ssh_port` and `host.host_key`."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    with reserve(host.address) as reserved:
        host.ssh_port = reserved.getsockname()[1]
        host.host_key = key.export_public_key().decode().strip()
        daemon = _Daemon(world, host, key, reserved)
        host.ssh_changed = daemon.follow
        try:
            await daemon.follow()
            yield
        finally:
            host.ssh_changed = None
            await daemon.close()


class _Daemon:
    def __init__(self, world: World, host: Host, key: asyncssh.SSHKey, reserved: socket.socket) -> None:
        self._world = world
        self._host = host
        self._key = key
        self._reserved = reserved
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._switching = asyncio.Lock()
        self.connections: set[asyncssh.SSHServerConnection] = set()

    async def follow(self) -> None:
        """Listen, or stop listening, as service and firewall say. Sessions that are open stay open.

        A real firewall drops packets, and connecting takes until the client's time is up; here it is refused.
        """
        async with self._switching:
            if self._host.ssh_open and self._acceptor is None:
                await self._listen()
            elif not self._host.ssh_open:
                await self._stop_listening()

    async def close(self) -> None:
        """Stop listening and end every session."""
        await self._stop_listening()
        connections = list(self.connections)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(connection.wait_closed() for connection in connections))

    async def handle(self, process: asyncssh.SSHServerProcess[str]) -> None:
        """Serve one command of a session."""
        user = process.get_extra_info("username")
        try:
            output = await shell.run(self._world, self._host, process.command or "", user)
        except Dropped:
            output = shell.Output("", hangs_up=True)
        if output.hangs_up:
            process.channel.get_connection().abort()
            return
        process.stdout.write(output.text)
        process.exit(output.exit_status)

    async def _listen(self) -> None:
        methods = self._host.login_methods
        self._acceptor = await asyncssh.listen(
            sock=listener_at(self._reserved),
            server_factory=lambda: _Login(self._host, self.connections),
            server_host_keys=[self._key],
            process_factory=self.handle,
            password_auth="password" in methods,
            kbdint_auth="keyboard-interactive" in methods,
            public_key_auth=bool(self._host.authorized_keys),
            allow_scp=False,
            **(_OLD if self._host.old_ssh else {}),
        )

    async def _stop_listening(self) -> None:
        if self._acceptor is None:
            return
        self._acceptor.close()
        await self._acceptor.wait_closed()
        self._acceptor = None


class _Login(asyncssh.SSHServer):
    def __init__(self, host: Host, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._host = host
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the library's signature
        if self._connection is not None:
            self._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        # Keys do not get around lockdown, either.
        may = username == "root" and not self._host.locks_out(username)
        if self._connection is not None and self._host.authorized_keys and may:
            self._connection.set_authorized_keys(asyncssh.import_authorized_keys(self._host.authorized_keys))
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        right = username == "root" and compare_digest(password.encode(), self._host.root_password.encode())
        return right and not self._host.locks_out(username)
