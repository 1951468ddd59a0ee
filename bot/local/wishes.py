"""From a wish of the command line to the same acts as in the chat, and back to what people read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.core.entry import SITE, Entry
from bot.core.errors import Code, VmdumpError
from bot.core.events import AskRefused, Planned, RecordRead, VoteRefused
from bot.core.policy.right import Right
from bot.core.policy.voting import decide_vote
from bot.core.purpose import Purpose
from bot.core.request import Request
from bot.core.vote import Choice
from bot.local.wire import Answer, AskWish, CancelWish, RecordWish, ShowWish, VoteWish, Wish
from bot.messages.catalogue import Texts
from bot.messages.escaping import original
from bot.messages.render import render
from bot.requests.counting import refusal_key
from bot.requests.handlers import Handlers
from bot.requests.ports import Ask, CancelAsk, Chat, LineVote
from bot.requests.records import Format
from bot.requests.rights import Policies, read_act, refuse
from bot.store.clock import Clock
from bot.store.commit import Committer
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Wishes:
    handlers: Handlers
    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies
    clock: Clock
    language: str
    formats: Mapping[str, Format]
    reached: Callable[[], Awaitable[None]]
    """raises ``VmdumpError`` while the chat does not answer"""

    async def grant(self, person: str, wish: Wish) -> Answer:
        """Does what the person wishes, if they may. Raises ``VmdumpError`` for what is refused at once."""
        answer = await self._granted(person, wish)
        if isinstance(wish, RecordWish):
            # A record is what it is, to the letter.
            return answer
        return answer.model_copy(update={"text": answer.text + await self._without_slack()})

    async def _granted(self, person: str, wish: Wish) -> Answer:
        match wish:
            case AskWish():
                return await self._ask(person, wish)
            case VoteWish():
                return await self._vote(person, wish)
            case CancelWish():
                return await self._cancel(person, wish)
            case ShowWish():
                return await self._show(person, wish)
            case RecordWish():
                return await self._record(person, wish)

    async def _ask(self, person: str, wish: AskWish) -> Answer:
        key = _key(wish.key)
        await self.handlers.ask(
            Ask(
                key=key,
                person=person,
                channel=wish.channel,
                by_line=True,
                query=wish.vm,
                reason=wish.reason,
                purpose=Purpose.REHEARSAL if wish.rehearse else Purpose.CAPTURE,
                route=wish.route,
                override=wish.override,
            )
        )
        request = await self.reader.opened_by(key)
        if request is None:
            return self._told(await self.reader.find(SITE, key))
        refused = await self.reader.find(request.id, "refused")
        if refused is not None:
            return self._told(refused)
        planned = await self.reader.find(request.id, f"planned/{request.round}")
        return self._told(planned, request)

    async def _vote(self, person: str, wish: VoteWish) -> Answer:
        request = await self.reader.request(wish.request)
        key = _key(wish.key)
        await self.handlers.line_vote(
            LineVote(
                key=key,
                person=person,
                channel=request.channel,
                by_line=True,
                request=request.id,
                digest=wish.digest,
                choice=Choice(wish.op),
                typed=wish.vm,
                reason=wish.reason,
                at=self.clock.now(),
            )
        )
        return await self._outcome(request, key)

    async def _cancel(self, person: str, wish: CancelWish) -> Answer:
        request = await self.reader.request(wish.request)
        key = _key(wish.key)
        await self.handlers.cancel(
            CancelAsk(key=key, person=person, channel=request.channel, by_line=True, request=request.id)
        )
        return await self._outcome(request, key)

    async def _show(self, person: str, wish: ShowWish) -> Answer:
        """The plan, for the requester and for whoever may at least deny it."""
        request = await self.reader.request(wish.request)
        if person != request.requester and request.requirement is not None:
            rights, _ = await read_act(self.policies, self.chat, person, request, vouched=True)
            decision = decide_vote(
                request.requirement, rights.membership, person, request.requester, Choice.DENY
            )
            refuse(decision, request=request.id, vm=request.vm_name)
        return self._told(await self.reader.find(request.id, f"planned/{request.round}"), request)

    async def _record(self, person: str, wish: RecordWish) -> Answer:
        """Reading it is an entry, committed before it is given."""
        request = await self.reader.request(wish.request)
        rights, channel = await read_act(self.policies, self.chat, person, request, vouched=True)
        decision = rights.holds(person, Right.READ_RECORD, request, channel)
        refuse(decision, request=request.id, vm=request.vm_name)
        read = RecordRead(
            request=request.id, person=person, rules=decision.rules, policy_sha256=rights.sha256
        )
        await self.committer.note(f"read/{request.id}/{self.clock.now().isoformat()}", read, actor=person)
        text = self.formats[wish.form](request, await self.reader.journal(request.id))
        return Answer(done=True, text=text, request=request.id)

    async def _outcome(self, request: Request, key: str) -> Answer:
        for journal, found in ((request.id, key), (request.id, refusal_key(key)), (SITE, key)):
            entry = await self.reader.find(journal, found)
            if entry is not None:
                return self._told(entry, request)
        raise VmdumpError(Code.TOO_LATE, request=request.id)

    def _told(self, entry: Entry | None, request: Request | None = None) -> Answer:
        """What the chat would show, as plain text."""
        if entry is None:
            raise VmdumpError(Code.INTERNAL, cause="nothing is written down")
        event = entry.event
        text = original(render(entry, self.language).text)
        if isinstance(event, AskRefused | VoteRefused):
            return Answer(done=False, code=event.code.value, text=text)
        shown = {} if request is None else {"request": request.id, "vm": request.vm_name}
        digest = event.digest if isinstance(event, Planned) else None
        return Answer(done=True, text=text, digest=digest, **shown)

    async def _without_slack(self) -> str:
        try:
            await self.reached()
        except VmdumpError:
            return "\n" + original(Texts(self.language)("line.slack-away"))
        return ""


def _key(key: str) -> str:
    return f"line/{key}"
