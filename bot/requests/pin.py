"""``/vmdump pin <id> <fingerprint>``: an admin vouches for the key that a host showed in a rehearsal."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import Code, VmdumpError
from bot.core.events import AskRefused, HostKeyPinned, HostKeyShown
from bot.core.policy.administering import decide_admin
from bot.core.request import Request
from bot.ops.subject import concerns
from bot.requests.ask import private
from bot.requests.pins import pin_key
from bot.requests.ports import Chat, PinAsk
from bot.requests.rights import Policies, own_channel, own_person, read_rights, refuse
from bot.store.commit import Committer, Step
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Pinning:
    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies

    async def pin(self, act: PinAsk) -> None:
        """Pins exactly the key that was shown and compared, or tells the person why not."""
        try:
            await self._pin(act)
        except VmdumpError as error:
            event = AskRefused(
                person=act.person,
                channel=act.channel,
                text=f"pin {act.request}",
                code=error.code,
                params=error.params,
            )
            await self.committer.note(act.key, event, actor=act.person, private=private(act))

    async def _pin(self, act: PinAsk) -> None:
        await own_person(self.chat, act.person)
        await own_channel(self.chat, act.channel)
        rights = await read_rights(self.policies, self.chat)
        decision = decide_admin(rights.policy, rights.membership, act.person)
        refuse(decision)
        request = await self.reader.request(act.request)
        concerns(request.id)
        shown = await self._shown(request)
        if act.fingerprint != shown.fingerprint:
            raise VmdumpError(
                Code.OTHER_FINGERPRINT, request=request.id, host=shown.host, shown=shown.fingerprint
            )
        pinned = HostKeyPinned(
            host=shown.host,
            fingerprint=shown.fingerprint,
            public_key=shown.public_key,
            request=request.id,
            person=act.person,
            groups=decision.groups,
            policy_sha256=rights.sha256,
        )
        (entry,) = await self.committer.note(pin_key(shown.host), pinned, actor=act.person)
        found = entry.event
        if not isinstance(found, HostKeyPinned) or found.public_key != pinned.public_key:
            fingerprint = found.fingerprint if isinstance(found, HostKeyPinned) else "?"
            raise VmdumpError(Code.HOST_KEY_PINNED, host=shown.host, pinned=fingerprint)
        # Again, for the thread: the bot may have been ended between the two.
        step = Step(events=(found,))
        await self.committer.commit(request.id, "pinned", lambda _: step, actor=act.person)

    async def _shown(self, request: Request) -> HostKeyShown:
        for entry in reversed(await self.reader.journal(request.id)):
            if entry.kind == HostKeyShown.kind and isinstance(entry.event, HostKeyShown):
                return entry.event
        raise VmdumpError(Code.NO_KEY_SHOWN, request=request.id)
