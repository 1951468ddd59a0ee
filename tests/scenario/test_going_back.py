"""A backup taken in the middle, a disk that is lost, and a bot that goes on from it without doing harm."""

from __future__ import annotations

import pytest

from bot.demo.judging import trouble
from bot.demo.settings import change_settings
from bot.demo.stage import HOST, Stage
from tests.scenario.kit import data

pytestmark = pytest.mark.slow


def lose_the_disk(lab: Stage) -> None:
    for path in lab.folder.glob("vmdump.db*"):
        path.unlink()


async def closed_again(lab: Stage) -> None:
    host = lab.world.host(HOST)
    await lab.unless_ended(
        lab.world.until(lambda: not host.service("TSM").running and not host.service("TSM-SSH").running)
    )


async def test_the_host_is_closed_and_no_second_nmi_is_sent(lab: Stage) -> None:
    """The backup is from just before the NMI, which was sent since."""
    usual = lab.config[-1].read_text()
    # The bot waits for the host for as long as the backup takes.
    change_settings(lab, lambda site: site["timeouts"].update(command="60s", call="60s"))
    await lab.start_bot()
    lab.world.gates.close("vmdumper:before")
    await lab.ask()
    await lab.react("bob", await lab.approval_message())
    await lab.unless_ended(lab.world.gates.reached("vmdumper:before"))
    status, output = await lab.run("db", "backup", "copy.db")
    assert (status, output.startswith("copy.db: 1 requests with ")) == (0, True)
    lab.world.gates.close("StopService:TSM-SSH:before")
    lab.world.gates.open("vmdumper:before")
    await lab.unless_ended(lab.world.gates.reached("StopService:TSM-SSH:before"))
    await lab.kill_bot()
    lab.world.gates.open("StopService:TSM-SSH:before", drop=True)
    lose_the_disk(lab)
    lab.config[-1].write_text(usual)
    before = len(lab.messages())

    status, output = await lab.run("db", "restore", "copy.db")
    assert status == 0
    assert "is closed as unknown, and no NMI is sent for it" in output
    assert output.count("OWED: ") == 2
    await lab.start_bot()
    await closed_again(lab)
    record = await lab.closed()
    request_id = record["request"]["id"]
    assert record["request"]["outcome"] == "unknown"
    assert data(record, "restored-from-backup")["state"] == "NMI intended"
    assert len(lab.world.nmis) == 1
    told = [message.text for message in lab.messages()[before:]]
    assert told[0].startswith(":warning: *The bot's database was restored from a backup of ")
    assert told[1].startswith("*Closed: unknown.*")
    assert {message.thread_ts for message in lab.messages()[before:]} == {lab.messages()[0].ts}
    status, output = await lab.run("verify", request_id, "--no-thread")
    assert status == 0, output
    assert await lab.stop_bot() == 0
    assert trouble(lab) == []
    # The reconciler has paid or is about to: by hand nothing is left in the end.
    status, output = await lab.run("restore")
    assert status == 0, output


async def test_an_approval_after_it_counts_for_nothing(lab: Stage) -> None:
    """The backup is from before the approval; the request was carried out since."""
    await lab.start_bot()
    await lab.ask()
    plan = await lab.approval_message()
    await lab.react("bob", plan)
    await lab.closed()
    assert await lab.stop_bot() == 0
    assert len(lab.world.nmis) == 1
    status, output = await lab.run("db", "backup", "after.db")
    assert status == 0, output
    lose_the_disk(lab)

    await lab.start_bot()
    await lab.ask()
    await lab.said(" asks for a memory dump of *DumpTest*")
    status, output = await lab.run("db", "restore", "after.db")
    assert status == 1
    assert "Stop it first" in output
    assert await lab.stop_bot() == 0
    status, output = await lab.run("db", "restore", "after.db")
    assert status == 1
    assert "is not empty: 1 requests are in it" in output
    status, output = await lab.run("db", "restore", "after.db", "--replace")
    assert (status, "OWED" in output) == (0, False)
    await lab.start_bot()
    delivery = await lab.react("bob", lab.messages()[-1])
    assert await delivery.settled()
    await lab.ask("status")
    assert await lab.stop_bot() == 0
    assert len(lab.world.nmis) == 1
