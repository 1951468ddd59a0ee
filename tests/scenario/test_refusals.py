"""What the bot does not do, and what it tells whoever wanted it; told to them alone."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.judging import trouble
from bot.demo.settings import change_rules
from bot.demo.stage import CHANNEL, Stage
from bot.lab.slack import pings
from bot.lab.slack.default_workspace import ALICE, BOB, CAROL, MALLORY
from tests.scenario.kit import Ear, ear, kinds, touched

pytestmark = pytest.mark.slow


def anywhere(rules: dict[str, Any]) -> None:
    """Every VM may be asked for, in every channel: what is refused now, the rules do not refuse."""
    rules["rules"][0]["match"] = {"vm": "*"}


async def test_asking(lab: Stage) -> None:
    change_rules(lab, anywhere)
    await lab.start_bot()
    with ear(lab) as hears:
        await names_that_mean_none_or_several(hears)
        await people_and_places(hears, lab)
        await machines_that_are_never_captured(hears)
        await other_words(hears)
        await deliveries_for_others(hears, lab)
        assert lab.messages() == []
        await by_id_up_to_the_plan(hears, lab)
    assert await lab.stop_bot() == 0
    assert [line for line in trouble(lab) if "refused a delivery" not in line] == []
    assert touched(lab.world) == []


async def names_that_mean_none_or_several(hears: Ear) -> None:
    unknown = await hears.refusal("DumpTst support case")
    assert "There is no VM called DumpTst." in unknown
    assert "Near to it: DumpTest, DumpTest2" in unknown
    assert "Near" not in await hears.refusal("qqqqqqqq")

    twins = await hears.refusal("twin")
    assert "Several VMs are called twin." in twins
    assert "vc1:vm-104  /DC1/vm/prod/twin" in twins
    assert "vc1:vm-105  /DC1/vm/test/twin" in twins


async def people_and_places(hears: Ear, lab: Stage) -> None:
    stranger = await hears.refusal("DumpTest", user="mallory")
    assert "No rule lets you ask for that here." in stranger
    nearly = await hears.refusal("DumpTst", user="mallory")
    assert "DumpTest" not in nearly, "strangers do not learn which VMs there are"
    assert "Captures are asked for in channels" in await hears.refusal("DumpTest", channel="alice")
    assert "I am not in this channel" in await hears.refusal("DumpTest", channel="inc-7")
    guest = await hears.refusal("DumpTest", user="guest", channel="vendor")
    assert "Only full members of this workspace" in guest
    lab.slack.workspace.person("alice").is_restricted = True
    assert "Only full members of this workspace" in await hears.refusal("DumpTest")
    lab.slack.workspace.person("alice").is_restricted = False


async def machines_that_are_never_captured(hears: Ear) -> None:
    for name in ("vcsa", "vmdump-bot", "'vCLS (1)'"):
        assert f"{name.strip(chr(39))} is never captured" in await hears.refusal(name)
    off = await hears.refusal("archive")
    assert "archive is switched off" in off


async def other_words(hears: Ear) -> None:
    for text in ("", "help", "HELP"):
        assert "asks for a memory dump of a VM" in await hears.refusal(text)
    assert await hears.refusal("status") == "No request of this channel is under way."
    assert "There is no request VD-AAAA." in await hears.refusal("cancel VD-AAAA")
    for text in ("cancel", "cancel everything", '"DumpTest'):
        assert "I cannot read that command." in await hears.refusal(text)


async def deliveries_for_others(hears: Ear, lab: Stage) -> None:
    for foreign in ({"team_id": "T0OTHER000"}, {"app_id": "A0OTHER000"}):
        await lab.slack.command("alice", CHANNEL, "DumpTest", **foreign)
        assert "This bot belongs to another workspace" in await hears.private("alice")


async def by_id_up_to_the_plan(hears: Ear, lab: Stage) -> None:
    guest = lab.world.vm("vm-105").guest
    guest.files.write("/etc/sysctl.d/nmi.conf", "kernel.unknown_nmi_panic = 1\n", guest.booted_at)
    guest.linux.boot(guest.booted_at)
    await lab.ask("vc1:vm-105 the one in test")
    plan = await lab.approval_message()
    assert "*twin*" in plan.text
    request = plan.text.split("— ")[1].splitlines()[0]
    busy = await hears.refusal("/DC1/vm/test/twin once more", user="bob")
    assert f"twin has a living request already: {request}." in busy
    assert f"{request} twin: awaiting approval" in await hears.refusal("status")
    assert await hears.refusal("status", channel="random") == "No request of this channel is under way."
    assert "No rule lets you" in await hears.refusal(f"cancel {request}", user="mallory")
    assert plan.thread_ts is None
    await lab.ask(f"cancel {request.lower()}")
    await lab.said("*Closed: cancelled.*")
    assert "past the point where that counts" in await hears.refusal(f"cancel {request}")
    record = await lab.record()
    assert record["request"]["outcome"] == "cancelled"


def two_votes(rules: dict[str, Any]) -> None:
    rules["groups"]["vm-owners"]["users"].append(ALICE)
    rules["rules"][0]["approve"]["quorum"] = 2


async def test_voting(lab: Stage) -> None:
    """Of everything that looks like an approval, only bob's own counts, and once."""
    change_rules(lab, two_votes)
    await lab.start_bot()
    with ear(lab) as hears:
        await lab.ask()
        plan = await lab.approval_message()
        assert "Needs 2 of" in plan.text
        request = plan.text.split("— ")[1].splitlines()[0]

        assert f"living request already: {request}" in await hears.refusal("DumpTest", user="bob")

        await lab.react("mallory", plan)
        assert f"You are not one of the approvers of {request}" in await hears.private("mallory")
        await lab.react("mallory", plan, "x")
        assert "You are not one of the approvers" in await hears.private("mallory")
        await lab.react("alice", plan)
        assert f"You asked for {request} yourself" in await hears.private("alice")

        await lab.react("bob", plan, "thumbsup")
        for foreign in ({"team_id": "T0OTHER000"}, {"app_id": "A0OTHER000"}):
            taken = await lab.slack.react("carol", CHANNEL, plan.ts, "white_check_mark", **foreign)
            assert await taken.settled()
            lab.slack.workspace.drop_reaction(
                lab.slack.workspace.channel(CHANNEL).messages[plan.ts], CAROL, "white_check_mark"
            )
        chat = lab.slack.workspace.post(plan.channel, ALICE, "Shall we?")
        await lab.react("carol", chat)

        vote = await lab.react("bob", plan, "heavy_check_mark::skin-tone-4")
        first = await lab.said("Approved by <@U024BE7LH>", thread=plan)
        assert "1 of 2." in first.text
        again = await lab.slack.repeat(vote)
        assert await again.settled()
        await lab.react("bob", first)
        twice = await lab.react("bob", plan, "white_check_mark")
        assert await twice.settled()
        await lab.react("carol", plan, "x::skin-tone-2")
        record = await lab.closed()

    assert record["request"]["outcome"] == "denied"
    voted = [e["data"] for e in record["entries"] if e["kind"] == "voted"]
    assert [(v["person"], v["choice"], v["count"]) for v in voted] == [
        (BOB, "approve", 1),
        (CAROL, "deny", 1),
    ]
    refused = [e["data"] for e in record["entries"] if e["kind"] == "vote-refused"]
    assert [(v["person"], v["code"]) for v in refused] == [
        (MALLORY, "not-an-approver"),
        (MALLORY, "not-an-approver"),
        (ALICE, "self-approval"),
    ]
    assert touched(lab.world) == []
    assert await lab.stop_bot() == 0


HOSTILE = "<!channel> *x*"


async def test_hostile_names(lab: Stage) -> None:
    """Names, notes and reasons are text, whatever they hold: nobody is pinged who is not meant."""
    vm = lab.world.vm("DumpTest")
    vm.name = HOSTILE
    vm.annotation = f"<!here> <@{MALLORY}> @everyone `code` <https://evil.example|click>"
    await lab.start_bot()
    with ear(lab) as hears:
        for text in ("<!channel>", "&lt;!channel&gt;", f"<@{MALLORY}>", "<!subteam^S0123ABCD>"):
            await hears.refusal(text)
        await lab.ask(f'"{HOSTILE}" <!everyone> <@{MALLORY}|mallory> <!subteam^S0123ABCD> @here *now*')
        await lab.react("bob", await lab.approval_message())
        record = await lab.closed()
        seen = [change.message for change in hears.heard] + lab.messages()

    assert record["request"]["vm_name"] == HOSTILE
    assert record["request"]["outcome"] == "captured"
    meant = {f"@{person}" for person in (ALICE, BOB, CAROL)}
    assert [pings(m, lab.slack.workspace) - meant for m in seen] == [set()] * len(seen)
    assert not any("*x*" in message.text for message in seen)
    assert not any("<https" in message.text for message in seen)
    assert "judged" in kinds(record)
    assert await lab.stop_bot() == 0
    assert trouble(lab) == []
