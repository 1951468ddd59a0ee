"""The sites of the lab, by the names that their vCenters have in the settings."""

from __future__ import annotations

import secrets
from pathlib import Path

from bot.lab.article import article_world
from bot.lab.modern import add_debian, modern_world
from bot.lab.world import World

ARTICLE = "vc1"
MODERN = "vc2"
DEBIAN = ("debian-01", "vm-901")
"""name and managed object id of the machine whose guest is real, where one is"""
SIMULATED = "simulated"
QEMU = "qemu"
"""what runs in the machine of a story; QEMU's is in the site of today"""
_BUILT_BY = {ARTICLE: article_world, MODERN: modern_world}
Worlds = dict[str, World]


def worlds_for(name: str, folder: Path, speed: float, *, guest: str = SIMULATED) -> Worlds:
    """The article's site always, and the one of that name."""
    worlds = {each: _BUILT_BY[each](folder / each, speed=speed) for each in dict.fromkeys((ARTICLE, name))}
    if guest == QEMU:
        add_debian(worlds[MODERN], *DEBIAN)
    _share_accounts(worlds)
    for world in worlds.values():
        # A slow disk and a quick start: the blue screen stays long enough to be looked at.
        world.pace.dump_bytes_per_second /= 3
        world.pace.reboot /= 2
    return worlds


def _share_accounts(worlds: Worlds) -> None:
    """One password for root of every host, and one in all guests of a family, as a directory gives it."""
    root = secrets.token_urlsafe(12)
    guests = {family: secrets.token_urlsafe(12) for family in ("windows", "linux")}
    for world in worlds.values():
        for host in world.hosts:
            host.root_password = root
        for vm in world.vms:
            vm.guest.password = guests[vm.guest.family]
