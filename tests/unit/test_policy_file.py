"""The policy follows its file, unless the file is wrong or others could have written it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.core.entry import SITE
from bot.core.events import PolicyLoaded, PolicyRefused
from bot.policy_file import PolicyFile
from bot.settings.place import ConfigFaults
from tests.unit.settings.files import RULES, broken, write
from tests.unit.store.kit import Store, opened

OTHER = broken(RULES, "quorum: 1", "quorum: 2").replace("users: [U024BE7LH]", "users: [U024BE7LH, U0G9QF9C6]")


class Kept:
    """A policy that is watched, with the site journal."""

    def __init__(self, path: Path, store: Store) -> None:
        self.path, self.store = path, store
        self.file = PolicyFile(path)
        self.wake = asyncio.Event()

    async def entries(self) -> list[PolicyLoaded | PolicyRefused]:
        found = [entry.event for entry in await self.store.reader.journal(SITE)]
        return [e for e in found if isinstance(e, PolicyLoaded | PolicyRefused)]

    async def noted(self, count: int) -> list[PolicyLoaded | PolicyRefused]:
        """The entries, once there are so many; looks at once instead of each second."""
        changes = self.store.database.changes
        async with asyncio.timeout(20):
            while len(await self.entries()) < count:
                seen = changes.count
                await changes.wait(seen, at_most=0.05)
        return await self.entries()

    @property
    def quorum(self) -> int:
        (rule,) = self.file.policy()[0].rules
        assert rule.approve is not None
        return rule.approve.quorum


@asynccontextmanager
async def watched(kept: Kept) -> AsyncIterator[None]:
    task = asyncio.create_task(kept.file.watch(kept.store.committer, kept.store.clock, kept.wake))
    try:
        await kept.noted(1)
        kept.store.clock.advance(1)
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    path = write(tmp_path, RULES, "rbac.yaml")
    async with opened(tmp_path) as database:
        made = Kept(path, Store(database))
        async with watched(made):
            yield made


async def test_a_changed_file_is_taken(kept: Kept) -> None:
    before = kept.file.policy()[1]
    write(kept.path.parent, OTHER, "rbac.yaml")
    first, second = await kept.noted(2)
    assert isinstance(first, PolicyLoaded)
    assert (first.policy_sha256, first.before) == (before, "")
    assert isinstance(second, PolicyLoaded)
    assert (second.policy_sha256, second.before) == (kept.file.policy()[1], before)
    assert kept.quorum == 2


async def test_a_file_that_is_put_in_its_place_is_taken(kept: Kept) -> None:
    write(kept.path.parent, OTHER, "new.yaml").replace(kept.path)
    await kept.noted(2)
    assert kept.quorum == 2


@pytest.mark.parametrize(
    ("text", "mode", "fault"),
    [
        (broken(OTHER, "quorum: 2", "quorum: 0"), 0o644, "quorum is too small"),
        ("", 0o644, "the file is empty"),
        (OTHER, 0o664, "others than its owner can write it (mode 664)"),
        (OTHER, 0o646, "others than its owner can write it (mode 646)"),
    ],
)
async def test_what_is_not_taken_leaves_the_policy_and_is_said_loudly(
    kept: Kept, caplog: pytest.LogCaptureFixture, text: str, mode: int, fault: str
) -> None:
    before = kept.file.policy()
    other = write(kept.path.parent, text, "new.yaml")
    other.chmod(mode)
    other.replace(kept.path)
    _, refused = await kept.noted(2)
    assert isinstance(refused, PolicyRefused)
    assert refused.policy_sha256 == before[1]
    assert fault in " ".join(refused.faults)
    assert kept.file.policy() == before
    assert kept.file.refused
    assert any(record.levelno == logging.ERROR and fault in record.message for record in caplog.records)
    kept.store.clock.advance(1)
    mended = write(kept.path.parent, OTHER, "new.yaml")
    mended.chmod(0o644)
    mended.replace(kept.path)
    await kept.noted(3)
    assert (kept.quorum, kept.file.refused) == (2, False)


async def test_a_file_that_is_gone_leaves_the_policy(kept: Kept) -> None:
    kept.path.unlink()
    _, refused = await kept.noted(2)
    assert isinstance(refused, PolicyRefused)
    assert kept.quorum == 1


async def test_told_to_it_looks_at_once_and_what_is_the_same_is_no_news(kept: Kept) -> None:
    kept.wake.set()
    async with asyncio.timeout(20):
        while kept.wake.is_set():  # noqa: ASYNC110  # nobody tells when it was looked at
            await asyncio.sleep(0)
    write(kept.path.parent, OTHER, "rbac.yaml")
    kept.wake.set()
    assert len(await kept.noted(2)) == 2


@pytest.mark.parametrize("mode", [0o664, 0o666])
def test_without_a_policy_there_is_no_start(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path, RULES, "rbac.yaml")
    path.chmod(mode)
    with pytest.raises(ConfigFaults, match="chmod go-w"):
        PolicyFile(path)


@pytest.mark.parametrize(
    ("match", "names"), [("", False), ('tag: "tier:*", ', True), ('attribute: "tier=*", ', False)]
)
def test_whether_it_names_tags(match: str, names: bool, tmp_path: Path) -> None:
    rules = broken(RULES, 'match: {vm: "*", ', f'match: {{vm: "*", {match}')
    assert PolicyFile(write(tmp_path, rules, "rbac.yaml")).names_tags() is names
