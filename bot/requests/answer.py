"""``/vmdump help``, ``/vmdump status``, and what is no command."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import Code
from bot.core.events import Answered, AskRefused
from bot.core.purpose import Purpose
from bot.core.request import Request
from bot.requests.ask import private
from bot.requests.ports import Misspelt, Question
from bot.store.commit import Committer
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Answering:
    committer: Committer
    reader: Reader

    async def answer(self, question: Question) -> None:
        """Status names the living requests of the channel that it is asked in, and no others."""
        lines: tuple[str, ...] = ()
        if question.topic == "status":
            living = await self.reader.living()
            lines = tuple(
                f"{r.id} {_what(r)}: {r.state.value}" for r in living if r.channel == question.channel
            )
        event = Answered(person=question.person, channel=question.channel, topic=question.topic, lines=lines)
        await self.committer.note(question.key, event, actor=question.person, private=private(question))

    async def misspelt(self, act: Misspelt) -> None:
        event = AskRefused(
            person=act.person, channel=act.channel, text=act.text, code=Code.BAD_COMMAND, params={}
        )
        await self.committer.note(act.key, event, actor=act.person, private=private(act))


def _what(request: Request) -> str:
    """Whoever has a VM in mind thinks of its capture."""
    return (
        request.vm_name
        if request.purpose is Purpose.CAPTURE
        else f"{request.vm_name}, {request.purpose.value}"
    )
