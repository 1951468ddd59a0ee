"""A rehearsal does all that a capture does but the NMI, and nothing turns the one into the other."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bot.capture.rehearse
from bot.capture.ports import ReadingShell, Shell, effects_of
from bot.core.errors import Code, VmdumpError
from bot.core.events import (
    Closed,
    Failed,
    HostKeyShown,
    NmiIntended,
    NotVerified,
    PlanChanged,
    RehearsalFailed,
    RehearsalRead,
    Rehearsed,
    Released,
    VcenterTold,
)
from bot.core.finding import Level
from bot.core.purpose import Purpose
from bot.core.rehearsal import DumperList
from bot.core.request import Outcome, Request, State
from bot.store.commit import Step
from tests.unit.capture.site import Site, killing, site
from tests.unit.capture.world import World
from tests.unit.core.things import BIOS, REQUEST, WORLD_ID, machine, plan, target
from tests.unit.store.kit import always

ON_HOST = ("login", "process-list", "identity", "vmdumper")
WHOLE = ("services-started", *ON_HOST, "services-stopped")
UNKNOWN_KEY = VmdumpError(
    Code.SSH_HOST_KEY_UNKNOWN, host="esx-03", fingerprint="SHA256:abc", key="ssh-ed25519 AAAA"
)
AWAY = VmdumpError(Code.SSH_LOGIN, host="esx-03", username="root")


def nmis(world: World) -> int:
    return sum(effect.startswith("nmi") for effect in world.effects)


def names(parts: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(part.name for part in parts)


async def rehearsed(lab: Site, **changed: Any) -> Request:
    await lab.approved(purpose=Purpose.REHEARSAL, **changed)
    request = await lab.to_the_end()
    assert nmis(lab.world) == 0
    await lab.check_the_end()
    return request


async def test_everything_but_the_nmi(lab: Site) -> None:
    request = await rehearsed(lab)
    assert request.outcome is Outcome.REHEARSED
    said = await lab.one(Rehearsed)
    assert said.world_id == WORLD_ID
    assert names(said.parts) == WHOLE
    assert {part.level for part in said.parts} == {Level.OK}
    assert lab.world.running == []
    kinds = await lab.kinds()
    assert kinds.index(Released.kind) < kinds.index(Rehearsed.kind) < kinds.index(Closed.kind)
    assert NmiIntended.kind not in kinds


async def test_vcenters_log_says_that_it_is_none(lab: Site) -> None:
    await rehearsed(lab)
    told = [e.text for e in await lab.events() if isinstance(e, VcenterTold)]
    assert len(told) == 2
    assert all("rehearsal, without the NMI, of a memory dump of DumpTest on esx-03" in text for text in told)


@pytest.mark.parametrize(
    ("call", "failed", "code"),
    [
        ("ssh", "login", Code.SSH_LOGIN),
        ("worlds", "process-list", Code.SSH_LOGIN),
        ("vmdumper -l", "vmdumper", Code.SSH_LOGIN),
    ],
)
async def test_what_fails_is_named_with_what_went_well(lab: Site, call: str, failed: str, code: Code) -> None:
    lab.world.always_failing = {call: AWAY}
    request = await rehearsed(lab)
    assert request.outcome is Outcome.REHEARSAL_FAILED
    said = await lab.one(RehearsalFailed)
    assert (said.failed, said.code) == (failed, code)
    assert names(said.parts) == (
        "services-started",
        *ON_HOST[: ON_HOST.index(failed)],
        "services-stopped",
    )
    assert lab.world.running == []


async def test_a_machine_that_is_not_in_the_list(lab: Site) -> None:
    lab.world.rows = ()
    assert (await rehearsed(lab)).outcome is Outcome.REHEARSAL_FAILED
    said = await lab.one(RehearsalFailed)
    assert (said.failed, said.code) == ("identity", Code.WORLD_NOT_FOUND)


async def test_a_machine_that_moved_meanwhile(lab: Site) -> None:
    await lab.approved(purpose=Purpose.REHEARSAL)
    await lab.run(until="rehearse")
    lab.world.machine = machine(target=target(host_moid="host-10", bios_uuid=BIOS))
    assert (await lab.to_the_end()).outcome is Outcome.REHEARSAL_FAILED
    assert (await lab.one(RehearsalFailed)).code is Code.MOVED


@pytest.mark.parametrize(
    ("listed", "level"), [(DumperList(rows=(), unread=7), Level.UNKNOWN), (None, Level.OK)]
)
async def test_a_list_of_unknown_form_fails_nothing(
    lab: Site, listed: DumperList | None, level: Level
) -> None:
    lab.world.listed = listed or lab.world.listed
    assert (await rehearsed(lab)).outcome is Outcome.REHEARSED
    parts = {part.name: part for part in (await lab.one(Rehearsed)).parts}
    assert parts["vmdumper"].level is level


async def test_before_the_host_is_opened_it_fails_as_a_rehearsal(lab: Site) -> None:
    await lab.approved(purpose=Purpose.REHEARSAL)
    await lab.run(until="prepare")
    lab.world.set_service("TSM-SSH", running=True)
    assert (await lab.to_the_end()).outcome is Outcome.REHEARSAL_FAILED
    assert (await lab.one(Failed)).purpose is Purpose.REHEARSAL


async def test_an_unknown_key_is_shown_and_closed_behind(lab: Site) -> None:
    lab.world.always_failing = {"ssh": UNKNOWN_KEY}
    assert (await rehearsed(lab)).outcome is Outcome.REHEARSAL_FAILED
    shown = await lab.one(HostKeyShown)
    assert (shown.algorithm, shown.fingerprint, shown.public_key) == (
        "ssh-ed25519",
        "SHA256:abc",
        "ssh-ed25519 AAAA",
    )
    assert lab.world.running == []


async def test_another_key_than_the_pinned_one_is_not_offered(lab: Site) -> None:
    lab.world.always_failing = {"ssh": VmdumpError(Code.SSH_HOST_KEY, host="esx-03", fingerprint="SHA256:x")}
    await rehearsed(lab)
    assert HostKeyShown.kind not in await lab.kinds()


async def test_what_runs_already_is_left_running(lab: Site) -> None:
    for service in ("TSM", "TSM-SSH"):
        lab.world.set_service(service, running=True)
    assert (await rehearsed(lab)).outcome is Outcome.REHEARSED
    assert lab.world.running == ["TSM", "TSM-SSH"]
    assert names((await lab.one(Rehearsed)).parts) == ON_HOST


# killed


async def test_it_ends_right_wherever_it_is_killed(tmp_path: Path) -> None:
    async def played(folder: Path, at: int) -> tuple[list[str], Request]:
        points: list[str] = []
        async with site(folder) as lab:
            await lab.approved(purpose=Purpose.REHEARSAL)
            lab.world.hook = killing(at, points)
            request = await lab.to_the_end()
            lab.world.hook = None
            await lab.check_the_end()
            assert nmis(lab.world) == 0
            assert lab.world.running == []
            assert (await lab.kinds()).count(RehearsalRead.kind) <= 1
        return points, request

    whole, request = await played(tmp_path / "whole", 0)
    assert request.outcome is Outcome.REHEARSED
    for at in range(1, len(whole) + 1):
        points, request = await played(tmp_path / str(at), at)
        # A start that perhaps went out is not made again.
        lost = points[at - 1].startswith("change/") and points[at - 1].endswith("/intent")
        assert request.outcome is (Outcome.REHEARSAL_FAILED if lost else Outcome.REHEARSED), points[at - 1]


# never the other


def tampered(**changed: Any) -> Step:
    return Step(events=(), set=changed)


AS_CAPTURE = {"purpose": Purpose.CAPTURE}


FORGED: dict[str, Callable[[Request], dict[str, Any]]] = {
    "the row": lambda _: AS_CAPTURE,
    "and the plan": lambda r: {**AS_CAPTURE, "plan": as_capture(r)},
    "and the digest": lambda r: {**AS_CAPTURE, "plan": as_capture(r), "digest": as_capture(r).digest()},
}


@pytest.mark.parametrize(
    ("at", "forged"),
    [
        (at, forged)
        for at in ("ready", "prepare", "rehearse")
        for forged in FORGED
        # With another digest before the second reading it is a request that nobody has voted on.
        if (at, forged) != ("ready", "and the digest")
    ],
)
async def test_a_rehearsal_never_becomes_a_capture(lab: Site, at: str, forged: str) -> None:
    """Whatever of its row is forged, once it was read again after the approval."""
    await lab.approved(purpose=Purpose.REHEARSAL)
    before = await lab.run(until=at)
    changes = FORGED[forged](before)
    await lab.store.committer.commit(REQUEST, "forged", always(tampered(**changes)))
    request = await lab.to_the_end()
    assert nmis(lab.world) == 0
    assert request.outcome in {Outcome.FAILED, Outcome.PLAN_CHANGED}
    kinds = await lab.kinds()
    assert NmiIntended.kind not in kinds
    assert (PlanChanged.kind in kinds) is (at == "ready")
    await lab.check_the_end()


@pytest.mark.parametrize("state", [State.FIRING, State.SENT])
async def test_a_rehearsal_that_is_said_to_be_firing_sends_nothing(lab: Site, state: State) -> None:
    await lab.approved(purpose=Purpose.REHEARSAL)
    await lab.run(until="rehearse")
    steps = (State.FIRING,) if state is State.FIRING else (State.FIRING, State.SENT)
    for step in steps:
        await lab.store.committer.commit(REQUEST, f"forged/{step}", always(Step(events=(), to=step)))
    request = await lab.to_the_end()
    assert nmis(lab.world) == 0
    assert request.outcome is Outcome.UNKNOWN
    assert await lab.one(NotVerified)
    assert lab.world.running == []


async def test_a_capture_never_becomes_a_rehearsal(lab: Site) -> None:
    await lab.approved()
    await lab.store.committer.commit(REQUEST, "forged", always(tampered(purpose=Purpose.REHEARSAL)))
    assert (await lab.to_the_end()).outcome is Outcome.PLAN_CHANGED
    assert lab.world.effects == []


def as_capture(request: Request) -> Any:
    assert request.plan is not None
    return request.plan.model_copy(update=AS_CAPTURE)


def test_the_digest_is_another() -> None:
    assert plan().digest() != plan(purpose=Purpose.REHEARSAL).digest()


def test_it_is_given_nothing_that_could_send_one() -> None:
    assert effects_of(ReadingShell) == frozenset()
    assert "send_nmi" in effects_of(Shell)
    tree = ast.parse(Path(bot.capture.rehearse.__file__).read_text(encoding="utf-8"))
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert "send_nmi" not in called
    assert "bot.capture.fire" not in imported("bot.capture.rehearse", set())


def imported(name: str, seen: set[str]) -> set[str]:
    """The product's modules that a module imports, and those that these import."""
    seen.add(name)
    tree = ast.parse(Path(str(sys.modules[name].__file__)).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("bot."):
            for found in {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}:
                if found in sys.modules and found not in seen:
                    imported(found, seen)
    return seen
