"""``vmdump serve`` that cannot start says why in one sentence, starts nothing, and ends."""

import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from bot.demo.settings import change_settings
from bot.demo.stage import Stage
from bot.lab.tls import make_authority
from tests.scenario.kit import ear, touched

pytestmark = pytest.mark.slow

NO_SENTENCE = ("Traceback", "Error(", 'File "', "During handling")


def no_token(lab: Stage) -> None:
    del lab.environment["SLACK_BOT_TOKEN"]


def wrong_bot_token(lab: Stage) -> None:
    lab.environment["SLACK_BOT_TOKEN"] = "xoxb-of-somebody-else"


def wrong_app_token(lab: Stage) -> None:
    lab.environment["SLACK_APP_TOKEN"] = "xapp-of-somebody-else"


def other_workspace(lab: Stage) -> None:
    lab.slack.workspace.team_id = "T0OTHER000"


def wrong_password(lab: Stage) -> None:
    lab.environment["VC1_PASSWORD"] = "not-the-password-at-all"


def other_authority(lab: Stage) -> None:
    """The certificate of a vCenter that somebody else vouches for."""
    path = lab.folder / "other-ca.pem"
    path.write_text(make_authority("somebody else's CA").pem)
    change_settings(lab, lambda site: site["vcenters"][0]["tls"].update(ca_file=str(path)))


def newer_database(lab: Stage) -> None:
    with closing(sqlite3.connect(lab.folder / "vmdump.db")) as connection, connection:
        connection.execute("CREATE TABLE vmdump_schema (version INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO vmdump_schema VALUES (999)")


def no_database(lab: Stage) -> None:
    (lab.folder / "vmdump.db").write_bytes(b"This is a letter to a friend, and no database at all.")


REASONS: list[tuple[Callable[[Stage], None], tuple[str, ...]]] = [
    (no_token, ("The credential env:SLACK_BOT_TOKEN cannot be read (is not set).",)),
    (wrong_bot_token, ("Slack", "invalid_auth", "Check bot_token and app_token")),
    (wrong_app_token, ("Slack", "app token: invalid_auth", "Check bot_token and app_token")),
    (other_workspace, ("workspace T0OTHER000", "T024BE7LH")),
    (wrong_password, ("vCenter vc1", "refuses the login of vmdump@vsphere.local", "Check the account")),
    (other_authority, ("vCenter vc1", "is not trusted", "Nothing was sent", "Check `tls`")),
    (newer_database, ("schema 999, known up to 3", "Install that version")),
    (no_database, ("The database", "cannot be used (file is not a database)")),
]


@pytest.mark.parametrize(("spoil", "words"), REASONS, ids=lambda value: getattr(value, "__name__", ""))
async def test_what_cannot_start(spoil: Callable[[Stage], None], words: tuple[str, ...], lab: Stage) -> None:
    spoil(lab)
    status, output = await lab.run("serve", "--log-level", "debug")
    assert status == 1
    said = [line for line in output.splitlines() if line.startswith("vmdump: ")]
    assert len(said) == 1, output
    assert output.rstrip().endswith(said[0])
    for word in words:
        assert word in said[0]
    for mark in NO_SENTENCE:
        assert mark not in output
    for secret in ("xoxb-", "xapp-", "not-the-password-at-all"):
        assert secret not in output
    assert " serving" not in output
    assert touched(lab.world) == []


async def test_a_second_bot_on_the_same_database(lab: Stage) -> None:
    await lab.start_bot()
    assert lab.process is not None
    for command in ("serve", "restore"):
        status, output = await lab.run(command)
        assert status == 1
        assert output.count("\n") == 1
        assert f"Another process (pid {lab.process.pid}) holds {lab.folder / 'vmdump.db.lock'}." in output
        assert "Stop it first" in output
    with ear(lab) as hears:
        assert "No request" in await hears.refusal("status"), "the first one is not disturbed"
    assert await lab.stop_bot() == 0


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that is taken and answers nobody."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def test_a_vcenter_that_is_away(lab: Stage) -> None:
    """The bot serves: it has requests to answer, and records to keep; what needs vCenter is refused."""
    with closed_port() as port:
        change_settings(lab, lambda site: site["vcenters"][0].update(port=port))
        await lab.start_bot()
        with ear(lab) as hears:
            answer = await hears.refusal("DumpTest")
            assert "No request" in await hears.refusal("status")
    assert await lab.stop_bot() == 0
    log = lab.log.read_text(encoding="utf-8")
    for told in (answer, log):
        assert re.search(r"vCenter vc1 cannot be reached at 127\.0\.0\.1:\d+ \(Connection refused\)\.", told)
        assert "Check its address, the network and whether it runs." in told
    assert "Traceback" not in log
