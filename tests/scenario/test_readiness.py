"""Guests are asked while they are well, and only where the settings let the bot in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.demo.settings import change_rules, change_settings
from bot.demo.stage import Stage
from tests.scenario.kit import ear

pytestmark = pytest.mark.slow

IN_GUEST = {
    "ListFilesInGuest",
    "InitiateFileTransferFromGuest",
    "StartProgramInGuest",
    "ListProcessesInGuest",
}


def may_check(rules: dict[str, Any]) -> None:
    rules["rules"][0]["grant"]["check"] = ["responders"]


def of_guests(lab: Stage) -> set[str]:
    return {call.name for call in lab.world.calls} & IN_GUEST


async def swept(lab: Stage) -> dict[str, Any]:
    """The first sweep's entry in the site journal, as an auditor gets it."""
    while True:
        status, output = await lab.run("record", "site", "--out", "records")
        assert status == 0, output
        record = json.loads((lab.folder / "records" / "site.json").read_text(encoding="utf-8"))
        for entry in record["entries"]:
            if entry["kind"] == "swept":
                found: dict[str, Any] = entry["data"]
                return found


async def test_a_guest_that_hangs_is_judged_by_what_it_told_in_a_sweep(lab: Stage) -> None:
    change_rules(lab, may_check)
    change_settings(lab, lambda site: site["vcenters"][0].update(sweep="1h"))
    await lab.start_bot()
    told = await swept(lab)
    assert told["vcenter"] == "vc1"
    assert told["told"] + sum(told["failed"].values()) == 8, "archive is switched off"
    guest = lab.world.vm("DumpTest").guest
    guest.hung = "refusing"
    with ear(lab) as hears:
        answer = await hears.refusal("check DumpTest")
    assert "Windows is set to write a complete memory dump" in answer
    assert "the guest was not asked (guest-unavailable)" in answer
    assert await lab.stop_bot() == 0


async def test_without_the_setting_nobody_logs_in_to_a_guest_before_the_nmi(lab: Stage) -> None:
    change_rules(lab, may_check)

    def closed(site: dict[str, Any]) -> None:
        for rule in site["guests"]:
            del rule["guest_login"]

    change_settings(lab, closed)
    await lab.start_bot()
    with ear(lab) as hears:
        answer = await hears.refusal("check DumpTest")
    assert "the guest was not asked (guest-login-off)" in answer
    await lab.ask()
    await lab.approval_message()
    assert of_guests(lab) == set()
    assert await lab.stop_bot() == 0


async def test_who_may_not_check_is_told_so(lab: Stage) -> None:
    change_rules(lab, lambda rules: rules["rules"][0]["grant"].pop("check"))
    await lab.start_bot()
    with ear(lab) as hears:
        assert "No rule lets you ask for that here." in await hears.refusal("check DumpTest")
    assert of_guests(lab) == set()
    assert await lab.stop_bot() == 0
