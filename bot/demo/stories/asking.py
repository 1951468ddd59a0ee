"""What is refused before anybody can vote on it, to whoever asked alone."""

from __future__ import annotations

from typing import Any

from bot.core.errors import Code
from bot.core.request import Outcome
from bot.demo.settings import change_rules
from bot.demo.stage import Stage
from bot.demo.stories.deeds import approve
from bot.demo.story import BOTH, CAPTURED, DUMPTEST, Refusal, Story


async def _read_the_answer(stage: Stage) -> None:
    await stage.told(1)


async def _two_of_a_name(stage: Stage) -> None:
    stage.world.vm("vm-105").name = "DumpTest"

    def test_too(rules: dict[str, Any]) -> None:
        rules["rules"][0]["match"]["folder"] = "/DC1/vm/*"

    change_rules(stage, test_too)


async def _datastore_nearly_full(stage: Stage) -> None:
    """7 % of it are free: many times the dump, and still too little for what else grows there."""
    stage.world.vm(DUMPTEST).datastore.free_bytes = 150 << 30


async def _ask_by_id(stage: Stage) -> None:
    await stage.told(1)
    await stage.ask("vc1:vm-101 support case 4711")
    await approve(stage)


async def _bob_asks_too(stage: Stage) -> None:
    await stage.approval_message()
    await stage.ask("DumpTest it hangs again", user="bob")
    await stage.told(1)
    await approve(stage)


STORIES = (
    Story(
        "unknown-vm",
        "there is no VM of that name: alice reads which names are near",
        None,
        _read_the_answer,
        told=(Refusal("alice", Code.VM_UNKNOWN, "no VM called DumpTst.\nNear to it: DumpTest, DumpTest2"),),
        asks="DumpTst support case 4711",
    ),
    Story(
        "duplicate-names",
        "two VMs have the name: alice reads which, and asks again by id",
        Outcome.CAPTURED,
        _ask_by_id,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        told=(
            Refusal(
                "alice",
                Code.VM_AMBIGUOUS,
                "vc1:vm-101  /DC1/vm/prod/DumpTest\nvc1:vm-105  /DC1/vm/test/DumpTest",
            ),
        ),
        prepare=_two_of_a_name,
    ),
    Story(
        "powered-off",
        "a VM that is off has nothing to dump: refused before anybody is asked to vote",
        Outcome.REFUSED,
        _read_the_answer,
        told=(Refusal("alice", Code.NOT_READY, "archive is switched off"),),
        asks="archive support case 4711",
    ),
    Story(
        "datastore-nearly-full",
        "the dump could fill the datastore, which would stop every VM on it: refused before anybody votes",
        Outcome.REFUSED,
        _read_the_answer,
        told=(
            Refusal(
                "alice",
                Code.NOT_READY,
                "stops every VM on it: nfs01 has 150.0 GiB free, 213.3 GiB are needed",
            ),
        ),
        prepare=_datastore_nearly_full,
    ),
    Story(
        "bot-not-in-channel",
        "where the bot was not invited there would be no record: refused",
        None,
        _read_the_answer,
        told=(Refusal("alice", Code.NOT_IN_CHANNEL, "I am not in this channel"),),
        channel="inc-7",
    ),
    Story(
        "second-request",
        "bob asks for the same VM: refused by the name of alice's request, which goes on",
        Outcome.CAPTURED,
        _bob_asks_too,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        told=(Refusal("bob", Code.VM_BUSY, "DumpTest has a living request already: VD-"),),
    ),
)
