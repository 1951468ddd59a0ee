"""The execution of an approved plan, phase by phase.

Which phase comes next is told by the request's state alone, so a capture can be started again at any time and
goes on where the journal says.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from bot.capture.arm import arm
from bot.capture.await_dump import await_dump
from bot.capture.await_reboot import await_reboot
from bot.capture.finish import finish
from bot.capture.fire import fire
from bot.capture.prepare import prepare
from bot.capture.ready import ready
from bot.capture.rehearse import rehearse
from bot.capture.release import release
from bot.capture.tools import Tools, target_of
from bot.capture.verify import verify
from bot.capture.watch import watch
from bot.core.entry import Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import Failed, NotVerified
from bot.core.purpose import Purpose
from bot.core.request import BEFORE_NMI, Outcome, Request, State
from bot.store.commit import Step, WrongState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Phase:
    name: str
    states: frozenset[State]
    """it does nothing in any other"""
    work: Callable[[Tools, Request], Awaitable[None]]
    purposes: frozenset[Purpose] = frozenset(Purpose)
    """it does nothing for any other"""
    later_route: bool = False
    """it does nothing for the first route"""


ON_HOST = frozenset({Purpose.CAPTURE, Purpose.REHEARSAL})
PHASES = (
    Phase("ready", frozenset({State.APPROVED}), ready),
    Phase("prepare", frozenset({State.READY, State.PREPARING}), prepare, ON_HOST),
    # Before rehearse, which the NMI would wait for: the engine writes down each phase, whatever it does.
    Phase("fire", frozenset({State.PREPARED, State.FIRING}), fire, frozenset({Purpose.CAPTURE})),
    # A rehearsal that is said to be firing is ended by the phase that knows no NMI.
    Phase("rehearse", frozenset({State.PREPARED, State.FIRING}), rehearse, frozenset({Purpose.REHEARSAL})),
    Phase("arm", frozenset({State.READY, State.PREPARING}), arm, frozenset({Purpose.ARM})),
    # A route that proved that it sent nothing hands over to the next one that was approved with it.
    Phase("prepare the other route", frozenset({State.PREPARING}), prepare, ON_HOST, later_route=True),
    Phase(
        "fire by the other route",
        frozenset({State.PREPARED, State.FIRING}),
        fire,
        frozenset({Purpose.CAPTURE}),
        later_route=True,
    ),
    Phase("release", frozenset({State.SENT}), release),
    Phase("watch", frozenset({State.SENT}), watch),
    Phase("await dump", frozenset({State.CRASHED}), await_dump),
    Phase("await reboot", frozenset({State.DUMPED}), await_reboot),
    Phase("verify", frozenset({State.REBOOTED}), verify),
    Phase("finish", frozenset({State.VERIFIED, State.ENDING}), finish),
)
FAILED = {
    Purpose.CAPTURE: Outcome.FAILED,
    Purpose.REHEARSAL: Outcome.REHEARSAL_FAILED,
    Purpose.ARM: Outcome.ARMING_FAILED,
}


class Capture:
    """Runs phases; safe to call for any request, in any state, any number of times."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._phases = {phase.name: phase for phase in PHASES}

    async def phase(self, name: str, request_id: str, run: int) -> None:
        """Does one phase if its turn has come and ``run`` is the current one; otherwise nothing."""
        phase = self._phases[name]
        request = await self._tools.reader.request(request_id)
        if request.run != run or request.state not in phase.states:
            return
        if request.purpose not in phase.purposes or (phase.later_route and request.leg == 0):
            return
        try:
            await phase.work(self._tools, request)
        except WrongState as wrong:
            # A withdrawal or a denial came first, and wins.
            log.info("%s: %s", request_id, wrong)
        except SQLAlchemyError:
            # Nothing can be written: the run ends, another is started when the database is back.
            raise
        except VmdumpError as error:
            log.warning("%s: %s failed: %s %s", request_id, name, error.code, error.params)
            await self._give_up(phase, request, error)
        except Exception as error:
            log.exception("%s: %s broke", request_id, name)
            broken = VmdumpError(Code.INTERNAL, cause=type(error).__name__)
            await self._give_up(phase, request, broken)

    async def _give_up(self, phase: Phase, request: Request, error: VmdumpError) -> None:
        """Ends the request truthfully; putting back comes after, in the last phase."""
        if State.ENDING in phase.states:
            raise error

        def decide(now: Request) -> Step:
            if now.state in BEFORE_NMI:
                vm = target_of(now).name
                event: Event = Failed(vm=vm, code=error.code, params=error.params, purpose=now.purpose)
                return Step(events=(event,), to=State.ENDING, set={"outcome": FAILED[now.purpose]})
            event = NotVerified(code=error.code, params=error.params)
            return Step(events=(event,), to=State.ENDING, set={"outcome": Outcome.UNKNOWN})

        try:
            await self._tools.committer.commit(request.id, f"given-up/{phase.name}", decide)
        except WrongState as wrong:
            log.info("%s: %s", request.id, wrong)
