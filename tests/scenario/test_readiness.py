"""A guest that hangs is judged by what it told while it was well; one that is not to be asked never is."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.demo.judging import trouble
from bot.demo.settings import change_rules, change_settings
from bot.demo.stage import Stage
from tests.scenario.kit import data, ear

pytestmark = pytest.mark.slow

AGE = timedelta(hours=3)


def inside(lab: Stage, after: int = 0) -> list[str]:
    """The calls that went into a guest, of those that came in later."""
    return [call.name for call in lab.world.calls[after:] if call.name.endswith(("InGuest", "FromGuest"))]


def guests_are(*, login: bool) -> Any:
    def change(site: dict[str, Any]) -> None:
        site["vcenters"][0]["sweep"] = "1h"
        for rule in site["guests"]:
            rule["guest_login"] = login

    return change


async def swept(lab: Stage) -> dict[str, Any]:
    """What the first sweep found, once it is in the site journal."""
    while True:
        with closing(sqlite3.connect(lab.folder / "vmdump.db")) as database:
            row = database.execute("SELECT body FROM entries WHERE key LIKE 'swept/vc1/%'").fetchone()
        if row is not None:
            found: dict[str, Any] = json.loads(row[0])["data"]
            return found
        await asyncio.sleep(0.02)


def make_older(lab: Stage) -> None:
    """As if the sweep had been some hours ago."""
    with closing(sqlite3.connect(lab.folder / "vmdump.db")) as database, database:
        for vm_key, body in database.execute("SELECT vm_key, body FROM readings").fetchall():
            told = json.loads(body)
            told["read_at"] = (datetime.fromisoformat(told["read_at"]) - AGE).isoformat()
            database.execute("UPDATE readings SET body = ? WHERE vm_key = ?", (json.dumps(told), vm_key))


async def test_a_hung_guest_is_judged_by_what_it_told_in_the_last_sweep(lab: Stage) -> None:
    change_settings(lab, guests_are(login=True))
    await lab.start_bot()
    found = await swept(lab)
    assert found["told"] > 1
    assert await lab.stop_bot() == 0
    make_older(lab)
    # Too short for a sweep on a busy machine; a guest that hangs takes all of it.
    change_settings(lab, lambda site: site["timeouts"].update(guest="1s"))
    lab.world.vm("DumpTest").guest.hung = "silent"
    seen = len(lab.world.calls)
    await lab.start_bot()
    with ear(lab) as hears:
        answer = await hears.refusal("check DumpTest")
    assert "*Would a dump of DumpTest succeed?*" in answer
    assert "*The guest said 3 h ago*" in answer
    assert "complete" in answer
    assert "the guest tells nothing now (guest-unavailable)" in answer
    # It was asked, and it was given up; a restart brings no sweep before its time.
    assert inside(lab, seen)
    assert lab.messages() == []
    # Before vSphere 6.0 a registry is read by a program in the guest, which leaves nothing there.
    assert {effect.call for effect in lab.world.effects} <= {"StartProgramInGuest", "DeleteFileInGuest"}
    assert lab.world.nmis == []
    assert await lab.stop_bot() == 0
    # Whether the guest took anything in before it was given up, nobody knows.
    assert [line for line in trouble(lab) if "is left in the guest DumpTest" not in line] == []


async def test_without_guest_login_nobody_logs_in_before_the_nmi(lab: Stage) -> None:
    change_settings(lab, guests_are(login=False))
    await lab.start_bot()
    assert (await swept(lab))["told"] == 0
    with ear(lab) as hears:
        assert "the guest tells nothing now (guest-login-off)" in await hears.refusal("check DumpTest")
    await lab.ask()
    await lab.react("bob", await lab.approval_message())
    record = await lab.closed()
    assert record["request"]["outcome"] == "captured"
    (nmi,) = lab.world.nmis
    early = [call.name for call in lab.world.calls if call.at < nmi.at]
    assert early
    assert [name for name in early if name.endswith(("InGuest", "FromGuest"))] == []
    assert inside(lab), "after the crash the dump is looked at"
    assert data(record, "plan-confirmed")["looked_before"] is False
    assert await lab.stop_bot() == 0
    assert trouble(lab) == []


async def test_who_may_not_check_is_told_so(lab: Stage) -> None:
    change_rules(lab, lambda rules: rules["rules"][0]["grant"].pop("check"))
    await lab.start_bot()
    with ear(lab) as hears:
        assert "No rule lets you ask for that here." in await hears.refusal("check DumpTest")
    assert inside(lab) == []
    assert await lab.stop_bot() == 0
