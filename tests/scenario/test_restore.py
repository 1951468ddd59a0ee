"""Paying by hand what a bot that died owes: ``vmdump restore``, without Slack and without the engine."""

import pytest

from bot.demo.stage import HOST, Stage
from tests.scenario.kit import data, kinds

pytestmark = pytest.mark.slow


async def test_restore_by_hand(lab: Stage) -> None:
    gate = "StartService:TSM-SSH:after"
    lab.world.gates.close(gate)
    await lab.start_bot()
    await lab.ask()
    await lab.react("bob", await lab.approval_message())
    await lab.unless_ended(lab.world.gates.reached(gate))
    await lab.kill_bot()
    lab.world.gates.open(gate)
    assert running(lab) == {"TSM": True, "TSM-SSH": True}

    # Slack is not asked: it may be what is down.
    del lab.environment["SLACK_BOT_TOKEN"], lab.environment["SLACK_APP_TOKEN"]
    status, output = await lab.run("restore", "--list")
    assert status == 1
    assert [line.split(" (")[0] for line in output.splitlines()] == [
        f"OWED: ESXi Shell of {HOST}",
        f"OWED: SSH of {HOST}",
    ]
    assert running(lab) == {"TSM": True, "TSM-SSH": True}

    status, output = await lab.run("restore")
    assert status == 0, output
    assert running(lab) == {"TSM": False, "TSM-SSH": False}
    assert "Traceback" not in output

    lab.environment.update(SLACK_BOT_TOKEN=lab.slack.bot_token, SLACK_APP_TOKEN=lab.slack.app_token)
    await lab.start_bot()
    record = await lab.closed()
    assert record["request"]["outcome"] == "failed before the NMI"
    # What was put back by hand is not taken for a start whose answer was lost.
    assert data(record, "failed")["code"] == "changed-meanwhile"
    assert lab.world.nmis == []
    assert running(lab) == {"TSM": False, "TSM-SSH": False}
    assert "nmi-intended" not in kinds(record)
    assert data(record, "closed")["changes"] == data(record, "closed")["restored"] == 2
    services = [(e.call, e.argument) for e in lab.world.effects if e.call.endswith("Service")]
    assert sorted(services) == [
        ("StartService", "TSM"),
        ("StartService", "TSM-SSH"),
        ("StopService", "TSM"),
        ("StopService", "TSM-SSH"),
    ]
    status, output = await lab.verify(record["request"]["id"])
    assert status == 0, output
    assert await lab.stop_bot() == 0
    assert "Traceback" not in lab.log.read_text(encoding="utf-8")


def running(lab: Stage) -> dict[str, bool]:
    host = lab.world.host(HOST)
    return {name: host.service(name).running for name in ("TSM", "TSM-SSH")}
