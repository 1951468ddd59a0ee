"""The bot is ended by SIGKILL at the worst moments, and judged from outside: by the lab and the record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.events import Judged, NmiUnknown
from bot.demo.launching import Launch
from bot.demo.stage import Stage, stage
from tests.fault.kit import approve, die_at, end, ending_without_nmi, kinds

pytestmark = pytest.mark.slow


@pytest.fixture
async def lab(tmp_path: Path, launch: Launch) -> AsyncIterator[Stage]:
    async with stage(tmp_path, launch=launch) as made:
        await made.start_bot()
        yield made


async def test_killed_while_waiting_for_approval(lab: Stage) -> None:
    await lab.ask()
    plan = await lab.approval_message()
    await lab.kill_bot()
    # Slack keeps the reaction for the bot, and brings it when the bot is back.
    reaction = await lab.react("bob", plan)
    record = await end(lab, nmis=1)
    assert record["request"]["outcome"] == "captured"
    assert await reaction.settled()


@pytest.mark.parametrize("forget", [False, True], ids=["engine remembers", "engine's rows are gone"])
async def test_killed_between_the_intent_and_the_nmi(lab: Stage, forget: bool) -> None:
    await die_at(lab, "vmdumper:before", drop=True)
    if forget:
        for path in lab.folder.glob("vmdump.db.engine*"):
            path.unlink()
    record = await end(lab, nmis=0)
    assert record["request"]["outcome"] == ending_without_nmi(record)
    assert NmiUnknown.kind in kinds(record)


async def test_killed_after_the_nmi_and_the_engines_rows_are_gone(lab: Stage) -> None:
    """What the engine remembers is not needed; where it does remember, it is a story of the demo."""
    await die_at(lab, "vmdumper:after", drop=False)
    for path in lab.folder.glob("vmdump.db.engine*"):
        path.unlink()
    record = await end(lab, nmis=1)
    assert record["request"]["outcome"] == "captured"
    assert kinds(record).count(NmiUnknown.kind) == 1
    assert Judged.kind in kinds(record)


async def test_away_until_the_guest_is_back(lab: Stage) -> None:
    """Crash, dump and restart pass unseen: what is found in the guest is the witness."""
    await die_at(lab, "vmdumper:after", drop=False)
    guest = lab.world.vm("DumpTest").guest
    async with asyncio.timeout(30):
        await lab.world.until(lambda: guest.crashes == 1 and guest.state == "running")
    record = await end(lab, nmis=1)
    assert record["request"]["outcome"] == "captured"


async def test_told_to_stop_in_the_middle(lab: Stage) -> None:
    lab.world.gates.close("StopService:TSM:before")
    await approve(lab)
    await lab.unless_ended(lab.world.gates.reached("StopService:TSM:before"))
    assert await lab.stop_bot() == 0
    lab.world.gates.open("StopService:TSM:before", drop=True)
    record = await end(lab, nmis=1)
    assert record["request"]["outcome"] == "captured"


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_while_restoring(lab: Stage, moment: str) -> None:
    await die_at(lab, f"StopService:TSM-SSH:{moment}", drop=moment == "before")
    record = await end(lab, nmis=1)
    assert record["request"]["outcome"] == "captured"


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_while_opening_the_host(lab: Stage, moment: str) -> None:
    """Where the start was lost for certain the capture fails; it never starts the service a second time."""
    await die_at(lab, f"StartService:TSM-SSH:{moment}", drop=moment == "before")
    lost = moment == "before"
    record = await end(lab, nmis=0 if lost else 1)
    assert record["request"]["outcome"] == ("failed before the NMI" if lost else "captured")
    starts = [e for e in lab.world.effects if e.call == "StartService" and e.argument == "TSM-SSH"]
    assert len(starts) == 1
