"""Asking and voting by the command line: the same rules, words and journal, known by the account."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from bot.core.entry import SITE
from bot.core.errors import Code, VmdumpError
from bot.core.events import ApprovalLapsed, RecordRead, Voted
from bot.core.policy.model import Means
from bot.core.policy.right import Right
from bot.core.request import Outcome, State
from bot.local.client import ask
from bot.local.server import answering
from bot.local.wire import MOST_BYTES, Answer
from bot.local.wishes import Wishes
from tests.accounts import folder_for_all
from tests.unit.core.things import ALICE, BOB, CAROL, CHANNEL, MALLORY, REQUEST
from tests.unit.requests.office import Office
from tests.unit.store.kit import opened

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be several accounts")

UIDS = {60001: ALICE, 60002: BOB, 60003: CAROL, 60004: MALLORY}
SPEAK = """
import os, sys
from pathlib import Path
from bot.local.client import ask
import json
os.setresgid(60000, 60000, 60000)
os.setresuid(*[int(sys.argv[1])] * 3)
print(ask(Path(sys.argv[2]), json.loads(sys.argv[3])).model_dump_json())
"""


class Room:
    """The office behind a socket."""

    def __init__(self, office: Office, path: Path) -> None:
        self.office = office
        self.path = path

    def open(self, people: Mapping[int, str] = UIDS) -> AbstractAsyncContextManager[None]:
        office = self.office
        wishes = Wishes(
            handlers=office.handlers,
            committer=office.store.committer,
            reader=office.store.reader,
            chat=office.chat,
            policies=office.policies,
            clock=office.world.clock,
            language="en",
            formats={"md": lambda request, entries: f"{request and request.id}: {len(entries)} entries"},
            reached=self._reached,
        )
        return answering(self.path, people, wishes)

    async def _reached(self) -> None:
        if self.office.chat.away:
            raise VmdumpError(Code.SLACK_UNREACHABLE, endpoint="Slack", cause="time-out")

    async def say(self, uid: int, **wish: Any) -> Answer:
        """One wish, by another process that runs as the account."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SPEAK, str(uid), str(self.path), json.dumps(wish), stdout=-1
        )
        out, _ = await process.communicate()
        assert process.returncode == 0
        return Answer.model_validate_json(out)

    async def approve(self, uid: int, **changed: Any) -> Answer:
        request = await self.office.request()
        wish = {"op": "approve", "request": REQUEST, "digest": request.digest, "vm": "DumpTest"}
        return await self.say(uid, **(wish | changed))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    with folder_for_all() as folder:
        async with opened(tmp_path) as database:
            made = Room(Office(database), folder / "vmdump.sock")
            async with made.open():
                yield made


@pytest.fixture
async def asked(room: Room) -> Room:
    room.office.policies.approval = {"by": (Means.REACTION, Means.COMMAND_LINE)}
    await room.office.awaiting()
    return room


async def test_asking_shows_the_plan_and_its_digest(room: Room) -> None:
    answer = await room.say(60001, op="request", vm="DumpTest", channel=CHANNEL, reason="hangs")
    request = await room.office.request()
    assert (answer.done, answer.request, answer.digest) == (True, REQUEST, request.digest)
    assert "CRASHES DumpTest" in answer.text
    assert (request.requester, request.reason, request.state) == (ALICE, "hangs", State.PLANNED)


async def test_who_may_not_ask_is_told_why(room: Room) -> None:
    answer = await room.say(60004, op="request", vm="DumpTest", channel=CHANNEL)
    assert (answer.done, answer.code) == (False, Code.NOT_ALLOWED.value)
    assert await room.office.store.reader.living() == ()


@pytest.mark.parametrize("uid", [60009, 0])
async def test_an_account_that_is_no_person_may_do_nothing(room: Room, uid: int) -> None:
    answer = await room.say(uid, op="request", vm="DumpTest", channel=CHANNEL)
    assert (answer.done, answer.code) == (False, Code.NO_PERSON.value)
    assert str(uid) in answer.text


async def test_an_account_that_stands_for_all_unknown_ones_is_nobody_even_if_it_is_mapped(
    room: Room,
) -> None:
    other = Room(room.office, room.path.with_name("other"))
    async with other.open({65534: ALICE}):
        assert (await other.say(65534, op="show", request=REQUEST)).code == Code.NO_PERSON.value


async def test_root_is_nobody_even_if_it_is_mapped(room: Room) -> None:
    async with Room(room.office, room.path.with_name("other")).open({0: ALICE}):
        answer = await asyncio.to_thread(
            ask, room.path.with_name("other"), {"op": "show", "request": REQUEST}
        )
    assert answer.code == Code.NO_PERSON.value


async def test_an_approval_counts_and_is_marked(asked: Room) -> None:
    answer = await asked.approve(60002, reason="INC-1")
    assert answer.done
    assert "By the command line" in answer.text
    voted = await asked.office.one(Voted)
    assert (voted.person, voted.means, voted.reason) == (BOB, Means.COMMAND_LINE, "INC-1")
    assert (await asked.office.request()).state is State.APPROVED


async def test_it_is_off_unless_a_rule_says_so(room: Room) -> None:
    await room.office.awaiting()
    answer = await room.approve(60002)
    assert (answer.done, answer.code) == (False, Code.OTHER_MEANS.value)
    assert (await room.office.request()).state is State.AWAITING


@pytest.mark.parametrize(
    ("uid", "changed", "code"),
    [
        (60001, {}, Code.NOT_AN_APPROVER),
        (60002, {"vm": "other"}, Code.OTHER_NAME),
        (60002, {"digest": "0" * 64}, Code.TOO_LATE),
        (60002, {"request": "VD-2222"}, Code.REQUEST_UNKNOWN),
    ],
)
async def test_what_does_not_count_is_told(
    asked: Room, uid: int, changed: dict[str, str], code: Code
) -> None:
    answer = await asked.approve(uid, **changed)
    assert (answer.done, answer.code) == (False, code.value)
    assert (await asked.office.request()).votes == ()


async def test_denying_and_cancelling(asked: Room) -> None:
    assert (await asked.say(60004, op="cancel", request=REQUEST)).code == Code.NOT_ALLOWED.value
    assert (await asked.approve(60003, op="deny")).done
    assert (await asked.office.request()).outcome is Outcome.DENIED
    late = await asked.say(60001, op="cancel", request=REQUEST)
    assert late.code == Code.TOO_LATE.value


async def test_the_plan_is_shown_to_those_it_concerns(asked: Room) -> None:
    for uid in (60001, 60002):
        shown = await asked.say(uid, op="show", request=REQUEST)
        assert shown.digest == (await asked.office.request()).digest
    assert (await asked.say(60004, op="show", request=REQUEST)).code == Code.NOT_AN_APPROVER.value


async def test_reading_a_record_takes_a_right_and_is_an_entry(asked: Room) -> None:
    refused = await asked.say(60003, op="record", request=REQUEST)
    assert refused.code == Code.NOT_ALLOWED.value
    asked.office.policies.grants = {Right.READ_RECORD: (CAROL,)}
    answer = await asked.say(60003, op="record", request=REQUEST)
    assert answer.text.startswith(f"{REQUEST}: ")
    (read,) = await asked.office.store.reader.entries_under(SITE, "read/")
    assert isinstance(read.event, RecordRead)
    assert (read.event.person, read.event.request, read.event.rules) == (CAROL, REQUEST, ("production",))


async def test_while_slack_is_down_people_listed_by_id_go_on_and_that_is_said(room: Room) -> None:
    office = room.office
    office.chat.away = True
    office.policies.approval = {"by": (Means.COMMAND_LINE,), "people": (BOB, "owners")}
    office.policies.channels = (CHANNEL,)
    answer = await room.say(60001, op="request", vm="DumpTest", channel=CHANNEL)
    assert answer.done
    assert "Slack does not answer" in answer.text
    assert (await room.approve(60003)).code == Code.GROUP_UNREADABLE.value
    assert (await room.approve(60002)).done
    request = await office.request()
    assert request.state is State.APPROVED
    assert request.plan is not None
    assert await office.readback.still(request, request.plan)
    assert [e for e in await office.events() if isinstance(e, ApprovalLapsed)] == []


@pytest.mark.parametrize(
    "line",
    [b"\n", b"{}\n", b"not json\n", b'{"wish": {"op": "nmi"}}\n', b"x" * (MOST_BYTES + 10), b"\xff\xfe\n"],
)
async def test_what_is_no_wish_is_refused_and_others_go_on(asked: Room, line: bytes) -> None:
    code = (
        "import os, socket; s = socket.socket(socket.AF_UNIX); os.setresuid(60001, 60001, 60001); "
        f"s.connect({str(asked.path)!r}); s.sendall({line!r}); s.shutdown(1); print(s.makefile().readline())"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=-1)
    out, _ = await process.communicate()
    answer = Answer.model_validate_json(out)
    assert (answer.done, answer.code) == (False, Code.BAD_COMMAND.value)
    assert (await asked.approve(60002)).done


async def test_a_record_is_given_to_the_letter_while_slack_is_down(asked: Room) -> None:
    asked.office.policies.grants = {Right.READ_RECORD: (CAROL,)}
    asked.office.policies.channels = (CHANNEL,)
    asked.office.chat.away = True
    answer = await asked.say(60003, op="record", request=REQUEST)
    assert answer.done
    assert answer.text.endswith("entries")


async def test_where_nobody_serves_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(VmdumpError) as caught:
        await asyncio.to_thread(ask, tmp_path / "none", {"op": "show", "request": REQUEST})
    assert caught.value.code is Code.NOT_SERVING
