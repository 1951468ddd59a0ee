"""A reaction on the approval message, or the form behind its buttons: approving, denying, taking back."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.entry import SITE
from bot.core.errors import Code, VmdumpError
from bot.core.events import Planned, VoteLate, VoteWithdrawn
from bot.core.policy.model import Means
from bot.core.request import STOPPABLE, Outcome, Request, State
from bot.core.vote import Choice, Vote, tally
from bot.ops.subject import concerns
from bot.requests.ballot import Ballot
from bot.requests.cancel import Cancelling
from bot.requests.closing import ended
from bot.requests.counting import Counting, refusal_key
from bot.requests.ports import Act, CancelAsk, Chat, FormVote, LineVote, Press, Reaction, VoteForm
from bot.requests.refusing import Refusing
from bot.store.commit import Committer, Step
from bot.store.reading import Reader

DECIDED = frozenset({State.APPROVED, State.READY})


@dataclass(frozen=True, slots=True)
class Voting:
    committer: Committer
    reader: Reader
    chat: Chat
    cancelling: Cancelling
    counting: Counting

    async def vote(self, reaction: Reaction) -> bool:
        """False if no approval message of that name is known (yet); votes on old ones count for nothing."""
        request = await self.reader.by_message(reaction.channel, reaction.message)
        if request is None:
            return False
        concerns(request.id)
        ballot = Ballot(act=reaction, choice=reaction.choice, at=reaction.at, digest=request.digest or "")
        if not await self._open(request, ballot):
            await self._late(request, reaction)
            return True
        if reaction.added:
            await self.cast(request, ballot)
        elif reaction.choice is Choice.APPROVE:
            # Only an approval can be taken back; what a denial has done is done.
            await self.take_back(request, ballot)
        return True

    async def _late(self, request: Request, reaction: Reaction) -> None:
        """From the first change on a vote changes nothing; that it came is written down."""
        if request.state in STOPPABLE or not request.living:
            return
        event = VoteLate(
            person=reaction.person, choice=reaction.choice, added=reaction.added, message=reaction.message
        )

        def decide(now: Request) -> Step:
            return Step(events=(event,) if now.living else ())

        await self.committer.commit(request.id, reaction.key, decide, actor=reaction.person)

    async def press(self, press: Press) -> None:
        """Shows the form of what is voted on; it decides nothing, and a lost one is pressed again."""
        request = await self.reader.by_message(press.channel, press.message)
        try:
            if request is None:
                raise VmdumpError(Code.TOO_LATE, request="this")  # noqa: TRY301  # told to the person below
            concerns(request.id)
            form = await self._form(request, press)
            await self.chat.open_form(press.trigger, form)
        except VmdumpError as error:
            await self._told(press, press.choice.value, error)

    async def _form(self, request: Request, press: Press) -> VoteForm:
        _meant(request, request.vm_name)
        entry = await self.reader.find(request.id, f"planned/{request.round}")
        event = None if entry is None else entry.event
        if not isinstance(event, Planned):
            cause = "there is no entry of the plan"
            raise VmdumpError(Code.JOURNAL_BROKEN, journal=request.id, cause=cause)
        return VoteForm(
            request=request.id,
            channel=request.channel,
            planned=event,
            choice=press.choice,
            break_glass=press.break_glass,
        )

    async def form_vote(self, form: FormVote) -> None:
        """Counts the vote of a form that was sent."""
        await self._by_id(form, Means.BUTTON)

    async def line_vote(self, act: LineVote) -> None:
        """Counts a vote of the command line."""
        await self._by_id(act, Means.COMMAND_LINE)

    async def _by_id(self, act: FormVote, means: Means) -> None:
        if await self.reader.find(SITE, act.key) is not None:
            return
        ballot = Ballot(
            act=act,
            choice=act.choice,
            at=act.at,
            digest=act.digest,
            means=means,
            reason=act.reason,
            break_glass=act.break_glass,
        )
        try:
            request = await self.reader.request(act.request)
            concerns(request.id)
            _meant(request, act.typed)
        except VmdumpError as error:
            await self._told(act, f"{act.choice.value} {act.request}", error)
            return
        if await self._open(request, ballot):
            await self.cast(request, ballot)

    async def cast(self, request: Request, ballot: Ballot) -> None:
        """Counts an approval or a denial. Requesters who deny cancel."""
        if ballot.choice is Choice.DENY and ballot.person == request.requester:
            act = ballot.act
            cancel = CancelAsk(
                key=act.key,
                person=act.person,
                channel=act.channel,
                response_url=act.response_url,
                request=request.id,
            )
            await self.cancelling.cancel(cancel)
            return
        await self.counting.count(request, ballot)

    async def take_back(self, request: Request, ballot: Ballot) -> None:
        """Before the quorum it lowers the count; after it, until the first effect, it calls all off."""
        quorum = request.requirement.quorum if request.requirement else 1
        nothing = Vote(
            person=ballot.person, choice=Choice.NONE, digest=request.digest or "", at=ballot.at, groups=()
        )

        def decide(current: Request) -> Step:
            before = tally(current.votes, nothing.digest)
            votes = (*current.votes, nothing)
            after = tally(votes, nothing.digest)
            if before == after or current.state not in STOPPABLE:
                return Step(events=(), set={"votes": votes})
            event = VoteWithdrawn(person=ballot.person, count=len(after), quorum=quorum, found=ballot.found)
            if current.state in DECIDED:
                # Whether enough would be left by today's rules is not asked: stopping is the safe side.
                return ended(current, (event,), votes, Outcome.CANCELLED)
            return Step(events=(event,), set={"votes": votes})

        await self.committer.commit(request.id, ballot.key, decide, actor=ballot.person)

    async def _open(self, request: Request, ballot: Ballot) -> bool:
        """Whether it can still matter, and this delivery was not counted or refused before: that stands.

        Past stopping a vote has lost its object; telling everyone who still clicks would be noise.
        """
        if request.state not in STOPPABLE:
            return False
        found = [await self.reader.find(request.id, k) for k in (ballot.key, refusal_key(ballot.key))]
        return all(entry is None for entry in found)

    async def _told(self, act: Act, text: str, error: VmdumpError) -> None:
        refusing = Refusing(self.committer, self.reader, self.counting.policies)
        await refusing.tell(act, text, error)


def _meant(request: Request, typed: str) -> None:
    """Raises ``VmdumpError`` where a vote has lost its object, or is meant for another VM."""
    if request.state not in STOPPABLE:
        raise VmdumpError(Code.TOO_LATE, request=request.id)
    if typed.strip() != request.vm_name.strip():
        raise VmdumpError(Code.OTHER_NAME, vm=request.vm_name)
