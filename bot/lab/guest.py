"""The operating system inside a simulated machine: a state machine, its files, registry and processes."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.lab.guest_file import Family, Files, GuestFile
from bot.lab.linux import Distribution, Linux
from bot.lab.registry import Registry, armed
from bot.lab.watched import Watched
from bot.lab.windows import dump_path_of, writes_dump

State = Literal["off", "running", "crashed", "dumping", "rebooting"]
DumpFormat = Literal["elf", "kdump", "flattened"]
Hung = Literal["refusing", "silent"]

_AFTER: dict[State, State] = {
    "running": "crashed",
    "crashed": "dumping",
    "dumping": "rebooting",
    "rebooting": "running",
}


@dataclass(frozen=True)
class Volume:
    """A file system of the guest: where it is mounted, and its bytes."""

    path: str
    capacity: int
    free: int


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

    `disk_bytes` and `disk_free_bytes` are those of the volume it boots from, `mounts` are further ones.

    A Linux panics at an NMI, and writes a dump, if its files say so (`bot.lab.linux`); a Windows writes one
    if its registry said so when it started (`bot.lab.windows`): stories that change it call `take_settings`.

    Switches for stories: `nmi_ignored` (the guest lives on as if nothing had happened, whatever it is set
    to), `dump_written` (off: it crashes and reboots and leaves no dump), `logins_refused` (its password was
    changed), `tools_version` (as the API names it; nothing else follows from it), and `hung` until it
    restarts: it has no heartbeat, and guest operations are refused, or never answered. Whether vCenter still
    calls a guest ready that answers nothing is unknown; here it does.

    Of its next dump: `dump_format` (of a Linux), `dump_missing` (bytes cut off at its end), `dump_copied`
    (seconds of wall-clock time for which a Windows that is back copies it out of its page file).
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
    dump_format: DumpFormat = "elf"
    dump_missing: int = 0
    dump_copied: float = 0.0
    logins_refused: bool = False
    hung: Hung | None = None
    distribution: Distribution = "rhel9"
    memory_mb: int = 4096
    system: str = "Windows Server 2012 R2"
    disk_bytes: int = 60 * 2**30
    disk_free_bytes: int = 32 * 2**30
    mounts: tuple[Volume, ...] = ()
    page_file_mb: int = 4608
    tools_version: str = "guestToolsCurrent"
    processes: list[Process] = field(default_factory=list)
    registry: Registry = field(default_factory=Registry)
    in_force: Registry = field(default_factory=Registry, init=False, repr=False)
    files: Files = field(init=False, repr=False)
    _linux: Linux | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.files = Files(self.family)
        if self.family == "linux":
            self._linux = Linux(self.files, self.distribution, self.memory_mb, self.booted_at)
        else:
            self.registry = armed(self.dump_path, self.page_file_mb, self.system)
            self.keep(GuestFile(r"C:\pagefile.sys", self.booted_at, self.page_file_mb * 2**20))
            self.take_settings()

    @property
    def linux(self) -> Linux:
        """LookupError: it is a Windows."""
        if self._linux is None:
            raise LookupError("a Windows is no Linux")
        return self._linux

    def take_settings(self) -> None:
        """Let what the registry says be in force, as at a start of Windows."""
        self.in_force = self.registry.copy()

    @property
    def writes_dump(self) -> bool:
        """Whether it would leave a dump if it crashed now."""
        if self._linux is not None:
            return self.dump_written and self._linux.dumps
        return self.dump_written and writes_dump(self.in_force, self.memory_mb)

    @property
    def writes_to(self) -> str:
        """Where its next dump will be."""
        return self.dump_path if self._linux else dump_path_of(self.in_force, self.dump_path)

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """Its file systems, as its Tools tell them."""
        root = "C:\\" if self.family == "windows" else "/"
        return (Volume(root, self.disk_bytes, self.disk_free_bytes), *self.mounts)

    def accepts(self, username: str, password: str) -> bool:
        """Whether these credentials open a session in the guest."""
        return not self.logins_refused and (username, password) == (self.username, self.password)

    def receive_nmi(self, at: datetime) -> bool:
        """Take an NMI. True: the guest crashed by it; a guest that is down, or ignores it, does not."""
        if self.state != "running" or self.nmi_ignored or (self._linux and not self._linux.panics_on_nmi):
            return False
        self.crash(at)
        return True

    def crash(self, at: datetime) -> None:
        """Stop dead. ValueError: it does not run."""
        self._become("crashed")
        self.crashed_at = at
        self.crashes += 1

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
        self.processes, self.hung = [], None
        if self._linux is None:
            self.take_settings()
        else:
            self._linux.boot(at)
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
        self.files.keep(file)

    def forget(self, path: str) -> None:
        """Remove a file; nothing happens where there is none."""
        self.files.forget(path)

    def file(self, path: str) -> GuestFile | None:
        """The file of that path, if there is one."""
        return self.files.find(path)

    def folder(self, path: str) -> list[GuestFile]:
        """The files directly in that folder, by name."""
        return self.files.folder(path)

    def _become(self, state: State) -> None:
        if _AFTER.get(self.state) != state:
            raise ValueError(f"a guest that is {self.state} cannot become {state}")
        self.state = state
