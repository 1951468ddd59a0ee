"""How often Slack is asked who is in a user group, and what becomes of those who ask at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.errors import Code, VmdumpError
from bot.slack.slack_api import SlackApi
from bot.slack.usergroups import Usergroups
from tests.unit.slack.small_slack import SmallSlack
from tests.unit.slack.world import ALICE, BOB

GROUP, OTHER = "S0123ABCD", "S0OTHER000"
REFUSED = {"ok": False, "error": "no_such_subteam"}


def users(*names: str) -> dict[str, Any]:
    return {"ok": True, "users": list(names)}


class Desk:
    """Answers in turn with what lies there, the last thing again and again, once the gate is open."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.gate = asyncio.Event()
        self.slack = SmallSlack(self._answer)

    async def _answer(self, method: str, arguments: dict[str, str]) -> dict[str, Any]:
        assert method == "usergroups.users.list"
        if arguments["usergroup"] == OTHER:
            return users(BOB)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await self.gate.wait()
        return answer

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[Usergroups]:
        async with self.slack.serve() as slack, SlackApi(slack.url, lambda: "xoxb", timeout=10) as api:
            try:
                yield Usergroups(api)
            finally:
                self.gate.set()


async def test_those_who_ask_at_once_share_one_call() -> None:
    desk = Desk(users(ALICE, BOB))
    async with desk.asked() as groups, asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(groups.members(GROUP, at_most=30)) for _ in range(10)]
        await desk.slack.called(1)
        desk.gate.set()
        for task in asking:
            assert await task == {ALICE, BOB}
        assert desk.slack.calls == 1


async def test_an_answer_is_used_again_only_while_it_is_young_enough() -> None:
    desk = Desk(users(ALICE), users(BOB))
    desk.gate.set()
    async with desk.asked() as groups:
        assert await groups.members(GROUP, at_most=0) == {ALICE}
        assert await groups.members(GROUP, at_most=60) == {ALICE}
        assert desk.slack.calls == 1
        assert await groups.members(GROUP, at_most=0) == {BOB}
        assert await groups.members(GROUP, at_most=60) == {BOB}
        assert desk.slack.calls == 2


async def test_who_wants_it_new_gets_no_answer_to_an_older_question() -> None:
    desk = Desk(users(ALICE, BOB), users(BOB))
    async with desk.asked() as groups, asyncio.TaskGroup() as tasks:
        before = tasks.create_task(groups.members(GROUP, at_most=0))
        await desk.slack.called(1)
        after = tasks.create_task(groups.members(GROUP, at_most=0))
        desk.gate.set()
        assert await before == {ALICE, BOB}
        assert await after == {BOB}


async def test_an_empty_group_is_an_answer() -> None:
    desk = Desk(users())
    desk.gate.set()
    async with desk.asked() as groups:
        assert await groups.members(GROUP, at_most=60) == frozenset()
        assert await groups.members(GROUP, at_most=60) == frozenset()
        assert desk.slack.calls == 1


async def test_a_failure_is_not_kept_nor_what_was_known_before_it() -> None:
    desk = Desk(users(ALICE), REFUSED, users(BOB))
    desk.gate.set()
    async with desk.asked() as groups:
        assert await groups.members(GROUP, at_most=0) == {ALICE}
        with pytest.raises(VmdumpError) as caught:
            await groups.members(GROUP, at_most=0)
        assert caught.value.code is Code.GROUP_UNREADABLE
        assert caught.value.params == {"group": GROUP, "cause": "no_such_subteam"}
        assert await groups.members(GROUP, at_most=0) == {BOB}


async def test_who_gives_up_while_asking_takes_nobody_along() -> None:
    desk = Desk(users(ALICE), users(BOB))
    async with desk.asked() as groups:
        asking = asyncio.create_task(groups.members(GROUP, at_most=30))
        await desk.slack.called(1)
        behind = [asyncio.create_task(groups.members(GROUP, at_most=30)) for _ in range(3)]
        asking.cancel()
        await desk.slack.called(2)
        desk.gate.set()
        assert await asyncio.gather(*behind) == [{BOB}] * 3
        assert asking.cancelled()
        assert desk.slack.calls == 2


async def test_who_gives_up_while_waiting_takes_nobody_along() -> None:
    desk = Desk(users(ALICE))
    async with desk.asked() as groups:
        asking = asyncio.create_task(groups.members(GROUP, at_most=30))
        await desk.slack.called(1)
        behind = [asyncio.create_task(groups.members(GROUP, at_most=30)) for _ in range(3)]
        await asyncio.sleep(0)
        behind[0].cancel()
        desk.gate.set()
        assert await asyncio.gather(asking, *behind[1:]) == [{ALICE}] * 3
        assert desk.slack.calls == 1


async def test_one_group_does_not_wait_for_another() -> None:
    desk = Desk(users(ALICE))
    async with desk.asked() as groups, asyncio.TaskGroup() as tasks:
        slow = tasks.create_task(groups.members(GROUP, at_most=30))
        await desk.slack.called(1)
        assert await groups.members(OTHER, at_most=30) == {BOB}
        assert not slow.done()
        desk.gate.set()


@pytest.mark.parametrize("odd", [None, "U1", {"U1": 1}, 7])
async def test_an_answer_without_a_list_is_none(odd: Any) -> None:
    desk = Desk({"ok": True, "users": odd})
    desk.gate.set()
    async with desk.asked() as groups:
        with pytest.raises(VmdumpError) as caught:
            await groups.members(GROUP, at_most=60)
        assert caught.value.params == {"group": GROUP, "cause": "no list of users"}
