# ruff: noqa: ARG002 - asyncssh fixes the signatures
"""A real SSH server with scripted commands, for what no stock host would do on request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from bot.esxi import Bastion, HostAccess

PASSWORD = "s3cret-of-the-host"
Handler = Callable[["asyncssh.SSHServerProcess[bytes]"], Awaitable[None]]
Forwarding = Callable[[str, int], bool]


@dataclass
class Server:
    port: int = 0
    key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    other_key: asyncssh.SSHKey | None = None
    methods: tuple[str, ...] = ("password",)
    commands: list[str] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    questions: int = 1
    refuse_channels: bool = False
    forwards: Forwarding | None = None
    """what a bastion does with a wish for a connection; without it, it opens none"""
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    handler: Handler | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def known_hosts(self, folder: Path, key: asyncssh.SSHKey | None = None) -> Path:
        file = folder / "known_hosts"
        shown = (key or self.key).export_public_key().decode().strip()
        file.write_text(f"[127.0.0.1]:{self.port} {shown}\n")
        return file

    def access(self, folder: Path, key: asyncssh.SSHKey | None = None) -> HostAccess:
        return HostAccess(
            covers=lambda name: name.startswith("esx-"),
            known_hosts=self.known_hosts(folder, key),
            password=lambda _: PASSWORD,
            port=self.port,
            address="127.0.0.1",
            connect_seconds=10,
            command_seconds=10,
        )

    def bastion(self, folder: Path, key: asyncssh.SSHKey | None = None) -> Bastion:
        folder.mkdir(exist_ok=True)
        return Bastion(
            host="127.0.0.1",
            port=self.port,
            user="hop",
            password=lambda _: PASSWORD,
            known_hosts=self.known_hosts(folder, key),
        )


class _Login(asyncssh.SSHServer):
    def __init__(self, server: Server) -> None:
        self._server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._server.connections.append(conn)

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        if self._server.forwards is None:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "not from here")
        return self._server.forwards(dest_host, dest_port)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return "password" in self._server.methods

    def validate_password(self, username: str, password: str) -> bool:
        self._server.attempts.append(f"password {password}")
        return password == PASSWORD

    def kbdint_auth_supported(self) -> bool:
        return "keyboard-interactive" in self._server.methods

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> asyncssh.auth.KbdIntChallenge:
        return "", "", "", [("Password: ", False)] * self._server.questions

    def validate_kbdint_response(self, username: str, responses: asyncssh.auth.KbdIntResponse) -> bool:
        self._server.attempts.append(f"keyboard-interactive {list(responses)}")
        return list(responses) == [PASSWORD]

    def session_requested(self) -> bool:
        return not self._server.refuse_channels


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    async def handle(process: asyncssh.SSHServerProcess[bytes]) -> None:
        server.commands.append(process.command or "")
        if server.handler is not None:
            await server.handler(process)

    keys = [server.key] if server.other_key is None else [server.key, server.other_key]
    acceptor = await asyncssh.listen(
        "127.0.0.1",
        server.port,
        server_factory=lambda: _Login(server),
        server_host_keys=keys,
        process_factory=None if server.refuse_channels else handle,
        encoding=None,
        **server.options,
    )
    server.port = acceptor.get_port()
    try:
        yield server
    finally:
        acceptor.close()
        await acceptor.wait_closed()
        await asyncio.sleep(0)


def printing(output: bytes, status: int = 0) -> Handler:
    async def handle(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.stdout.write(output)
        process.exit(status)

    return handle
