"""What an approval needs besides somebody's check mark."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.core.errors import Code
from bot.core.request import Outcome
from bot.demo.settings import change_rules, change_settings
from bot.demo.stage import Stage
from bot.demo.stories.deeds import approve
from bot.demo.story import AFTER_API, BOTH, CAPTURED, OPENED, PAYDB, SSH, Deed, Refusal, Story
from bot.demo.worlds import MODERN
from bot.lab.slack.default_workspace import BOB, CAROL, GUEST

Rules = dict[str, Any]
READING = "RetrievePropertiesEx:before"
"""the gate at which the bot reads the plan again once it is approved"""
TWO_VOTES = ("planned", "voted", *CAPTURED[1:])


def production(change: Callable[[Rules, Rules], object]) -> Deed:
    """Changes the rules, of which one is that of the demo's VMs."""

    async def prepare(stage: Stage) -> None:
        change_rules(stage, lambda rules: change(rules, rules["rules"][0]))

    return prepare


async def _patient(stage: Stage) -> None:
    """The bot waits for vCenter for as long as people may need on a slow machine.

    That long it also waits before it reads back a second time what it has put back.
    """
    change_settings(stage, lambda site: site["timeouts"].update(call="20s"))


def _patiently(deed: Deed) -> Deed:
    async def prepare(stage: Stage) -> None:
        await deed(stage)
        await _patient(stage)

    return prepare


async def _both(stage: Stage) -> None:
    plan = await stage.approval_message()
    await stage.react("bob", plan)
    await stage.said("1 of 2")
    await stage.react("carol", plan)


async def _two_groups(stage: Stage) -> None:
    plan = await stage.approval_message()
    await stage.react("bob", plan)
    await stage.said("An approver of security is still needed")
    await stage.react("carol", plan)


def _security_too(rules: Rules, rule: Rules) -> None:
    rules["groups"]["security"] = {"users": [CAROL]}
    rule["approve"]["all_of"] = ["vm-owners", "security"]


async def _held_back(stage: Stage, act: Deed) -> None:
    """Something happens when bob has approved, before the bot reads the plan again."""
    plan = await stage.approval_message()
    gates = stage.world.gates
    gates.close(READING)
    await stage.react("bob", plan)
    await stage.unless_ended(gates.reached(READING))
    await act(stage)
    gates.open(READING)


async def _moves(stage: Stage) -> None:
    async def move(stage: Stage) -> None:
        vm = stage.world.vm("PayDB")
        to = next(host for host in stage.world.hosts if host is not vm.host)
        stage.narrate(f"DRS moves PayDB to {to.name}")
        await stage.world.migrate(vm, to, by_drs=True)
        await stage.world.until(lambda: vm.host is to)

    await _held_back(stage, move)
    await stage.said("is a new one (number 2)")
    await approve(stage)


async def _carol_denies(stage: Stage) -> None:
    async def deny(stage: Stage) -> None:
        await stage.react("carol", await stage.approval_message(), "x")
        await stage.said("*Closed: ")

    await _held_back(stage, deny)


async def _at_once(stage: Stage) -> None:
    """Both are on their way before the bot has read either."""
    plan = await stage.approval_message()
    stage.world.gates.close(READING)
    await asyncio.gather(stage.react("bob", plan), stage.react("carol", plan, "x"))
    await stage.said("*Closed: ")
    stage.world.gates.open(READING)


async def _alone(stage: Stage) -> None:
    plan = await stage.approval_message()
    view = await stage.press("alice", plan, "vmdump_break_glass")
    reason = "the invoices of today are at stake"
    if not await stage.send_form(view, vm="DumpTest2", reason=reason):
        raise AssertionError("a form with another name was taken")
    stage.narrate("alice has typed another VM's name, and the form says so")
    stage.world.gates.close(READING)
    await stage.send_form(view, vm="DumpTest", reason=reason)
    await stage.said("BREAK GLASS: approved by")
    await stage.ask(f"review {stage.request_id(plan)} I would have approved", user="bob")
    await stage.said("The break-glass was reviewed by")
    stage.world.gates.open(READING)


def _alice_may_break_glass(_: Rules, rule: Rules) -> None:
    rule["grant"]["break-glass"] = ["responders"]
    rule["approve"]["quorum"] = 2


async def _read_the_answer(stage: Stage) -> None:
    await stage.told(1)


def _frozen(rules: Rules, rule: Rules) -> None:
    rules["freezes"]["quarter-end"] = {"zone": "Europe/Berlin"}
    rule["approve"]["freeze"] = ["quarter-end"]


async def _sre_approves(stage: Stage) -> None:
    change_rules(stage, lambda rules: rules["rules"][0]["approve"].update({"from": ["sre"]}))
    stage.slack.fault("usergroups.users.list", "missing_scope")


async def _ask_again(stage: Stage) -> None:
    await stage.told(1)
    await stage.ask()
    await approve(stage)


def _vendor(rules: Rules, rule: Rules) -> None:
    """The stranger is even named as an approver."""
    rules["groups"]["vm-owners"]["users"].append(GUEST)
    rule["match"]["channel"] = "C0SHARED00"
    rule["external"] = True


async def _guest_first(stage: Stage) -> None:
    await stage.react("guest", await stage.approval_message())
    await stage.told(1)
    await approve(stage)


async def _nobody_listens(stage: Stage) -> None:
    plan = await stage.approval_message()
    await stage.kill_bot()
    stage.narrate("the bot is down; bob reacts, and Slack gives up telling it")
    stage.slack.workspace.set_reaction(plan, BOB, "white_check_mark")
    await stage.start_bot()
    stage.narrate("the bot is back")


async def _own_rules(stage: Stage) -> None:
    change_rules(stage, lambda _: None)


async def _two_from_now_on(stage: Stage) -> None:
    plan = await stage.approval_message()
    rules = stage.folder / "rbac.yaml"
    sound = rules.read_text(encoding="utf-8")
    rules.write_text(sound.replace("quorum: 1", "quorum: 0", 1), encoding="utf-8")
    await stage.logged("the policy stays as it was")
    rules.write_text(sound.replace("quorum: 1", "quorum: 2", 1), encoding="utf-8")
    await stage.logged("another policy is in force")
    stage.narrate("rbac.yaml asks for two approvers now")
    await stage.react("bob", plan)
    await stage.said("1 of 2")
    await stage.react("carol", plan)


STORIES = (
    Story(
        "quorum",
        "two have to agree: bob's check mark is counted, carol's decides",
        Outcome.CAPTURED,
        _both,
        thread=TWO_VOTES,
        nmis=1,
        started=BOTH,
        prepare=production(lambda _, rule: rule["approve"].update(quorum=2)),
    ),
    Story(
        "all-of",
        "an owner and somebody of security have to agree, two different people",
        Outcome.CAPTURED,
        _two_groups,
        thread=TWO_VOTES,
        nmis=1,
        started=BOTH,
        prepare=production(_security_too),
    ),
    Story(
        "plan-changed",
        "the VM moves to another host once bob has approved: the difference is shown, and bob is asked again",
        Outcome.CAPTURED,
        _moves,
        world=MODERN,
        targets=(PAYDB,),
        thread=("planned", "voted", *OPENED, "nmi-sent", "released", *AFTER_API, "judged", "closed"),
        nmis=1,
        started=SSH,
        prepare=_patient,
        asks="PayDB --route ssh support case 4711",
    ),
    Story(
        "break-glass",
        "alice approves alone, with the VM's name and a reason, in the open; bob reviews it",
        Outcome.CAPTURED,
        _alone,
        thread=("planned", "broke-glass", "glass-reviewed", *CAPTURED[2:]),
        nmis=1,
        started=BOTH,
        prepare=_patiently(production(_alice_may_break_glass)),
    ),
    Story(
        "freeze",
        "nothing is approved at the end of the quarter: refused before anybody is asked to vote",
        Outcome.REFUSED,
        _read_the_answer,
        told=(Refusal("alice", Code.FROZEN, "Nothing is approved in window quarter-end"),),
        prepare=production(_frozen),
    ),
    Story(
        "usergroup-unreadable",
        "Slack does not tell who the approvers are: refused; when it does, alice asks again",
        Outcome.CAPTURED,
        _ask_again,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        told=(Refusal("alice", Code.GROUP_UNREADABLE, "Slack does not tell who is in sre"),),
        prepare=_sre_approves,
    ),
    Story(
        "shared-channel-stranger",
        "in a channel that is shared with a vendor its guest reacts: that counts for nothing, bob's does",
        Outcome.CAPTURED,
        _guest_first,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        told=(Refusal("guest", Code.FOREIGN_PERSON, "Only full members of this workspace"),),
        prepare=production(_vendor),
        channel="vendor",
    ),
    Story(
        "votes-while-down",
        "bob reacts while the bot is down, and Slack never tells: found on the message, it counts from then",
        Outcome.CAPTURED,
        _nobody_listens,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
    ),
    Story(
        "simultaneous",
        "bob approves and carol denies in the same moment: the denial wins, and nothing is changed",
        Outcome.DENIED,
        _at_once,
        thread=("planned", "voted", "voted", "closed"),
        prepare=_patient,
    ),
    Story(
        "denied-after-approval",
        "bob approves, carol denies before anything is changed: that wins",
        Outcome.DENIED,
        _carol_denies,
        thread=("planned", "voted", "voted", "closed"),
        prepare=_patient,
    ),
    Story(
        "policy-reloaded",
        "rbac.yaml is broken and then asks for two while the vote is on: one is not enough any more",
        Outcome.CAPTURED,
        _two_from_now_on,
        thread=TWO_VOTES,
        nmis=1,
        started=BOTH,
        prepare=_own_rules,
        log=("the policy stays as it was", "another policy is in force"),
    ),
)
