"""An undecided request is a row with a deadline; this is who looks at the clock."""

from __future__ import annotations

import logging
from datetime import timedelta

from bot.core.events import Expired
from bot.core.request import UNDECIDED, Outcome, Request, State
from bot.core.vote import tally
from bot.ops.subject import about
from bot.requests.closing import closed
from bot.store.clock import Clock
from bot.store.commit import Committer, Step, WrongState
from bot.store.reading import Reader

log = logging.getLogger(__name__)

UNPLANNED = timedelta(minutes=15)
"""a request without a plan after this long is not going to get one"""


class Expirer:
    def __init__(self, committer: Committer, reader: Reader, clock: Clock) -> None:
        self._committer = committer
        self._reader = reader
        self._clock = clock

    async def once(self) -> None:
        """Closes every undecided request whose time is over."""
        for request in await self._reader.in_states(UNDECIDED):
            if self._over(request):
                with about(request=request.id):
                    await self._expire(request)

    def _over(self, request: Request) -> bool:
        return self._clock.now() > (request.deadline or request.created_at + UNPLANNED)

    async def _expire(self, request: Request) -> None:
        def decide(now: Request) -> Step:
            if now.state not in UNDECIDED:
                raise WrongState(now, State.CLOSED)
            count = len(tally(now.votes, now.digest or ""))
            quorum = now.requirement.quorum if now.requirement else 1
            return Step(
                events=(Expired(count=count, quorum=quorum), closed(now, Outcome.EXPIRED)),
                to=State.CLOSED,
                set={"outcome": Outcome.EXPIRED},
                quiet=now.state is State.ASKED,
            )

        try:
            await self._committer.commit(request.id, f"expired/{request.round}", decide)
        except WrongState:
            log.info("%s was decided in the moment of its expiry", request.id)
