"""Tasks of a vCenter: what takes a while, and how it ended."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.lab.cluster import Cluster
from bot.lab.gates import Dropped, Gates
from bot.lab.host import Host
from bot.lab.vm import Vm
from bot.lab.watched import Watched

Entity = Vm | Host | Cluster
# How long vCenter keeps a finished task among the recent ones.
_RECENT = timedelta(minutes=10)


@dataclass(frozen=True)
class Fault:
    """Why a task failed: the fault's class in the vSphere API, e.g. `vim.fault.Timedout`, and its fields."""

    kind: str
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict)


CANCELED = Fault("vmodl.fault.RequestCanceled", "The task was canceled by a user.")


class TaskFailed(Exception):
    """Raised by a task's work that could not be done."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(eq=False)
class Task(Watched):
    """One task. `method` is its name in the vSphere API, unless vCenter began it itself; times are UTC."""

    moid: str
    method: str | None
    description_id: str
    entity: Entity = field(repr=False)
    user: str
    queued_at: datetime
    state: Literal["queued", "running", "success", "error"] = "queued"
    started_at: datetime | None = None
    completed_at: datetime | None = None
    fault: Fault | None = None

    @property
    def point(self) -> str:
        """What its gates are called, before `:before` and `:after`."""
        return f"Task:{self.method or self.description_id}"

    @property
    def recent(self) -> bool:
        """Whether vCenter still lists it with its entity."""
        return self.completed_at is None or datetime.now(UTC) - self.completed_at < _RECENT


class Tasks:
    """All tasks of one world, oldest first.

    A task stands at its gates while it runs; one that is dropped there ends as canceled, done or not.
    `failing` is a switch: tasks of such a method (or description, where vCenter began them) fail like that.
    """

    def __init__(
        self,
        gates: Gates,
        changed: Callable[..., None],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._gates = gates
        self._changed = changed
        self._spawn = spawn
        self.begun: list[Task] = []
        self.failing: dict[str, Fault] = {}

    def recent(self, entity: Entity | None = None) -> list[Task]:
        """Those that run or ended lately, of one entity or of all."""
        return [task for task in self.begun if task.recent and entity in {None, task.entity}]

    def add(self, method: str | None, description_id: str, entity: Entity, user: str) -> Task:
        """A new task, which waits to be run."""
        number = len(self.begun) + 1
        task = Task(f"task-{number}", method, description_id, entity, user, datetime.now(UTC))
        task.on_change = lambda: self._changed(task, entity)
        self.begun.append(task)
        task.on_change()
        return task

    def start(self, task: Task, work: Callable[[], None], seconds: float) -> None:
        """Run a task in the background; see `perform`."""
        self._spawn(self.perform(task, work, seconds))

    async def perform(self, task: Task, work: Callable[[], None], seconds: float) -> None:
        """Run a task that does its work after so many seconds of wall-clock time; its end is in the task."""
        task.started_at = datetime.now(UTC)
        task.state = "running"
        task.fault = await self._done(task, work, seconds)
        task.completed_at = datetime.now(UTC)
        task.state = "error" if task.fault else "success"

    async def _done(self, task: Task, work: Callable[[], None], seconds: float) -> Fault | None:
        try:
            await self._gates.passing(f"{task.point}:before")
            await asyncio.sleep(seconds)
            fault = self.failing.get(task.method or task.description_id)
            if fault is None:
                work()
            await self._gates.passing(f"{task.point}:after")
        except TaskFailed as error:
            return error.fault
        except Dropped:
            return CANCELED
        return fault
