"""Whether a story ended as it must: judged at the lab and by the product's own commands, not by its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.demo.stage import HOST, Stage
from bot.demo.stories import Story


@dataclass(frozen=True, slots=True)
class Before:
    """How the host was before the bot came."""

    services: dict[str, bool]


def note(stage: Stage) -> Before:
    return Before(_services(stage))


async def faults(stage: Stage, story: Story, before: Before, record: dict[str, Any]) -> list[str]:
    """What is not as it must be; empty when all is well."""
    found = []
    outcome = record["request"]["outcome"]
    if outcome != story.outcome:
        found.append(f"the outcome is {outcome}, it must be {story.outcome}")
    if len(stage.world.nmis) != story.nmis:
        found.append(f"{len(stage.world.nmis)} NMIs reached the machine, it must be {story.nmis}")
    if any(nmi.vm != "DumpTest" for nmi in stage.world.nmis):
        found.append("an NMI reached another machine")
    now = _services(stage)
    found += [
        f"{name} is {'on' if now[name] else 'off'} and was not before"
        for name, was in before.services.items()
        if now[name] is not was
    ]
    closed = next((e["data"] for e in record["entries"] if e["kind"] == "closed"), None)
    if closed is None or closed["restored"] != closed["changes"]:
        found.append("the record does not say that every change was put back")
    status, output = await stage.run("verify", record["request"]["id"])
    if status != 0:
        found.append(f"vmdump verify says:\n{output}")
    return found


def _services(stage: Stage) -> dict[str, bool]:
    host = stage.world.host(HOST)
    return {name: host.service(name).running for name in ("TSM", "TSM-SSH")}
