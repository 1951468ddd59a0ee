"""Asking whether a dump would succeed, and asking for none."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.entry import SITE
from bot.core.errors import Code
from bot.core.events import AskRefused, Checked
from bot.core.finding import Level
from bot.core.policy.right import Right
from bot.requests.ports import CheckAsk
from tests.unit.core.things import ALICE, CAROL, CHANNEL
from tests.unit.guest.readings import windows
from tests.unit.requests.office import Office


async def check(office: Office, person: str = CAROL, key: str = "check/1", query: str = "DumpTest") -> None:
    await office.handlers.check(CheckAsk(key=key, person=person, channel=CHANNEL, query=query))


async def site_entries(office: Office, kind: type[Any]) -> list[Any]:
    return [e.event for e in await office.store.reader.journal(SITE) if isinstance(e.event, kind)]


def no_dump(office: Office) -> None:
    office.world.registry |= windows({"CrashDumpEnabled": 0}).keys


async def test_whoever_may_check_is_told_alone_and_nothing_is_opened(office: Office) -> None:
    office.policies.grants = {Right.CHECK: (CAROL,)}
    no_dump(office)
    await check(office)
    (told,) = await site_entries(office, Checked)
    assert {f.code for f in told.plan.findings if f.level is Level.BLOCK} == {"crash-dump"}
    (post,) = await office.store.reader.unsent()
    assert post.address.person == CAROL
    assert await office.store.reader.living() == ()
    assert office.world.effects == []


async def test_it_is_answered_once(office: Office) -> None:
    office.policies.grants = {Right.CHECK: (CAROL,)}
    for _ in range(2):
        await check(office)
    assert len(await site_entries(office, Checked)) == 1


@pytest.mark.parametrize("denied", [False, True])
async def test_requesting_does_not_give_it_and_denying_takes_it(office: Office, denied: bool) -> None:
    if denied:
        office.policies.grants = {Right.CHECK: (ALICE,)}
        office.policies.denies = {Right.CHECK: (ALICE,)}
    await check(office, ALICE)
    (refused,) = await site_entries(office, AskRefused)
    assert refused.code is (Code.DENIED_BY_RULE if denied else Code.NOT_ALLOWED)
    assert refused.text == "check DumpTest"


async def test_an_unknown_vm_is_said_to_be_unknown(office: Office) -> None:
    office.policies.grants = {Right.CHECK: (CAROL,)}
    await check(office, query="DumpTst")
    (refused,) = await site_entries(office, AskRefused)
    assert refused.code is Code.VM_UNKNOWN
