"""``/vmdump pin`` and ``/vmdump unpin``: an admin vouches for the key of a host, or no longer does."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.entry import Event
from bot.core.errors import Code, VmdumpError
from bot.core.events import HostKeyPinned, HostKeyShown, HostKeyUnpinned
from bot.core.policy.administering import decide_admin
from bot.core.request import Request
from bot.ops.subject import concerns
from bot.requests.pins import pin_history, pin_key
from bot.requests.ports import Act, Chat, PinAsk, UnpinAsk
from bot.requests.refusing import Refusing
from bot.requests.rights import Policies, own_channel, own_person, read_rights, refuse
from bot.store.commit import Committer, Step
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Pinning:
    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies

    @property
    def _refusing(self) -> Refusing:
        return Refusing(self.committer, self.reader, self.policies)

    async def pin(self, act: PinAsk) -> None:
        """Pins exactly the key that was shown and compared, or tells the person why not."""
        await self._refusing.unless_refused(act, f"pin {act.request}", self._pin)

    async def unpin(self, act: UnpinAsk) -> None:
        """Takes back exactly the pin that was named, or tells the person why not."""
        await self._refusing.unless_refused(act, f"unpin {act.host}", self._unpin)

    async def _pin(self, act: PinAsk) -> None:
        groups, policy_sha256 = await self._admin(act)
        request = await self.reader.request(act.request)
        concerns(request.id)
        shown = await self._shown(request)
        if act.fingerprint != shown.fingerprint:
            raise VmdumpError(
                Code.OTHER_FINGERPRINT, request=request.id, host=shown.host, shown=shown.fingerprint
            )
        history = await pin_history(self.reader, shown.host)
        number = history.number(act.key)
        if number is None:
            # Where one is pinned already, this finds it.
            number = history.next - 1 if history.pin else history.next
        pinned = HostKeyPinned(
            host=shown.host,
            fingerprint=shown.fingerprint,
            public_key=shown.public_key,
            request=request.id,
            person=act.person,
            groups=groups,
            policy_sha256=policy_sha256,
            delivery=act.key,
        )
        (entry,) = await self.committer.note(pin_key(shown.host, number), pinned, actor=act.person)
        found = entry.event
        if not isinstance(found, HostKeyPinned) or found.public_key != pinned.public_key:
            fingerprint = found.fingerprint if isinstance(found, HostKeyPinned) else "?"
            raise VmdumpError(Code.HOST_KEY_PINNED, host=shown.host, pinned=fingerprint)
        await self._tell(request.id, "pinned" if number == 1 else f"pinned/{number}", found, act)

    async def _unpin(self, act: UnpinAsk) -> None:
        groups, policy_sha256 = await self._admin(act)
        history = await pin_history(self.reader, act.host)
        number = history.number(act.key) or history.next
        # Of a delivery that came before, what it took back then.
        pin = history.until(number).pin
        if pin is None:
            raise VmdumpError(Code.NOT_PINNED, host=act.host)
        if act.fingerprint != pin.fingerprint:
            raise VmdumpError(Code.OTHER_PIN, host=pin.host, pinned=pin.fingerprint)
        unpinned = HostKeyUnpinned(
            host=pin.host,
            fingerprint=pin.fingerprint,
            public_key=pin.public_key,
            request=pin.request,
            person=act.person,
            groups=groups,
            policy_sha256=policy_sha256,
            delivery=act.key,
        )
        (entry,) = await self.committer.note(pin_key(pin.host, number), unpinned, actor=act.person)
        found = entry.event
        if not isinstance(found, HostKeyUnpinned) or found.delivery != act.key:
            # Another admin was faster.
            raise VmdumpError(Code.NOT_PINNED, host=act.host)
        await self._tell(pin.request, f"unpinned/{number}", found, act)

    async def _admin(self, act: Act) -> tuple[tuple[str, ...], str]:
        """The groups that make the person an admin, and the policy's hash. Raises ``VmdumpError``."""
        await own_person(self.chat, act.person)
        await own_channel(self.chat, act.channel)
        rights = await read_rights(self.policies, self.chat)
        decision = decide_admin(rights.policy, rights.membership, act.person)
        refuse(decision)
        return decision.groups, rights.sha256

    async def _tell(self, request_id: str, key: str, event: Event, act: Act) -> None:
        """Again, for the thread: the bot may have been ended between the two."""
        step = Step(events=(event,))
        await self.committer.commit(request_id, key, lambda _: step, actor=act.person)

    async def _shown(self, request: Request) -> HostKeyShown:
        for entry in reversed(await self.reader.journal(request.id)):
            if entry.kind == HostKeyShown.kind and isinstance(entry.event, HostKeyShown):
                return entry.event
        raise VmdumpError(Code.NO_KEY_SHOWN, request=request.id)
