"""From what somebody typed to the one VM that is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from rapidfuzz import fuzz, process

from bot.capture.ports import VCenter
from bot.core.names import By, Names
from bot.core.target import NamedVm

NEAREST = 5
LIKE_ENOUGH = 60
"""of 100: below this a name helps nobody"""
_AT_A_TIME = 500
"""names compared before others get their turn: some milliseconds"""


@dataclass(frozen=True, slots=True)
class Candidates:
    meant: Sequence[NamedVm] = ()
    told: Sequence[NamedVm] = ()
    """whose guests say that this is their name or address: to be offered, never taken"""
    near: Sequence[NamedVm] = ()
    """whose names are like it"""


async def candidates(vcenters: Mapping[str, VCenter], query: str) -> Candidates:
    """The VMs that the query means; only where there are none, those that might be meant.

    A query is a name, an inventory path, an instance or BIOS UUID or a managed object id; ``vc1:name``
    narrows it to one vCenter. A name in the right letter case beats one in another. Raises ``VmdumpError`` if
    a vCenter does not answer: the VM might be there.
    """
    searched, wanted = _narrow(vcenters, query)
    lists = await asyncio.gather(*(vcenter.names() for vcenter in searched.values()))
    for by in (By.ID, By.NAME, By.ANY_CASE):
        if meant := _found(lists, by, wanted):
            return Candidates(meant=meant)
    return Candidates(told=_found(lists, By.GUEST, wanted), near=await _near(lists, wanted))


def _found(lists: list[Names], by: By, wanted: str) -> list[NamedVm]:
    return [vm for names in lists for vm in names.find(by, wanted)]


def _narrow(vcenters: Mapping[str, VCenter], query: str) -> tuple[Mapping[str, VCenter], str]:
    prefix, colon, rest = query.partition(":")
    if colon and prefix in vcenters and rest:
        return {prefix: vcenters[prefix]}, rest
    return vcenters, query


async def _near(lists: list[Names], wanted: str) -> list[NamedVm]:
    every, folded = list(chain.from_iterable(lists)), wanted.casefold()
    best: list[tuple[float, NamedVm]] = []
    for start in range(0, len(every), _AT_A_TIME):
        part = every[start : start + _AT_A_TIME]
        found = process.extract(
            folded,
            [vm.name.casefold() for vm in part],
            scorer=fuzz.WRatio,
            limit=NEAREST,
            score_cutoff=LIKE_ENOUGH,
        )
        best += [(score, part[index]) for _, score, index in found]
        await asyncio.sleep(0)
    best.sort(key=lambda scored: scored[0], reverse=True)
    return [vm for _, vm in best[:NEAREST]]
