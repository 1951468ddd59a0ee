"""Logging in and running commands, against a real SSH server."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
import socket
from pathlib import Path

import asyncssh
import pytest

from bot.capture.ports import NmiAnswer, Shells
from bot.core.errors import Code, VmdumpError
from bot.core.known_key import KnownKey
from bot.esxi import HostAccess, NoAccess, SshShells
from bot.esxi.shells import Pins
from tests.unit.esxi.ssh_server import PASSWORD, Server, printing, serving

HOST = "esx-01.example.com"
OUTPUTS = Path(__file__).parent / "outputs"
OLD = {
    "kex_algs": ["diffie-hellman-group14-sha1"],
    "encryption_algs": ["aes128-cbc"],
    "mac_algs": ["hmac-sha1"],
    "signature_algs": ["ssh-rsa"],
}


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


def pins(key: str | None) -> Pins:
    async def pinned(host_name: str) -> str | None:
        assert host_name == HOST
        return key

    return pinned


async def failure(access: HostAccess, pin: str | None = None) -> VmdumpError:
    with pytest.raises(VmdumpError) as caught:
        async with SshShells([access], pins(pin)).open(HOST):
            pass
    assert PASSWORD not in str(caught.value.params)
    return caught.value


def test_the_first_that_covers_a_host_counts(tmp_path: Path) -> None:
    shells: Shells = SshShells(
        [
            HostAccess(
                covers=lambda name: name == "esx-03", known_hosts=tmp_path, services=("TSM", "TSM-SSH")
            ),
            NoAccess(covers=lambda name: name == "esx-04"),
            HostAccess(covers=lambda name: name.startswith("esx-"), known_hosts=tmp_path),
        ]
    )
    assert shells.way("esx-03").services == ("TSM", "TSM-SSH")
    assert shells.way("esx-05").services == ("TSM-SSH",)
    for host, code in (("esx-04", Code.HOST_NOT_REACHED), ("other", Code.NO_ROUTE)):
        with pytest.raises(VmdumpError) as closed:
            shells.way(host)
        assert closed.value.code is code


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
async def test_worlds_and_nmi_after_a_login(tmp_path: Path, method: str) -> None:
    async def esxi(process: asyncssh.SSHServerProcess[bytes]) -> None:
        if "vmdumper" in (process.command or ""):
            await printing(b"Sending NMI to guest...\n")(process)
        else:
            await printing((OUTPUTS / "vsan.xml").read_bytes())(process)

    async with serving(Server(methods=(method,), handler=esxi)) as server:
        async with SshShells([server.access(tmp_path)]).open(HOST) as shell:
            (world,) = await shell.worlds()
            report = await shell.send_nmi(world.world_id)
        assert report.answer is NmiAnswer.SENT
        assert server.commands == ["esxcli --formatter=xml vm process list", "/sbin/vmdumper 2103350 nmi"]
        assert len(server.attempts) == 1


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
@pytest.mark.parametrize("only", [("kex_algs",), ("encryption_algs",), tuple(OLD)])
async def test_old_algorithms_are_offered_on_request(tmp_path: Path, only: tuple[str, ...]) -> None:
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    async with serving(Server(key=rsa, options={name: OLD[name] for name in only})) as server:
        access = server.access(tmp_path)
        error = await failure(access)
        assert error.code in (Code.SSH_UNREACHABLE, Code.SSH_HOST_KEY)
        assert server.attempts == []
        async with SshShells([dataclasses.replace(access, legacy=True)]).open(HOST):
            pass


async def test_text_where_xml_cannot_be_read(tmp_path: Path) -> None:
    async def old(process: asyncssh.SSHServerProcess[bytes]) -> None:
        if "--formatter" in (process.command or ""):
            await printing(b"Error: Unknown formatter\n", 1)(process)
        else:
            await printing((OUTPUTS / "article.txt").read_bytes())(process)

    async with (
        serving(Server(handler=old)) as server,
        SshShells([server.access(tmp_path)]).open(HOST) as shell,
    ):
        assert [w.world_id for w in await shell.worlds()] == [3199732]


async def test_a_list_that_cannot_be_read_either_way_is_refused(tmp_path: Path) -> None:
    async with (
        serving(Server(handler=printing(b"cannot open shared object\n", 0))) as server,
        SshShells([server.access(tmp_path)]).open(HOST) as shell,
    ):
        with pytest.raises(VmdumpError) as caught:
            await shell.worlds()
    assert caught.value.code is Code.PROCESS_LIST


async def test_an_unknown_key_is_refused_before_any_password(tmp_path: Path) -> None:
    async with serving(Server()) as server:
        file = tmp_path / "known_hosts"
        access = server.access(tmp_path)
        file.write_text("")
        error = await failure(access)
        assert server.attempts == []
    assert error.code is Code.SSH_HOST_KEY_UNKNOWN
    assert error.params["fingerprint"] == server.key.get_fingerprint("sha256")
    assert error.params["key"] == public(server.key)
    assert error.params["file"] == str(file)
    assert file.read_text() == ""


async def test_a_revoked_key_is_no_unknown_one(tmp_path: Path) -> None:
    async with serving(Server()) as server:
        access = server.access(tmp_path)
        pinned = access.known_hosts.read_text()
        access.known_hosts.write_text(f"@revoked {pinned}")
        assert (await failure(access)).code is Code.SSH_HOST_KEY
        assert (await failure(access, public(server.key))).code is Code.SSH_HOST_KEY


async def test_a_key_that_an_admin_pinned_lets_in_where_the_file_knows_none(tmp_path: Path) -> None:
    async with serving(Server(other_key=asyncssh.generate_private_key("ecdsa-sha2-nistp256"))) as server:
        access = server.access(tmp_path)
        access.known_hosts.write_text("")
        async with SshShells([access], pins(public(server.key))).open(HOST):
            pass
        other = asyncssh.generate_private_key("ssh-ed25519")
        assert (await failure(access, public(other))).code is Code.SSH_HOST_KEY
        assert (await failure(access, "no key")).code is Code.CREDENTIAL


async def test_the_file_counts_before_what_an_admin_pinned(tmp_path: Path) -> None:
    async with serving(Server()) as server:
        other = asyncssh.generate_private_key("ssh-ed25519")
        access = server.access(tmp_path, other)
        assert (await failure(access, public(server.key))).code is Code.SSH_HOST_KEY
        async with SshShells([server.access(tmp_path)], pins(public(other))).open(HOST):
            pass


async def known(access: HostAccess, pin: str | None = None) -> tuple[KnownKey, ...]:
    return await SshShells([access], pins(pin)).keys(HOST)


async def test_which_keys_are_known_is_told_without_a_login(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = Server(port=22222, key=key)
    access = server.access(tmp_path)
    file = str(access.known_hosts)
    assert await known(access) == (KnownKey(server="host", file=file, types=("ssh-ed25519",)),)
    # The file counts before a pin, and another port is another server.
    assert not (await known(access, public(key)))[0].pinned
    assert (await known(dataclasses.replace(access, port=22)))[0].types == ()
    assert (await known(dataclasses.replace(access, port=22), public(key))) == (
        KnownKey(server="host", file=file, types=("ssh-ed25519",), pinned=True),
    )
    with pytest.raises(VmdumpError) as closed:
        await SshShells([NoAccess(covers=lambda _: True)]).keys(HOST)
    assert closed.value.code is Code.HOST_NOT_REACHED


async def test_a_revoked_key_is_not_among_those_that_are_known(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    access = Server(port=22222, key=key).access(tmp_path)
    access.known_hosts.write_text(f"@revoked {access.known_hosts.read_text()}")
    assert [k.types for k in await known(access)] == [()]
    assert [k.types for k in await known(access, public(key))] == [()]


async def test_the_bastions_key_is_told_first_and_no_pin_speaks_for_it(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    access = Server(port=22222).access(tmp_path)
    access = dataclasses.replace(access, via=Server(port=22223, key=key).bastion(tmp_path / "jump"))
    assert [(k.server, k.types) for k in await known(access)] == [
        ("bastion", ("ecdsa-sha2-nistp256",)),
        ("host", ("ssh-ed25519",)),
    ]
    (tmp_path / "jump" / "known_hosts").write_text("")
    assert [k.types for k in await known(access, public(key))] == [(), ("ssh-ed25519",)]


@pytest.mark.parametrize(
    ("content", "cause"),
    [(None, "No such file or directory"), (b"\xff\xfe", "not an OpenSSH known_hosts file")],
)
async def test_keys_that_cannot_be_read_are_told_as_such(
    tmp_path: Path, content: bytes | None, cause: str
) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)
    (found,) = await known(dataclasses.replace(Server(port=22222).access(tmp_path), known_hosts=file))
    assert found == KnownKey(server="host", file=str(file), unread=cause)
    (found,) = await known(Server(port=22).access(tmp_path), "no key")
    assert found.unread == "it is no key"


async def test_a_file_that_hangs_holds_nobody_up(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    os.mkfifo(file)
    access = Server(port=22222).access(tmp_path)
    access = dataclasses.replace(access, known_hosts=file, connect_seconds=0.2)
    try:
        assert [k.unread for k in await known(access)] == ["time-out"]
    finally:
        os.close(os.open(file, os.O_WRONLY))


@pytest.mark.parametrize("status", [126, 127])
async def test_a_host_without_vmdumper(tmp_path: Path, status: int) -> None:
    async with (
        serving(Server(handler=printing(b"sh: not found\n", status))) as server,
        SshShells([server.access(tmp_path)]).open(HOST) as shell,
    ):
        with pytest.raises(VmdumpError) as caught:
            await shell.running_vms()
    assert caught.value.code is Code.VMDUMPER


async def test_vmdumper_is_only_asked_for_its_list(tmp_path: Path) -> None:
    async with (
        serving(Server(handler=printing(b"wid=7\tpid=-1\n", 1))) as server,
        SshShells([server.access(tmp_path)]).open(HOST) as shell,
    ):
        assert [row.world_id for row in (await shell.running_vms()).rows] == [7]
    assert server.commands == ["/sbin/vmdumper -l"]


async def test_another_key_of_the_pinned_type_is_refused(tmp_path: Path) -> None:
    async with serving(Server()) as server:
        error = await failure(server.access(tmp_path, asyncssh.generate_private_key("ssh-ed25519")))
        assert server.attempts == []
    assert error.code is Code.SSH_HOST_KEY
    assert error.params["fingerprint"] == server.key.get_fingerprint("sha256")


async def test_a_key_of_another_type_is_refused(tmp_path: Path) -> None:
    async with serving(Server()) as server:
        error = await failure(server.access(tmp_path, asyncssh.generate_private_key("ecdsa-sha2-nistp256")))
    assert error.code is Code.SSH_HOST_KEY
    assert error.params["fingerprint"] == "none of a pinned type"


async def test_the_pinned_type_is_asked_for_where_a_host_has_several(tmp_path: Path) -> None:
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    async with serving(Server(other_key=rsa, handler=printing(b""))) as server:
        async with SshShells([server.access(tmp_path, rsa)]).open(HOST):
            pass
        assert len(server.attempts) == 1


async def test_no_file_of_pins_is_a_sentence(tmp_path: Path) -> None:
    access = HostAccess(covers=lambda _: True, known_hosts=tmp_path / "none", password=lambda _: PASSWORD)
    error = await failure(access)
    assert (error.code, error.params["reference"]) == (Code.CREDENTIAL, str(tmp_path / "none"))


@pytest.mark.parametrize(
    "methods", [("password",), ("keyboard-interactive",), ("keyboard-interactive", "password")]
)
async def test_a_wrong_password_is_given_once(tmp_path: Path, methods: tuple[str, ...]) -> None:
    async with serving(Server(methods=methods)) as server:
        error = await failure(dataclasses.replace(server.access(tmp_path), password=lambda _: "wrong"))
        assert len(server.attempts) == 1
    assert (error.code, error.params["username"]) == (Code.SSH_LOGIN, "root")


async def test_a_second_question_gets_no_password(tmp_path: Path) -> None:
    async with serving(Server(methods=("keyboard-interactive",), questions=2)) as server:
        assert (await failure(server.access(tmp_path))).code is Code.SSH_LOGIN
        assert server.attempts == []


async def test_waits_for_a_port_that_opens_a_moment_later(tmp_path: Path) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        server = Server(port=reserved.getsockname()[1])
    access = server.access(tmp_path)
    refused = asyncio.Event()

    async def log_in() -> None:
        async with SshShells([access]).open(HOST):
            pass

    async with asyncio.TaskGroup() as group:
        entering = group.create_task(log_in())
        asyncio.get_running_loop().call_later(0.3, refused.set)
        await refused.wait()
        async with serving(server):
            await entering
    assert len(server.attempts) == 1


async def test_a_port_that_stays_closed(tmp_path: Path) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        server = Server(port=reserved.getsockname()[1])
        error = await failure(dataclasses.replace(server.access(tmp_path), connect_seconds=1.2))
    assert (error.code, error.params["cause"]) == (Code.SSH_UNREACHABLE, "connection refused")


async def test_a_host_that_says_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = Server(port=silent.getsockname()[1])
        error = await failure(dataclasses.replace(server.access(tmp_path), connect_seconds=0.5))
    assert error.code is Code.SSH_TIMEOUT


async def test_an_unreadable_private_key(tmp_path: Path) -> None:
    async with serving(Server()) as server:
        key = tmp_path / "key"
        key.write_text("no key")
        error = await failure(dataclasses.replace(server.access(tmp_path), key_file=key))
    assert error.code is Code.CREDENTIAL


async def test_no_channel_means_no_nmi(tmp_path: Path) -> None:
    async with (
        serving(Server(refuse_channels=True)) as server,
        SshShells([server.access(tmp_path)]).open(HOST) as shell,
    ):
        with pytest.raises(VmdumpError) as caught:
            await shell.send_nmi(3199732)
    assert caught.value.code is Code.SSH_UNREACHABLE
    assert server.commands == []


async def test_a_connection_cut_after_the_line_is_unknown(tmp_path: Path) -> None:
    async def cut(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.stdout.write(b"Sending NMI to guest...\n")
        await process.stdout.drain()
        process.channel.get_connection().abort()

    async with (
        serving(Server(handler=cut)) as server,
        SshShells([server.access(tmp_path)]).open(HOST) as shell,
    ):
        assert (await shell.send_nmi(3199732)).answer is NmiAnswer.UNKNOWN


async def test_a_command_that_never_ends_is_unknown(tmp_path: Path) -> None:
    async def hang(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.stdout.write(b"Sending NMI to guest...\n")

    async with serving(Server(handler=hang)) as server:
        access = dataclasses.replace(server.access(tmp_path), command_seconds=0.5)
        async with SshShells([access]).open(HOST) as shell:
            report = await shell.send_nmi(3199732)
    assert (report.answer, report.output) == (NmiAnswer.UNKNOWN, "Sending NMI to guest...")


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
async def test_debug_logs_hold_no_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    """Even where somebody turns every logger to its most talkative."""
    assert logging.getLogger("asyncssh").level == logging.WARNING
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="asyncssh"):
        async with serving(Server(methods=(method,))) as server:
            async with SshShells([server.access(tmp_path)]).open(HOST):
                pass
            await failure(
                dataclasses.replace(server.access(tmp_path), user="nobody", password=lambda _: "x" + PASSWORD)
            )
    hexed = " ".join(f"{b:02x}" for b in PASSWORD.encode()[:8])
    assert "Auth for user root succeeded" in caplog.text
    assert PASSWORD not in caplog.text
    assert hexed not in caplog.text
    assert PASSWORD not in repr(server.access(tmp_path))


def test_old_algorithms_are_loud(caplog: pytest.LogCaptureFixture) -> None:
    modern = HostAccess(covers=lambda _: True, known_hosts=Path("known_hosts"), match="esx-*")
    SshShells([modern, NoAccess(covers=lambda _: True)])
    assert caplog.records == []
    SshShells([modern, dataclasses.replace(modern, match="old-*, older-*", legacy=True)])
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("hosts old-*, older-*: legacy is on")
