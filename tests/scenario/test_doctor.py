"""``vmdump doctor`` on a whole site, before and after the bot has been started."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.demo.settings import change_settings
from bot.demo.stage import HOST, Stage
from bot.lab.vcenter.privileges import KNOWN

pytestmark = pytest.mark.slow


async def rows(lab: Stage) -> tuple[int, dict[tuple[str, str], dict[str, Any]]]:
    status, output = await lab.run("doctor", "--json")
    return status, {(row["subject"], row["check"]): row for row in json.loads(output)}


async def test_a_site_before_the_first_start(lab: Stage) -> None:
    status, found = await rows(lab)
    assert status == 0
    unwell = {key: row["level"] for key, row in found.items() if row["level"] != "ok"}
    assert unwell == {("database", "readable"): "warn", ("vc1", "route api"): "warn"}
    assert found[HOST, "key of the host"]["seen"] == "ssh-ed25519"
    assert lab.world.effects == []
    assert not (lab.folder / "vmdump.db").exists()


async def test_the_table_says_what_to_do(lab: Stage) -> None:
    await lab.start_bot()
    lab.world.vcenter.privileges = frozenset(KNOWN) - {"Host.Config.NetService", "Global.LogEvent"}
    (lab.folder / "known_hosts").write_text("")
    # Also while the bot runs.
    status, output = await lab.run("doctor")
    assert status == 1
    lines = output.splitlines()
    (ssh,) = (number for number, line in enumerate(lines) if "privilege ssh" in line)
    assert "  FAIL  Host.Config.NetService is missing on 1 of 1 hosts: esx-03.example.com" in lines[ssh]
    assert lines[ssh + 1].lstrip() == "-> add Host.Config.NetService to the account's role on these hosts"
    assert any(
        "privilege event-log" in line and "  WARN  Global.LogEvent is missing" in line for line in lines
    )
    assert any("key of the host" in line and "  WARN  none known in" in line for line in lines)
    assert lines[-1].startswith("1 FAIL, ") or ", 1 FAIL" in lines[-1]
    assert "Traceback" not in output
    assert lab.world.vcenter.password not in output


async def test_programs_in_guests_need_privileges_where_there_are_guests(lab: Stage) -> None:
    execute = "VirtualMachine.GuestOperations.Execute"
    lab.world.vcenter.privileges = frozenset(KNOWN) - {execute}
    _, output = await lab.run("doctor", "--json")
    told = [row for row in json.loads(output) if row["check"] == "privilege guest-program"]
    assert [row["level"] for row in told] == ["warn", "ok"]
    assert told[0]["seen"].startswith(f"{execute} is missing on ")
    change_settings(lab, lambda site: site.update(guests=[]))
    _, found = await rows(lab)
    assert not [check for _, check in found if check == "privilege guest-program"]


async def test_an_endpoint_that_fails_hides_no_other(lab: Stage) -> None:
    def second(site: dict[str, Any]) -> None:
        first = site["vcenters"][0]
        site["vcenters"].append({**first, "name": "vc2", "port": 1})
        site["vcenters"].append({**first, "name": "vc3", "username": "nobody@vsphere.local"})

    change_settings(lab, second)
    status, found = await rows(lab)
    assert status == 1
    assert found["vc1", "reachable"]["level"] == "ok"
    assert (found["vc2", "reachable"]["level"], found["vc2", "reachable"]["seen"]) == (
        "block",
        "Connection refused",
    )
    assert "vCenter vc2 cannot be reached" in found["vc2", "reachable"]["cure"]
    assert "refuses the login of nobody@vsphere.local" in found["vc3", "reachable"]["cure"]
