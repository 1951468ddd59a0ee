"""What the doctor asks for is what the settings want done."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.checkup import EndpointSeen, Privilege
from bot.examination import look
from bot.settings.loading import load
from bot.settings.model import Settings
from tests.unit.capture.world import FakeShells, FakeVCenter, World
from tests.unit.settings.files import VALID, broken, write

INSIDE = ("guest", "guest-program", "guest-reboot")
RULE = VALID[VALID.index("  - match: {guest: windows}") :]


class Lacking(FakeVCenter):
    """Its account may do nothing inside guests."""

    async def examine(self) -> EndpointSeen:
        lacking = [
            Privilege(need=need, name=need, on="VMs", asked=1, lacking=("DumpTest",)) for need in INSIDE
        ]
        return (await super().examine()).model_copy(update={"privileges": tuple(lacking)})


async def asked_for(settings: Settings) -> list[str]:
    """The needs inside guests that the doctor names."""
    world = World()
    rows = await look(settings, {"vc1": Lacking(world)}, FakeShells(world))
    checks = [row.check.removeprefix("privilege ") for row in rows]
    return [check for check in checks if check in INSIDE]


@pytest.mark.parametrize(
    ("rule", "needs"),
    [
        ("guest: windows}", []),
        ("guest: linux}", ["guest", "guest-program"]),
        ("guest: windows}\n    dump_file: 'C:\\d.dmp'", ["guest"]),
        ("guest: linux}\n    dump_file: /var/crash", ["guest", "guest-program"]),
        ("guest: any}\n    dump_file: /var/crash", ["guest", "guest-program"]),
        ("guest: windows}\n    guest_login: false", []),
        ("guest: windows}\n    guest_login: true", [*INSIDE]),
        ("guest: linux}\n    guest_login: true\n    dump_file: /var/crash", [*INSIDE]),
    ],
)
async def test_privileges_inside_guests_only_for_what_is_done_there(
    tmp_path: Path, rule: str, needs: list[str]
) -> None:
    settings = load([write(tmp_path, broken(VALID, "guest: windows}", rule))])
    assert await asked_for(settings) == needs


async def test_without_guests_nothing_is_needed_inside_them(tmp_path: Path) -> None:
    text = VALID.replace(RULE, "").replace("guests:\n", "guests: []\n")
    assert await asked_for(load([write(tmp_path, text)])) == []


async def test_what_one_rule_needs_is_needed(tmp_path: Path) -> None:
    other = "  - match: {guest: linux}\n    username: u\n    password: env:X\n    guest_login: true\n"
    assert await asked_for(load([write(tmp_path, VALID + other)])) == [*INSIDE]
