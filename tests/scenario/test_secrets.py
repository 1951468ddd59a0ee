"""Nothing that opens anything is ever written down, however loud the log."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.demo.site import credentials
from bot.demo.stage import Stage
from bot.lab.esxi.transfers import Transfers
from bot.lab.slack.socket_mode import SocketMode
from bot.lab.vcenter.sessions import Session, Sessions
from tests.scenario.kit import ear

pytestmark = pytest.mark.slow


@pytest.fixture
def handed_out(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the lab makes up while it runs: tickets of WebSockets, sessions, tokens of file transfers."""
    found: set[str] = set()
    issue, begin, offer = SocketMode.issue_ticket, Sessions.begin, Transfers.offer

    def issue_ticket(self: SocketMode) -> str:
        ticket = issue(self)
        found.add(ticket)
        return ticket

    def begin_session(self: Sessions, user: str) -> Session:
        session = begin(self, user)
        found.add(session.key)
        return session

    def offer_transfer(self: Transfers, *of: Any) -> str:
        url = offer(self, *of)
        found.add(parse_qs(urlsplit(url).query)["token"][0])
        return url

    monkeypatch.setattr(SocketMode, "issue_ticket", issue_ticket)
    monkeypatch.setattr(Sessions, "begin", begin_session)
    monkeypatch.setattr(Transfers, "offer", offer_transfer)
    return found


async def test_no_secret_is_written(lab: Stage, handed_out: set[str]) -> None:
    with ear(lab) as hears:
        await lab.start_bot("--log-level", "debug")
        await hears.refusal("help")
        await lab.slack.refresh_connections()
        await lab.slack.connected()
        await lab.ask()
        await lab.react("bob", await lab.approval_message())
        record = await lab.closed()
        shown = [change.message for change in hears.heard]
    assert record["request"]["outcome"] == "captured"
    commands = (("verify", record["request"]["id"]), ("config", "check"))
    said = [(await lab.run(*words))[1] for words in commands]
    assert await lab.stop_bot() == 0

    assert len(handed_out) >= 4, "two tickets, a session and a transfer at least"
    secrets = {*credentials(lab.worlds, lab.slack).values(), *handed_out}
    texts = {str(number): text for number, text in enumerate(said)}
    texts["chat"] = json.dumps([[m.text, m.blocks, m.metadata] for m in shown + lab.messages()])
    texts["vCenter's log"] = "\n".join(event.message for event in lab.world.events.logged)
    texts["calls"] = "\n".join(effect.argument for effect in lab.world.effects)
    written = {str(path): path.read_bytes() for path in files(lab)}
    assert {Path(name).name for name in written} >= {"bot.log", "vmdump.db", "vmdump.db.engine"}
    written |= {name: text.encode() for name, text in texts.items()}
    found = [
        (name, secret) for name, data in written.items() for secret in secrets if holds(data, secret.encode())
    ]
    assert found == []


def files(lab: Stage) -> Iterator[Path]:
    """Everything that was written in the bot's folder; the lab's own files are not the bot's."""
    for path in lab.folder.rglob("*"):
        if path.is_file() and lab.world.folder not in path.parents:
            yield path


def holds(data: bytes, secret: bytes) -> bool:
    """Whether it is in there, plainly or in Base64, at whichever of the three places it begins."""
    forms = [secret]
    for before in range(3):
        coded = base64.b64encode(bytes(before) + secret).rstrip(b"=")
        # The first and the last characters depend on what stands beside it.
        forms.append(coded[4 if before else 0 : -1])
    return any(form in data for form in forms)


def test_a_secret_in_base64_is_found() -> None:
    for before in range(3):
        assert holds(base64.b64encode(b"u" * before + b":a-longer-secret:" + b"rest"), b"a-longer-secret")
    assert not holds(b"nothing of the kind", b"a-longer-secret")


async def test_no_wrong_password_is_written(lab: Stage) -> None:
    """What somebody mistyped is mostly somebody's password elsewhere: host and guest refuse these."""
    lab.environment["ESXI_ROOT"] = "root-password-of-another-host"
    lab.environment["GUEST_WINDOWS"] = "guest-password-of-another-vm"
    await lab.start_bot("--log-level", "debug")
    await lab.ask()
    plan = await lab.approval_message()
    assert "the guest tells nothing now (guest-login)" in plan.text
    await lab.react("bob", plan)
    record = await lab.closed()
    assert record["request"]["outcome"] == "failed before the NMI"
    assert await lab.stop_bot() == 0
    assert any("refuses the SSH login" in message.text for message in lab.messages())
    for name in ("ESXI_ROOT", "GUEST_WINDOWS"):
        secret = lab.environment[name].encode()
        assert [path for path in files(lab) if holds(path.read_bytes(), secret)] == []
        assert not any(secret.decode() in message.text for message in lab.messages())
