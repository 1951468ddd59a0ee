"""Who decides, and who does not."""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.request import Outcome
from bot.demo.settings import change_rules, change_settings
from bot.demo.stage import Stage
from bot.demo.stories.deeds import approve, deny
from bot.demo.story import BOTH, CAPTURED, Refusal, Story
from bot.lab.slack.default_workspace import ALICE

READING = "RetrievePropertiesEx:before"
"""the gate at which the bot reads the plan again once it is approved"""


async def _ignore(stage: Stage) -> None:
    await stage.approval_message()


async def _soon_over(stage: Stage) -> None:
    change_rules(stage, lambda rules: rules["rules"][0]["approve"].update(expires="2s"))


async def _cancel(stage: Stage) -> None:
    plan = await stage.approval_message()
    await stage.ask(f"cancel {stage.request_id(plan)}")


async def _patient(stage: Stage) -> None:
    """The bot waits for vCenter for as long as bob may need on a slow machine."""
    change_settings(stage, lambda site: site["timeouts"].update(call="60s"))


async def _withdraw(stage: Stage) -> None:
    plan = await stage.approval_message()
    gates = stage.world.gates
    gates.close(READING)
    await stage.react("bob", plan)
    await stage.unless_ended(gates.reached(READING))
    await stage.unreact("bob", plan)
    await stage.said("*Closed: ")
    gates.open(READING)


async def _mallory_first(stage: Stage) -> None:
    await stage.react("mallory", await stage.approval_message())
    await stage.told(1)
    await approve(stage)


async def _alice_is_an_approver(stage: Stage) -> None:
    change_rules(stage, lambda rules: rules["groups"]["vm-owners"]["users"].append(ALICE))


async def _alice_first(stage: Stage) -> None:
    await stage.react("alice", await stage.approval_message())
    await stage.told(1)
    await approve(stage)


STORIES = (
    Story(
        "denied",
        "bob reacts with a cross: nothing is changed",
        Outcome.DENIED,
        deny,
        thread=("planned", "voted", "closed"),
    ),
    Story(
        "expired",
        "nobody answers in time: nothing is changed",
        Outcome.EXPIRED,
        _ignore,
        thread=("planned", "expired", "closed"),
        prepare=_soon_over,
    ),
    Story(
        "cancelled",
        "alice calls it off herself before anybody has answered",
        Outcome.CANCELLED,
        _cancel,
        thread=("planned", "cancelled", "closed"),
    ),
    Story(
        "withdrawn",
        "bob approves and takes it back before anything is changed: that wins",
        Outcome.CANCELLED,
        _withdraw,
        thread=("planned", "voted", "vote-withdrawn", "closed"),
        prepare=_patient,
    ),
    Story(
        "not-an-approver",
        "mallory's check mark counts for nothing, and she is told; bob's counts",
        Outcome.CAPTURED,
        _mallory_first,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        told=(Refusal("mallory", Code.NOT_AN_APPROVER, "You are not one of the approvers of VD-"),),
    ),
    Story(
        "self-approval",
        "alice is an approver too: her own check mark counts for nothing, and she is told; bob's counts",
        Outcome.CAPTURED,
        _alice_first,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        told=(Refusal("alice", Code.SELF_APPROVAL, "so somebody else has to approve it"),),
        prepare=_alice_is_an_approver,
    ),
)
