"""Questions about the bot and its requests are answered to the asker alone."""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.events import Answered
from bot.requests.ports import Misspelt, Question
from tests.unit.core.things import BOB, CHANNEL, REQUEST
from tests.unit.requests.office import OTHER_CHANNEL, Office


def question(topic: str, channel: str = CHANNEL) -> Question:
    return Question(key=f"q/{topic}/{channel}", person=BOB, channel=channel, topic=topic)


async def test_status_names_the_living_requests_of_the_channel_and_no_others(office: Office) -> None:
    await office.awaiting()
    for channel in (CHANNEL, OTHER_CHANNEL):
        await office.answering.answer(question("status", channel))
        await office.answering.answer(question("status", channel))
    answers = [e.event for e in await office.told()]
    assert [a.lines for a in answers if isinstance(a, Answered)] == [
        (f"{REQUEST} DumpTest: awaiting approval",),
        (),
    ]


async def test_what_is_no_command_is_said_to_be_none(office: Office) -> None:
    await office.answering.misspelt(Misspelt(key="m/1", person=BOB, channel=CHANNEL, text='"open'))
    assert await office.refusal() is Code.BAD_COMMAND
