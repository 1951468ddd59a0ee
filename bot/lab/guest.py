"""The operating system inside a simulated machine: a state machine, its files, registry and processes."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from bot.lab.registry import Registry, armed
from bot.lab.watched import Watched

State = Literal["off", "running", "crashed", "dumping", "rebooting"]
Family = Literal["windows", "linux"]

_AFTER: dict[State, State] = {
    "running": "crashed",
    "crashed": "dumping",
    "dumping": "rebooting",
    "rebooting": "running",
}


@dataclass(frozen=True)
class GuestFile:
    """A file in the guest: its path there, when it was last written (UTC), and where its bytes lie."""

    path: str
    modified: datetime
    stored: Path

    @property
    def size(self) -> int:
        """Bytes."""
        return self.stored.stat().st_size


@dataclass
class Process:
    """A program that somebody has started from outside; times are UTC."""

    pid: int
    command_line: str
    started: datetime
    ended: datetime | None = None
    exit_code: int | None = None

    @property
    def name(self) -> str:
        """Its program's file name."""
        return re.split(r"[\\/]", self.command_line.split('"')[1])[-1]


@dataclass(eq=False)
class Guest(Watched):
    """What runs in the machine.

    Switches for stories: `nmi_ignored` (the guest lives on as if nothing had happened), `dump_written` (off:
    it crashes and reboots and leaves no dump), `logins_refused` (its password was changed), and what is in
    `registry`, which says that a complete dump would be written and decides nothing.
    """

    family: Family
    host_name: str
    username: str
    password: str = field(repr=False)
    booted_at: datetime
    state: State = "running"
    crashes: int = 0
    crashed_at: datetime | None = None
    dump_started_at: datetime | None = None
    dump_seconds: float = 0.0
    dump_path: str = r"C:\MemoryDump\MEMORY.DMP"
    nmi_ignored: bool = False
    dump_written: bool = True
    logins_refused: bool = False
    system: str = "Windows Server 2012 R2"
    disk_bytes: int = 60 * 2**30
    disk_free_bytes: int = 32 * 2**30
    page_file_mb: int = 4608
    processes: list[Process] = field(default_factory=list)
    registry: Registry = field(default_factory=Registry)
    _files: dict[str, GuestFile] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.family == "windows":
            self.registry = armed(self.dump_path, self.page_file_mb)

    def accepts(self, username: str, password: str) -> bool:
        """Whether these credentials open a session in the guest."""
        return not self.logins_refused and (username, password) == (self.username, self.password)

    def receive_nmi(self, at: datetime) -> bool:
        """Take an NMI. True: the guest crashed by it; a guest that is down, or ignores it, does not."""
        if self.state != "running" or self.nmi_ignored:
            return False
        self.crashed_at = at
        self.crashes += 1
        self._become("crashed")
        return True

    def start_dump(self, at: datetime, seconds: float) -> None:
        """Begin to write the memory out, which will take so many seconds of wall-clock time."""
        self.dump_started_at = at
        self.dump_seconds = seconds
        self._become("dumping")

    def start_reboot(self) -> None:
        """Reset after the dump."""
        self._become("rebooting")

    def reset(self) -> None:
        """Be reset from outside, whatever it was doing. ValueError: it is off, or boots already."""
        if self.state in {"off", "rebooting"}:
            raise ValueError(f"a guest that is {self.state} cannot be reset")
        self.state = "rebooting"

    def come_up(self, at: datetime, dump: GuestFile | None) -> None:
        """Answer again; the dump, if one was written, replaces an older one under the same path."""
        self.booted_at = at
        self.processes = []
        if dump is not None:
            self.keep(dump)
        self._become("running")

    def start(self, command_line: str, at: datetime) -> Process:
        """Begin to run a program."""
        process = Process(4000 + 4 * len(self.processes), command_line, at)
        self.processes = [*self.processes, process]
        return process

    def end(self, process: Process, at: datetime, exit_code: int) -> None:
        """A program is through."""
        process.ended, process.exit_code = at, exit_code
        self.processes = [*self.processes]

    def dump_progress(self, at: datetime) -> float:
        """The part of the memory that is written, from 0 to 1."""
        if self.dump_started_at is None or self.state == "crashed":
            return 0.0
        if self.dump_seconds <= 0:
            return 1.0
        return min(1.0, max(0.0, (at - self.dump_started_at).total_seconds() / self.dump_seconds))

    def keep(self, file: GuestFile) -> None:
        """Put a file into the guest, over one of the same path."""
        self._files[self._key(file.path)] = file

    def forget(self, path: str) -> None:
        """Remove a file; nothing happens where there is none."""
        self._files.pop(self._key(path), None)

    def file(self, path: str) -> GuestFile | None:
        """The file of that path, if there is one."""
        return self._files.get(self._key(path))

    def folder(self, path: str) -> list[GuestFile]:
        """The files directly in that folder, by name."""
        prefix = self._key(path).rstrip("\\/")
        inside = [key for key in self._files if key[: max(key.rfind("\\"), key.rfind("/"))] == prefix]
        return [self._files[key] for key in sorted(inside)]

    def _key(self, path: str) -> str:
        """Windows compares names without regard to case, and takes either slash."""
        return path.replace("/", "\\").lower() if self.family == "windows" else path

    def _become(self, state: State) -> None:
        if _AFTER.get(self.state) != state:
            raise ValueError(f"a guest that is {self.state} cannot become {state}")
        self.state = state
