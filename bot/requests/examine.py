"""``/vmdump doctor``: an admin has all that a capture would need looked at, untouched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.core.checkup import Row
from bot.core.events import Answered
from bot.core.finding import Level
from bot.core.policy.administering import decide_admin
from bot.requests.ask import private
from bot.requests.ports import Chat, DoctorAsk
from bot.requests.refusing import Refusing
from bot.requests.rights import Policies, own_channel, own_person, read_rights, refuse
from bot.store.commit import Committer
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Examining:
    committer: Committer
    reader: Reader
    chat: Chat
    policies: Policies
    look: Callable[[], Awaitable[Sequence[Row]]]

    async def examine(self, act: DoctorAsk) -> None:
        """Answers with what is not well, or tells the person why not; done again, it changes nothing."""
        refusing = Refusing(self.committer, self.reader, self.policies)
        await refusing.unless_refused(act, "doctor", self._examine)

    async def _examine(self, act: DoctorAsk) -> None:
        await own_channel(self.chat, act.channel)
        await own_person(self.chat, act.person)
        rights = await read_rights(self.policies, self.chat)
        refuse(decide_admin(rights.policy, rights.membership, act.person))
        lines = tuple(_lines(await self.look()))
        event = Answered(person=act.person, channel=act.channel, topic="doctor", lines=lines)
        await self.committer.note(act.key, event, actor=act.person, private=private(act))


def _lines(rows: Sequence[Row]) -> list[str]:
    """What is well is counted only: a message has room for what somebody has to look at."""
    well = sum(row.level is Level.OK for row in rows)
    return [*(_line(row) for row in rows if row.level is not Level.OK), f"{well} of {len(rows)} are well"]


def _line(row: Row) -> str:
    cure = f" — {row.cure}" if row.cure else ""
    return f"{row.level.value.upper()} {row.subject} · {row.check}: {row.seen}{cure}"
