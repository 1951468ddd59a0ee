"""What is seen of every endpoint that a capture would need, without touching anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.capture.ports import Shells, VCenter
from bot.core.checkup import HostSeen, Login, Row, rows_of, rows_of_host, unreachable
from bot.core.errors import Code, VmdumpError
from bot.messages.catalogue import sentence
from bot.settings.guests import GuestRule
from bot.settings.model import Settings


async def look(settings: Settings, vcenters: Mapping[str, VCenter], shells: Shells) -> list[Row]:
    """What is seen of every endpoint, each row with its cure."""
    found = await asyncio.gather(*(_of(settings, vcenter, shells) for vcenter in vcenters.values()))
    return [row for rows in found for row in rows]


async def _of(settings: Settings, vcenter: VCenter, shells: Shells) -> list[Row]:
    try:
        seen = await vcenter.examine()
    except VmdumpError as error:
        return [unreachable(vcenter.name, str(error.params.get("cause", error.code.value)), sentence(error))]
    routes = settings.vcenter(vcenter.name).routes
    logins: dict[str, Login] = {}
    if "ssh" in routes:
        logins = {host.name: await _login(shells, host) for host in seen.hosts}
    needs = _inside(settings.guests)
    if any(login.dead_man for login in logins.values()):
        needs.add("dead-man")
    rows = list(rows_of(vcenter.name, seen, routes, needs))
    for host in seen.hosts:
        rows += rows_of_host(host, logins.get(host.name))
    return rows


def _inside(rules: Sequence[GuestRule]) -> set[str]:
    """What the settings want done in guests: without a login before and a dump to look for, nothing is."""
    needs = set()
    for rule in rules:
        if rule.guest_login:
            needs |= {"guest", "guest-program", "guest-reboot"}
        elif rule.dump_file is not None or rule.match.guest == "linux":
            # Windows' files are read without a program, Linux' by its shell.
            needs |= {"guest"} if rule.match.guest == "windows" else {"guest", "guest-program"}
    return needs


async def _login(shells: Shells, host: HostSeen) -> Login:
    try:
        way, keys = shells.way(host.name), await shells.keys(host.name)
    except VmdumpError as error:
        return Login(left_out=error.code is Code.HOST_NOT_REACHED)
    return Login(user=way.user, dead_man=way.shell_timeout is not None, keys=keys)
