"""How hosts are reached: through a bastion, with passwords that a vault gives anew, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.demo.judging import faults, note, trouble
from bot.demo.settings import change_settings
from bot.demo.stage import HOST, Stage
from bot.demo.stories import STORIES
from tests.scenario.kit import data, ear, kinds, touched
from tests.unit.esxi.ssh_server import PASSWORD, Server, serving

pytestmark = pytest.mark.slow

ASIDE = "V4ULT-S4YS-TH1S-4S1DE"
VAULT = f"""#!/bin/sh
echo "$1" >> "$(dirname "$0")/asked"
echo {ASIDE} >&2
"""


class Vault:
    """A program that counts how often it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.program = folder / "vault"
        self.answers('exec cat "$(dirname "$0")/secret-$1"')

    def answers(self, line: str) -> None:
        self.program.write_text(VAULT + line + "\n")
        self.program.chmod(0o755)

    def keep(self, name: str, secret: str) -> None:
        (self.folder / f"secret-{name}").write_text(secret + "\n")

    @property
    def reference(self) -> dict[str, list[str]]:
        return {"exec": [str(self.program), "{host}"]}

    @property
    def asked(self) -> list[str]:
        file = self.folder / "asked"
        return file.read_text().split() if file.exists() else []


@pytest.fixture
def vault(lab: Stage, tmp_path: Path) -> Vault:
    made = Vault(tmp_path / "vault")
    made.keep(HOST, lab.world.host(HOST).root_password)
    change_ssh(lab, lambda ssh: ssh.update(password=made.reference))
    return made


def change_ssh(lab: Stage, change: Callable[[dict[str, Any]], None]) -> None:
    change_settings(lab, lambda site: change(site["hosts"][0]["ssh"]))


@asynccontextmanager
async def bastion(lab: Stage, password: object) -> AsyncIterator[list[tuple[str, int]]]:
    """A server in front of the host; gives the connections that it was asked for."""
    opened: list[tuple[str, int]] = []

    def forward(host: str, port: int) -> bool:
        opened.append((host, port))
        return True

    async with serving(Server(forwards=forward)) as jump:
        pins = lab.folder / "jump"
        pins.mkdir()
        via = {"host": "127.0.0.1", "port": jump.port, "user": "hop", "password": password}
        via["known_hosts"] = str(jump.known_hosts(pins))
        change_ssh(lab, lambda ssh: ssh.update(via=via))
        yield opened


async def test_two_captures_through_a_bastion(lab: Stage, vault: Vault) -> None:
    """Each asks the vault for both logins, once."""
    vault.keep("127.0.0.1", PASSWORD)
    story = STORIES["windows-ssh"]
    before = note(lab)
    async with bastion(lab, vault.reference) as opened:
        await lab.start_bot()
        await lab.ask()
        await story.act(lab)
        record = await lab.closed()
        assert await faults(lab, story, before, record) == []
        assert vault.asked == ["127.0.0.1", HOST]
        through = (lab.world.host(HOST).address, lab.world.host(HOST).ssh_port)
        assert through in opened

        await lab.ask("DumpTest once more")
        again = await lab.said("*Reason* once more")
        await lab.react("bob", again)
        await lab.said("*Closed: captured", thread=again)
        assert vault.asked == ["127.0.0.1", HOST] * 2
        assert len(lab.world.nmis) == 2
        assert await lab.stop_bot() == 0
    assert trouble(lab) == []
    nothing_is_kept(lab, PASSWORD, lab.world.host(HOST).root_password, ASIDE)


def nothing_is_kept(lab: Stage, *secrets: str) -> None:
    written = [p for p in lab.folder.iterdir() if p.is_file()] + list((lab.folder / "records").iterdir())
    assert {"vmdump.db", "bot.log"} <= {p.name for p in written}
    for path in written:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], path


async def failed(lab: Stage) -> str:
    """Approves; what the thread says of the capture that touched no machine."""
    before = note(lab)
    await lab.start_bot()
    await lab.ask()
    await lab.react("bob", await lab.approval_message())
    record = await lab.closed()
    assert record["request"]["outcome"] == "failed before the NMI"
    assert lab.world.nmis == []
    assert note(lab) == before
    status, output = await lab.verify(record["request"]["id"])
    assert status == 0, output
    assert await lab.stop_bot() == 0
    assert not [kind for kind in kinds(record) if kind.startswith("nmi")]
    assert data(record, "closed")["restored"] == data(record, "closed")["changes"]
    nothing_is_kept(lab, PASSWORD, lab.world.host(HOST).root_password, ASIDE)
    return "\n".join(message.text for message in lab.messages())


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("exit 3", "ended with exit status 3"),
        ("exec sleep 60", "time-out"),
    ],
    ids=["refuses", "hangs"],
)
async def test_a_vault_that_gives_nothing(lab: Stage, vault: Vault, line: str, cause: str) -> None:
    vault.answers(line)
    said = await failed(lab)
    assert "The credential" in said
    assert cause in said
    assert ASIDE not in said
    assert vault.asked == [HOST]


async def test_a_bastion_that_is_away(lab: Stage) -> None:
    async with bastion(lab, "env:ESXI_ROOT"):
        pass
    said = await failed(lab)
    assert "The bastion 127.0.0.1:" in said
    assert f"through which {HOST} is reached, cannot be reached itself (" in said


async def test_a_host_without_a_way(lab: Stage) -> None:
    """Said to the asker alone; nothing is opened, and nothing waits for a vote."""
    rule = {"match": "esx-*", "reachable": False}
    change_settings(lab, lambda site: site["hosts"].insert(0, rule))
    await lab.start_bot()
    with ear(lab) as hears:
        refused = await hears.refusal("DumpTest support case")
    assert f"The bot has no way into {HOST}: the settings say so" in refused
    assert lab.messages() == []
    assert touched(lab.world) == []
    assert await lab.stop_bot() == 0


async def test_a_host_that_no_setting_fits(lab: Stage) -> None:
    change_settings(lab, lambda site: site.update(hosts=[]))
    await lab.start_bot()
    with ear(lab) as hears:
        refused = await hears.refusal("DumpTest support case")
    assert f"The bot has no way into {HOST}: no entry under `hosts`" in refused
    assert await lab.stop_bot() == 0
