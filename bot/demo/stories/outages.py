"""What breaks in the middle: the bot itself, the answer of a vCenter, Slack."""

from __future__ import annotations

from bot.core.request import Outcome
from bot.demo.stage import Stage
from bot.demo.stories.deeds import approve
from bot.demo.story import BOTH, CAPTURED, COME_BACK, OPENED, Story

NMI_IS_OUT = "vmdumper:after"
ANSWERS = ("StartService:TSM-SSH:after", "StopService:TSM-SSH:after")


async def _restart(stage: Stage) -> None:
    plan = await stage.approval_message()
    await stage.stop_bot()
    stage.narrate("the bot is stopped")
    await stage.react("bob", plan)
    await stage.start_bot()
    stage.narrate("the bot is back")


async def _kill(stage: Stage) -> None:
    gates = stage.world.gates
    gates.close(NMI_IS_OUT)
    await approve(stage)
    await stage.unless_ended(gates.reached(NMI_IS_OUT))
    await stage.kill_bot()
    gates.open(NMI_IS_OUT)
    stage.narrate("the NMI has left, and the bot is killed before it reads the answer")
    await stage.start_bot()
    stage.narrate("the bot is back")


async def _lose_answers(stage: Stage) -> None:
    gates = stage.world.gates
    for gate in ANSWERS:
        gates.close(gate)
    await approve(stage)
    for gate in ANSWERS:
        await stage.unless_ended(gates.reached(gate))
        gates.open(gate, drop=True)
        stage.narrate(f"{gate.split(':')[0]} was carried out, and vCenter's answer is lost")


async def _forget_sessions(stage: Stage) -> None:
    plan = await stage.approval_message()
    stage.world.vcenter.expire_sessions()
    stage.narrate("vCenter forgets all sessions")
    await stage.react("bob", plan)
    await stage.said("The guest crashed")
    stage.world.vcenter.expire_sessions()
    stage.narrate("vCenter forgets all sessions")


async def _restart_vcenter(stage: Stage) -> None:
    await approve(stage)
    await stage.said("The guest crashed")
    stage.narrate("vCenter restarts")
    await stage.world.vcenter.restart(down_for=1.0)
    stage.narrate("vCenter is back")


def _busy(stage: Stage) -> None:
    stage.slack.fault("chat.postMessage", "ratelimited", times=2, retry_after=1)


async def _busy_at_first(stage: Stage) -> None:
    _busy(stage)


async def _busy_again(stage: Stage) -> None:
    plan = await stage.approval_message()
    _busy(stage)
    await stage.react("bob", plan)


STORIES = (
    Story(
        "bot-restarted-waiting",
        "the bot is restarted while the approval is awaited; what bob did meanwhile counts",
        Outcome.CAPTURED,
        _restart,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
    ),
    Story(
        "bot-killed-after-nmi",
        "the bot is killed when the NMI has just left: no second one, and the crash is found",
        Outcome.CAPTURED,
        _kill,
        thread=(*OPENED, "resumed", "nmi-unknown", *COME_BACK, "judged", "closed"),
        nmis=1,
        started=BOTH,
    ),
    Story(
        "vcenter-answer-lost",
        "vCenter's answers to a start and a stop are lost: the bot looks, and calls no second time",
        Outcome.CAPTURED,
        _lose_answers,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
    ),
    Story(
        "session-lost",
        "vCenter forgets the bot's session before the capture and during it: nobody notices but the log",
        Outcome.CAPTURED,
        _forget_sessions,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
    ),
    Story(
        "vcenter-restart",
        "vCenter restarts while the guest writes its dump: the bot waits for both",
        Outcome.CAPTURED,
        _restart_vcenter,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
    ),
    Story(
        "slack-429",
        "Slack takes no messages for a while: late, but none is missing and none is there twice",
        Outcome.CAPTURED,
        _busy_again,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        prepare=_busy_at_first,
    ),
)
