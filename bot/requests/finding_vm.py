"""From what somebody typed to the one VM that is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from rapidfuzz import fuzz, process

from bot.capture.ports import VCenter
from bot.core.target import NamedVm

NEAREST = 5
LIKE_ENOUGH = 60
"""of 100: below this a name helps nobody"""


async def candidates(vcenters: Mapping[str, VCenter], query: str) -> tuple[list[NamedVm], list[NamedVm]]:
    """The VMs that the query means, and those whose names are near it.

    A query is a name, an inventory path, an instance UUID or a managed object id; ``vc1:name`` narrows it to
    one vCenter. A name in the right letter case beats one in another. What guests say of themselves selects
    nothing. Raises ``VmdumpError`` if a vCenter does not answer: the VM might be there.
    """
    searched, wanted = _narrow(vcenters, query)
    lists = await asyncio.gather(*(vcenter.names() for vcenter in searched.values()))
    every = [vm for names in lists for vm in names]
    by_id = [vm for vm in every if wanted in {vm.moid, vm.path} or wanted.lower() == vm.instance_uuid]
    by_name = [vm for vm in every if vm.name == wanted]
    by_any_case = [vm for vm in every if vm.name.casefold() == wanted.casefold()]
    meant = by_id or by_name or by_any_case
    if meant:
        return meant, []
    return [], _near(every, wanted)


def _narrow(vcenters: Mapping[str, VCenter], query: str) -> tuple[Mapping[str, VCenter], str]:
    prefix, colon, rest = query.partition(":")
    if colon and prefix in vcenters and rest:
        return {prefix: vcenters[prefix]}, rest
    return vcenters, query


def _near(every: list[NamedVm], wanted: str) -> list[NamedVm]:
    found = process.extract(
        wanted.casefold(),
        [vm.name.casefold() for vm in every],
        scorer=fuzz.WRatio,
        limit=NEAREST,
        score_cutoff=LIKE_ENOUGH,
    )
    return [every[index] for _, _, index in found]
