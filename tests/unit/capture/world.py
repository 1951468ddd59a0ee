"""A vCenter, a host and a guest in memory, on a clock that moves only when somebody waits."""

# ruff: noqa: ARG002  # the ports give more than this world needs

from __future__ import annotations

import asyncio
import heapq
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bot.capture.ports import NmiAnswer, NmiReport, Piece, Subject, Way
from bot.core.change import Change, ServiceChange, Stand, Standing
from bot.core.checkup import EndpointSeen
from bot.core.cluster import AutomationOverride, Cluster, MonitoringOverride
from bot.core.dump_facts import DumpFacts
from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.core.guest_change import (
    GuestChange,
    GuestTextChange,
    GuestUnitChange,
    RegistryChange,
    SysctlChange,
)
from bot.core.guest_readings import GuestEntry, RegistryValue
from bot.core.known_key import KnownKey
from bot.core.names import Names
from bot.core.rehearsal import DumperList, DumperRow
from bot.core.route import Route
from bot.core.signs import GuestFile, Happening, Signs
from bot.core.surroundings import LogPart, Surroundings
from bot.core.target import Host, Machine, NamedVm, Ruleset, Service
from bot.core.worlds import World as WorldRow
from tests.unit.core.things import (
    DUMP,
    NOW,
    SHELL,
    VMX,
    WORLD_ID,
    cluster_at_work,
    dump_file,
    facts,
    host,
    known_key,
    machine,
    service,
    signs,
    surroundings,
)
from tests.unit.core.things import world as world_row
from tests.unit.guest.readings import NEEDED, PAGE_FILE, windows
from tests.unit.store.kit import FakeClock

SENT = NmiReport(answer=NmiAnswer.SENT, output="Sending NMI to guest...")
DOWN = {"heartbeat": "red", "tools": "guestToolsNotRunning", "guest_operations_ready": False}
LOST = OutcomeUnknown(Code.OUTCOME_UNKNOWN, call="it", endpoint="vc1")
AWAY = VmdumpError(Code.VCENTER_UNREACHABLE, endpoint="vc1", cause="time-out")


ATTRIBUTES = {
    "ruleset": "ruleset",
    "shell-timeout": "shell_timeout",
    "ha-monitoring": "monitoring",
    "drs": "automation",
}
"""where the world keeps what each kind of change is about"""


def former_of(change: GuestChange) -> object:
    if isinstance(change, GuestUnitChange):
        return change.former_active, change.former_enabled
    return change.former


def ours_of(change: GuestChange) -> object:
    if isinstance(change, GuestUnitChange):
        return True, True
    if isinstance(change, RegistryChange):
        return RegistryValue(type=change.type, data=change.ours)
    return change.ours


class Killed(BaseException):
    """The process is gone on this line."""


class World:
    """What there is, what was done to it, and what goes wrong.

    ``failing`` maps a call's name to what it raises, one after the other; None lets one call pass.
    ``lost`` names effects that take place although their answer is lost, ``late`` those that do after so many
    seconds.
    """

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.services: dict[str, Service] = {s.id: s for s in (SHELL, service())}
        self.machine: Machine = machine()
        self.signs: Signs = signs()
        self.surroundings: Surroundings = surroundings()
        self.write_rate: int | None = None
        self.log = ""
        self.happenings: list[Happening] = []
        self.screen = b"other"
        self.key = known_key()
        self.file: GuestFile | None = None
        self.facts: DumpFacts = facts()
        self.rows: tuple[WorldRow, ...] = (world_row(),)
        self.listed = DumperList(rows=(DumperRow(world_id=WORLD_ID, config_file=VMX),), unread=0)
        self.dump_path: str | None = DUMP
        self.logs_in = True
        self.answer: NmiReport | BaseException = SENT
        self.on_nmi: Callable[[], None] | None = self.crash
        self.effects: list[str] = []
        self.asked: list[str] = []
        self.failing: dict[str, list[BaseException | None]] = {}
        self.always_failing: dict[str, BaseException] = {}
        self.hanging: set[str] = set()
        """calls that never answer"""
        self.lost: list[str] = []
        self.late: dict[str, list[float | None]] = {}
        self.hindrances: dict[Route, VmdumpError] = {}
        self.answers: dict[Route, NmiReport | BaseException] = {}
        self.cluster: Cluster = cluster_at_work(ha=False, drs=False)
        self.monitoring: MonitoringOverride | None = None
        self.automation: AutomationOverride | None = None
        self.ruleset: Ruleset | None = None
        self.shell_timeout = 0
        self.excepted: tuple[str, ...] = ()
        self.registry: dict[str, Mapping[str, RegistryValue] | None] = dict(windows().keys)
        self.entries: dict[str, tuple[GuestEntry, ...]] = {
            "C:\\": (GuestEntry(path=PAGE_FILE, folder=False, size=NEEDED, modified_at=NOW),)
        }
        self.pieces: dict[str, bytes] = {DUMP: b"PAGEDU64"}
        self.shell: dict[str, tuple[int, bytes]] = {}
        self.in_guest: dict[str, object] = {}
        self.lockdown: str | None = "lockdownDisabled"
        self.rows_by_vcenter: tuple[WorldRow, ...] | None = None
        self.way = Way(user="root", services=("TSM", "TSM-SSH"))
        self.hook: Callable[[str], Awaitable[None]] | None = None
        self._later: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()

    # what happens by itself

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._later, (self.clock.now() + timedelta(seconds=seconds), next(self._order), do))

    async def pause(self, seconds: float) -> None:
        end = self.clock.now() + timedelta(seconds=seconds)
        while self._later and self._later[0][0] <= end:
            at, _, do = heapq.heappop(self._later)
            self.clock.time = max(at, self.clock.time)
            do()
        self.clock.time = end

    def crash(self) -> None:
        """The guest stops, writes its dump, restarts, and has the file in place."""
        self.after(1, self._blue)
        self.after(60, self.reboot)

    def _blue(self) -> None:
        self.signs = signs(**DOWN, kernel_crashed=True)
        self.screen = b"blue screen"

    def reboot(self) -> None:
        self.go_down()
        self.happening("VmGuestRebootEvent")
        self.after(30, self.come_up)

    def go_down(self) -> None:
        self.signs, self.screen = signs(**DOWN), b"dark"

    def come_up(self) -> None:
        self.signs, self.screen = signs(), b"other"
        self.file = dump_file(modified_at=self.clock.now())
        self.facts = facts(crashed_at=self.clock.now() - timedelta(seconds=89))

    def happening(self, kind: str, **told: Any) -> None:
        self.happenings.append(Happening(kind=kind, at=self.clock.now(), text="", **told))

    def log_lines(self, text: str) -> None:
        """What the host adds to ``vmware.log``."""
        self.log += text

    def set_service(self, service_id: str, **changed: Any) -> None:
        self.services[service_id] = self.services[service_id].model_copy(update=changed)

    def name_of(self, change: Change) -> str:
        return change.service if isinstance(change, ServiceChange) else change.kind

    def stand(self, change: Change) -> Stand:
        match change:
            case ServiceChange():
                found = self.services[change.service]
                seen = f"{'running' if found.running else 'stopped'}, policy {found.policy}"
                ours = found.running and found.policy == change.former_policy
                before = not found.running
            case RegistryChange() | SysctlChange() | GuestTextChange() | GuestUnitChange():
                now = self.in_guest.get(change.thing, former_of(change))
                seen, ours, before = str(now), now == ours_of(change), now == former_of(change)
            case _:
                now = getattr(self, ATTRIBUTES[change.kind])
                seen, ours, before = str(now), now == change.ours, now == change.former
        standing = Standing.BEFORE if before else Standing.OURS if ours else Standing.OTHER
        return Stand(standing=standing, seen=seen)

    def set(self, change: Change, *, back: bool) -> None:
        match change:
            case ServiceChange():
                self.set_service(change.service, running=not back)
            case RegistryChange() | SysctlChange() | GuestTextChange() | GuestUnitChange():
                self.in_guest[change.thing] = former_of(change) if back else ours_of(change)
            case _:
                setattr(self, ATTRIBUTES[change.kind], change.former if back else change.ours)

    def take_nmi(self) -> None:
        if self.on_nmi is not None:
            self.on_nmi()

    def answer_to_nmi(self, answer: NmiReport | BaseException) -> NmiReport:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def running(self) -> list[str]:
        return [s.id for s in self.services.values() if s.running]

    # calls

    async def reading(self, name: str) -> None:
        self.asked.append(name)
        if name in self.hanging:
            await asyncio.Future()
        self._fail(name)

    async def effect(self, name: str, argument: object, do: Callable[[], None]) -> None:
        late = self.late[name].pop(0) if self.late.get(name) else None
        if late is not None:
            self.after(late, do)
            raise LOST
        lost = name in self.lost
        if lost:
            self.lost.remove(name)
        else:
            self._fail(name)
        do()
        self.effects.append(f"{name} {argument}")
        if self.hook is not None:
            await self.hook(f"call {name}")
        if lost:
            raise LOST

    def _fail(self, name: str) -> None:
        if name in self.always_failing:
            raise self.always_failing[name]
        queue = self.failing.get(name)
        error = queue.pop(0) if queue else None
        if error is not None:
            raise error


class FakeVCenter:
    """Implements ``VCenter``."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def name(self) -> str:
        return "vc1"

    async def names(self) -> Names:
        await self.world.reading("names")
        of = self.world.machine
        named = NamedVm(
            vcenter="vc1",
            moid=of.target.moid,
            name=of.target.name,
            path=of.path,
            instance_uuid=of.target.instance_uuid,
            bios_uuid=of.target.bios_uuid,
            host_moid=of.target.host_moid,
            guest_host_name=of.guest_host_name,
            guest_addresses=of.guest_addresses,
        )
        return Names([named])

    async def machine(self, moid: str) -> Machine:
        await self.world.reading("machine")
        return self.world.machine

    async def host(self, host_moid: str) -> Host:
        await self.world.reading("host")
        return host(
            services=tuple(self.world.services.values()),
            ssh_ruleset=self.world.ruleset,
            lockdown=self.world.lockdown,
        )

    async def signs(self, moid: str) -> Signs:
        await self.world.reading("signs")
        return self.world.signs.model_copy(update={"read_at": self.world.clock.now()})

    async def happenings(self, moid: str, since: datetime) -> Sequence[Happening]:
        await self.world.reading("happenings")
        return [h for h in self.world.happenings if h.at >= since]

    async def screenshot(self, moid: str) -> bytes:
        await self.world.reading("screenshot")
        return self.world.screen

    async def surroundings(self, moid: str) -> Surroundings:
        await self.world.reading("surroundings")
        return self.world.surroundings

    async def write_rate(self, moid: str) -> int | None:
        await self.world.reading("write_rate")
        return self.world.write_rate

    async def log_part(self, machine: Machine, after: int | None) -> LogPart:
        await self.world.reading("log_part")
        text = "" if after is None else self.world.log[after:]
        return LogPart(size=len(self.world.log), text=text)

    async def clock(self) -> datetime:
        return self.world.clock.now()

    async def examine(self) -> EndpointSeen:
        await self.world.reading("examine")
        return EndpointSeen(
            version="5.5.0",
            api_version="5.5",
            build="1623101",
            sends_nmi=False,
            tls="TLSv1.3",
            trust="ca_file",
            offset_seconds=0.0,
            vms=1,
            privileges=(),
            privileges_unread=None,
            hosts=(),
        )

    async def hindrance(self, route: Route, machine: Machine) -> VmdumpError | None:
        await self.world.reading("hindrance")
        return self.world.hindrances.get(route)

    async def cluster(self, cluster_moid: str, moid: str) -> Cluster:
        await self.world.reading("cluster")
        return self.world.cluster

    async def shell_timeout(self, host_moid: str) -> int:
        await self.world.reading("shell_timeout")
        return self.world.shell_timeout

    async def lockdown_exceptions(self, host_moid: str) -> Sequence[str]:
        await self.world.reading("lockdown_exceptions")
        return self.world.excepted

    async def worlds(self, host_moid: str) -> tuple[WorldRow, ...]:
        await self.world.reading("vcenter worlds")
        return self.world.rows if self.world.rows_by_vcenter is None else self.world.rows_by_vcenter

    async def stand(self, change: Change) -> Stand:
        await self.world.reading("host")
        self._reaches(change)
        return self.world.stand(change)

    async def make(self, change: Change) -> None:
        name = self.world.name_of(change)
        self._reaches(change)
        await self.world.effect("start", name, lambda: self.world.set(change, back=False))

    async def put_back(self, change: Change) -> None:
        name = self.world.name_of(change)
        self._reaches(change)
        await self.world.effect("stop", name, lambda: self.world.set(change, back=True))

    async def reboot_guest(self, moid: str) -> None:
        await self.world.effect("reboot", moid, self.world.reboot)

    async def send_nmi(self, route: Route, machine: Machine) -> NmiReport:
        await self.world.effect(f"nmi by {route.value}", machine.target.moid, self.world.take_nmi)
        return self.world.answer_to_nmi(self.world.answers.get(route, SENT))

    async def log_user_event(self, subject: Subject, moid: str, text: str) -> None:
        await self.world.effect("log", subject, lambda: None)

    async def guest_file(self, moid: str, path: str) -> GuestFile | None:
        await self.world.reading("guest_file")
        self._answers()
        # A Linux leaves its dump below its crash folder, where only a listing finds it.
        return None if self.world.machine.family == "linux" else self.world.file

    async def guest_piece(self, moid: str, path: str, offset: int, length: int) -> bytes:
        await self.world.reading("guest_piece")
        self._answers()
        return self.world.pieces[path][offset : offset + length]

    async def guest_files(self, moid: str, folder: str, pattern: str | None = None) -> tuple[GuestEntry, ...]:
        await self.world.reading("guest_files")
        self._answers()
        found = self.world.entries.get(folder, ())
        return tuple(
            e for e in found if pattern is None or re.search(pattern, re.split(r"[\\/]", e.path)[-1])
        )

    async def guest_shell(self, moid: str, script: str) -> tuple[int, bytes]:
        await self.world.reading("guest_shell")
        self._answers()
        return self.world.shell.get(script, (127, b"/bin/sh: not found\n"))

    async def registry_values(self, moid: str, key: str) -> Mapping[str, RegistryValue] | None:
        await self.world.reading("registry_values")
        self._answers()
        return self.world.registry.get(key)

    def _reaches(self, change: Change) -> None:
        if change.in_guest:
            self._answers()

    def _answers(self) -> None:
        if self.world.signs.guest_operations_ready is False:
            raise VmdumpError(Code.GUEST_UNAVAILABLE, vm="DumpTest")

    def dump_file(self, machine: Machine) -> str | None:
        return self.world.dump_path

    def logs_in(self, machine: Machine) -> bool:
        return self.world.logs_in


class FakeShell:
    """Implements ``Shell``."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def worlds(self) -> tuple[WorldRow, ...]:
        await self.world.reading("worlds")
        return self.world.rows

    async def running_vms(self) -> DumperList:
        await self.world.reading("vmdumper -l")
        return self.world.listed

    async def send_nmi(self, world_id: int) -> NmiReport:
        assert world_id == WORLD_ID
        await self.world.effect("nmi", world_id, self.world.take_nmi)
        return self.world.answer_to_nmi(self.world.answer)


class FakeShells:
    """Implements ``Shells``: SSH answers only while its service runs."""

    def __init__(self, world: World) -> None:
        self.world = world

    def way(self, host_name: str) -> Way:
        return self.world.way

    async def keys(self, host_name: str) -> tuple[KnownKey, ...]:
        return (self.world.key,)

    @asynccontextmanager
    async def open(self, host_name: str) -> AsyncIterator[FakeShell]:
        await self.world.reading("ssh")
        if not self.world.services["TSM-SSH"].running:
            raise VmdumpError(Code.SSH_UNREACHABLE, host=host_name, endpoint=host_name, cause="refused")
        yield FakeShell(self.world)


class FakeFormats:
    """Implements ``DumpFormats``."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def read(self, piece: Piece, size: int) -> DumpFacts:
        assert await piece(0, 8)
        self.world._fail("read")
        return self.world.facts


class FakePictures:
    """Implements ``Pictures``: a picture is the name of what it shows."""

    def looks(self, png: bytes) -> str:
        return png.decode()
