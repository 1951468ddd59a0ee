"""Passwords that a program gives: asked for at each login, once, and kept nowhere."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from dataclasses import replace
from pathlib import Path
from types import AsyncGeneratorType

import pytest

from bot.core.errors import Code, VmdumpError
from bot.esxi import HostAccess, SshShells
from bot.messages.catalogue import sentence
from bot.settings import credentials
from bot.settings.credentials import Credential
from tests.unit.esxi.ssh_server import PASSWORD, Server, serving

HOST = "esx-01.example.com"
ASIDE = "V4ULT-S4YS-TH1S-4S1DE"


class Vault:
    """A program that notes each of its runs, and talks beside the point."""

    def __init__(self, folder: Path, line: str) -> None:
        self._runs = folder / "runs"
        program = folder / "vault"
        program.write_text(f"#!/bin/sh\necho \"$1\" >> '{self._runs}'\necho {ASIDE} >&2\n{line}\n")
        program.chmod(0o755)
        self.credential = Credential.parse({"exec": [str(program), "{host}"]})

    def read(self, name: str) -> str:
        return self.credential.read(host=name)

    @property
    def runs(self) -> list[str]:
        return self._runs.read_text().split() if self._runs.exists() else []


async def log_in(access: HostAccess) -> None:
    async with SshShells([access]).open(HOST):
        pass


async def test_each_login_asks_anew(tmp_path: Path) -> None:
    vault = Vault(tmp_path, f"echo {PASSWORD}")
    jump = Server(forwards=lambda *_: True)
    async with serving(Server()) as server, serving(jump):
        access = replace(server.access(tmp_path), password=vault.read)
        await log_in(access)
        assert vault.runs == [HOST]
        await log_in(access)
        assert vault.runs == [HOST] * 2
        via = replace(jump.bastion(tmp_path / "jump"), password=vault.read)
        await log_in(replace(access, via=via))
        assert vault.runs == [HOST, HOST, "127.0.0.1", HOST]


async def test_nothing_of_the_login_remembers_the_password(tmp_path: Path) -> None:
    """After it, not even while the shell is open."""
    vault = Vault(tmp_path, f"echo {PASSWORD}")
    gc.collect()
    before = gc.get_objects()
    older = {id(o) for o in before}
    async with serving(Server()) as server:
        shells = SshShells([replace(server.access(tmp_path), password=vault.read)])
        async with shells.open(HOST) as shell:
            now = [o for o in gc.get_objects() if id(o) not in older]
            holders = [o for o in now if type(o).__module__.startswith("bot.esxi")]
            assert shell in holders
            assert not [o for o in holders if PASSWORD in str(getattr(o, "__dict__", ""))]
            frames = [o.ag_frame for o in now if isinstance(o, AsyncGeneratorType)]
            waiting = [f for f in frames if f is not None and "bot/esxi" in f.f_code.co_filename]
            assert waiting
            assert not [f for f in waiting if PASSWORD in str(f.f_locals)]


@pytest.mark.parametrize("keep", [False, True], ids=["", "kept on purpose"])
async def test_its_text_is_nowhere_in_the_process_and_still_hidden_in_the_log(
    tmp_path: Path, keep: bool
) -> None:
    """Looked for in a process of its own: here the server and the tests have it."""
    vault = Vault(tmp_path, f"echo {PASSWORD}")
    async with serving(Server()) as server:
        words = [str(tmp_path / "vault"), str(server.known_hosts(tmp_path)), str(server.port), PASSWORD[::-1]]
        looking = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.unit.esxi.heap", *words, *(["keep"] if keep else [])),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        output, log = await looking.communicate()
    assert looking.returncode == 0, log.decode()
    assert vault.runs == [HOST] * 2
    found = ["list"] if keep else []
    assert [line.split() for line in output.decode().splitlines()] == [["open:", *found], ["after:", *found]]
    assert PASSWORD not in log.decode()
    assert "refused" in log.decode()
    assert "told: (hidden)" in log.decode()


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (f"echo {PASSWORD}; exit 3", "ended with exit status 3"),
        ("exit 0", "is empty"),
        ("kill -9 $$", "ended with exit status -9"),
        (f"echo {PASSWORD}; exec sleep 60", "gave no answer in 0.3 s"),
        ("printf '\\377'", "is not UTF-8 text"),
    ],
    ids=["status", "empty", "killed", "hangs", "binary"],
)
async def test_a_program_that_fails(
    tmp_path: Path,
    line: str,
    cause: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(credentials, "EXEC_SECONDS", 0.3 if "sleep" in line else 10.0)
    vault = Vault(tmp_path, line)
    async with serving(Server()) as server:
        with pytest.raises(VmdumpError) as caught:
            await log_in(replace(server.access(tmp_path), password=vault.read))
        assert server.attempts == []
    assert caught.value.code is Code.CREDENTIAL
    assert cause in sentence(caught.value)
    assert vault.runs == [HOST]
    said = f"{caught.value.params} {sentence(caught.value)} {caplog.text} {''.join(capfd.readouterr())}"
    assert ASIDE not in said
    assert PASSWORD not in said


async def test_a_program_that_takes_longer_than_a_login_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "EXEC_SECONDS", 1.0)
    vault = Vault(tmp_path, "exec sleep 60")
    async with serving(Server()) as server:
        access = replace(server.access(tmp_path), password=vault.read, connect_seconds=0.3)
        with pytest.raises(VmdumpError) as caught:
            await log_in(access)
    assert (caught.value.code, caught.value.params["cause"]) == (Code.CREDENTIAL, "time-out")
