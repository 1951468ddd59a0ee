"""What a capture needs of the world.

A method marked *effect* changes something outside. It is sent once: it raises ``OutcomeUnknown`` if the call
may have arrived, any other ``VmdumpError`` if it is known that nothing happened. All others only read; they
may be repeated, and are, by whoever implements them, after a lost session.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol, TypeVar

from bot.core.arming import DumpWish
from bot.core.change import Change, Stand
from bot.core.checkup import EndpointSeen
from bot.core.cluster import Cluster
from bot.core.dump_facts import DumpFacts
from bot.core.errors import VmdumpError
from bot.core.finding import Finding
from bot.core.guest_arming import Arming
from bot.core.guest_readings import GuestEntry, GuestReadings, RegistryValue
from bot.core.known_key import KnownKey
from bot.core.names import Names
from bot.core.plan import Plan
from bot.core.policy.approvers import Approvers
from bot.core.policy.freeze import Frozen
from bot.core.policy.requirement import Requirement
from bot.core.rehearsal import DumperList
from bot.core.request import Request
from bot.core.route import Route
from bot.core.signs import GuestFile, Happening, Signs
from bot.core.surroundings import LogPart, Surroundings, Volume
from bot.core.target import Host, Machine
from bot.core.value import Value
from bot.core.worlds import World

Subject = Literal["vm", "host"]
Piece = Callable[[int, int], Awaitable[bytes]]
"""``await piece(offset, length)`` of a file in the guest; raises ``VmdumpError``"""
M = TypeVar("M", bound=Callable[..., object])


def effect(method: M) -> M:
    """Marks a method of a port that changes something outside."""
    method.__effect__ = True  # type: ignore[attr-defined]  # functions take attributes, their type does not say so
    return method


def effects_of(port: type) -> frozenset[str]:
    """Names of a port's methods that change something outside."""
    return frozenset(name for name, member in vars(port).items() if hasattr(member, "__effect__"))


class VCenter(Protocol):
    """One vCenter. Every method raises ``VmdumpError``; every call is bounded by a time-out."""

    @property
    def name(self) -> str:
        """as in the settings"""

    async def names(self) -> Names:
        """All VMs that the account can see, templates too, as they were some seconds ago: to find one by."""

    async def machine(self, moid: str) -> Machine:
        """A fresh reading; ``Code.VM_GONE`` if there is no such VM any more."""

    async def host(self, host_moid: str) -> Host: ...

    async def signs(self, moid: str) -> Signs: ...

    async def happenings(self, moid: str, since: datetime) -> Sequence[Happening]:
        """Events of the VM since then (vCenter's clock), oldest first."""

    async def screenshot(self, moid: str) -> bytes:
        """The console as PNG."""

    async def surroundings(self, moid: str) -> Surroundings:
        """What lies around the guest and its disks."""

    async def write_rate(self, moid: str) -> int | None:
        """Bytes per second that its virtual disks wrote in the newest sample of 20 s; None without one."""

    async def log_part(self, machine: Machine, after: int | None) -> LogPart:
        """What came into the VM's ``vmware.log`` after that many bytes, at most the last 256 KiB of it.

        None asks for the size alone. A log that has become shorter was begun anew: all of it came after.
        ``Code.VCENTER_PERMISSION`` without Datastore.Browse; an optional witness, never a condition.
        """

    async def clock(self) -> datetime:
        """vCenter's time, UTC."""

    async def examine(self) -> EndpointSeen:
        """What the account sees and may do here, for the doctor."""

    async def hindrance(self, route: Route, machine: Machine) -> VmdumpError | None:
        """Why this route is not open from vCenter's side; None if nothing is known against it."""

    async def cluster(self, cluster_moid: str, moid: str) -> Cluster:
        """The cluster's settings as they bear on the VM."""

    async def shell_timeout(self, host_moid: str) -> int:
        """``UserVars.ESXiShellTimeOut`` of a host, seconds."""

    async def lockdown_exceptions(self, host_moid: str) -> Sequence[str]:
        """Users that a host in lockdown lets in."""

    async def worlds(self, host_moid: str) -> tuple[World, ...]:
        """The host's list of running VMs without SSH; ``VmdumpError`` where this server or account cannot."""

    async def stand(self, change: Change) -> Stand:
        """How the thing of a change stands now."""

    @effect
    async def make(self, change: Change) -> None:
        """*Effect.* ``Code.SERVICE_MISSING``, ``Code.THING_MISSING`` where there is no such thing.

        What is altered in a guest is read back: ``Code.GUEST_CHANGE`` where it is as it was before. Errors of
        guests as for ``guest_file``.
        """

    @effect
    async def put_back(self, change: Change) -> None:
        """*Effect.*"""

    @effect
    async def reboot_guest(self, moid: str) -> None:
        """*Effect.* Asks the guest's system, by its Tools, to restart; it may take its time, or never do so.

        ``Code.GUEST_UNAVAILABLE`` where its Tools do not run.
        """

    @effect
    async def send_nmi(self, route: Route, machine: Machine) -> NmiReport:
        """*Effect*, by ``api`` or ``bundle``; the latter answers ``UNKNOWN`` at best."""

    @effect
    async def log_user_event(self, subject: Subject, moid: str, text: str) -> None:
        """*Effect.* A line in vCenter's own event log, on a VM or a host."""

    async def guest_file(self, moid: str, path: str) -> GuestFile | None:
        """Name, size and time of a file in the guest; None if there is none.

        Sends the guest's password into the guest. ``Code.NO_GUEST_CREDENTIALS`` where no rule gives any,
        ``Code.GUEST_UNAVAILABLE`` while the guest is down, ``Code.GUEST_LOGIN`` if it refuses the account.
        """

    async def guest_piece(self, moid: str, path: str, offset: int, length: int) -> bytes:
        """``length`` bytes of a file in the guest, fewer where it ends, at most 256 KiB.

        Beyond the first 64 KiB only on Linux, by its shell; ``Code.GUEST_FILE`` on Windows. Other errors as
        for ``guest_file`` and ``guest_shell``.
        """

    async def guest_files(self, moid: str, folder: str, pattern: str | None = None) -> tuple[GuestEntry, ...]:
        """Files and folders directly in a folder of the guest, of those whose names ``pattern`` finds.

        ``pattern`` is a regular expression. Empty where there is no such folder; links are left out. Errors
        as for ``guest_file``.
        """

    async def guest_shell(self, moid: str, script: str) -> tuple[int, bytes]:
        """Exit code and output (both streams, at most 256 KiB) of ``/bin/sh -c script`` in a Linux guest.

        The script must only read: it may be run again. ``ValueError`` for characters that would not arrive as
        they are. What it wrote its output to is removed. ``Code.GUEST_PROGRAM`` where it does not end, or
        there is no such shell; other errors as for ``guest_file``.
        """

    async def registry_values(self, moid: str, key: str) -> Mapping[str, RegistryValue] | None:
        """Values of a key of a Windows guest's registry, by their names; None if there is no such key.

        ``key`` is written in full, ``HKEY_LOCAL_MACHINE\\…``; ``ValueError`` for one with other than plain
        characters. Values of other types than ``RegistryType`` are left out. ``Code.GUEST_REGISTRY`` where it
        cannot be read; other errors as for ``guest_file``. Before API 6.0 it runs ``reg.exe`` in the guest,
        and removes the file that it wrote.
        """

    def dump_file(self, machine: Machine) -> str | None:
        """Where the settings say that this guest writes its dump."""

    def logs_in(self, machine: Machine) -> bool:
        """Whether the settings let the bot log in to this guest before the NMI."""


class NmiAnswer(StrEnum):
    SENT = "sent"
    NOT_SENT = "not sent"
    UNKNOWN = "unknown"


class NmiReport(Value):
    answer: NmiAnswer
    output: str
    """what the host or vCenter answered, to the letter, at most 2000 characters"""


class ReadingShell(Protocol):
    """What can be read in a shell on a host: all that a rehearsal is given of it."""

    async def worlds(self) -> tuple[World, ...]:
        """The running VMs, read now. Raises ``VmdumpError``."""

    async def running_vms(self) -> DumperList:
        """The same by ``vmdumper -l``; ``Code.VMDUMPER`` where that cannot be run."""


class Shell(ReadingShell, Protocol):
    """A logged-in shell on a host."""

    @effect
    async def send_nmi(self, world_id: int) -> NmiReport:
        """*Effect.* Never raises for what happens after the command went out: that is ``UNKNOWN``."""


class Way(Value):
    """What a login to a host needs there."""

    user: str
    services: tuple[str, ...]
    """ids of the host services, in the order in which they are started"""
    source: str | None = None
    """the address that the bot has as the host sees it; None where the settings do not say"""
    shell_timeout: int | None = None
    """seconds after which the host itself shall stop what was started; None for never"""


class Shells(Protocol):
    """Logging in to hosts."""

    def way(self, host_name: str) -> Way:
        """How the settings reach this host. Raises ``VmdumpError`` where they give no way."""

    async def keys(self, host_name: str) -> tuple[KnownKey, ...]:
        """What is known of the keys of each server on the way to a host, the host's own last."""

    def open(self, host_name: str) -> AbstractAsyncContextManager[Shell]:
        """Logs in on entering, logs out on leaving. Raises ``VmdumpError`` on entering."""


class Needs(Value):
    """What a plan needs before it is carried out, and who is asked."""

    requirement: Requirement
    approvers: tuple[Approvers, ...]
    break_glass: bool
    frozen: Frozen | None


class Approvals(Protocol):
    """Whoever knows what people may and said."""

    async def still(self, request: Request, plan: Plan) -> bool:
        """Whether the approval still stands for the VM as ``plan`` has read it; if not, the request has been
        ended.

        Raises ``VmdumpError`` where that cannot be told now: to be asked again.
        """

    async def needs(self, request: Request, plan: Plan) -> Needs:
        """What a plan of the request needs now. Raises ``VmdumpError`` where it is refused."""


class DumpFormats(Protocol):
    """Reading some pieces of a dump file, of whatever system."""

    async def read(self, piece: Piece, size: int) -> DumpFacts:
        """Asks for 64 KiB at most; what cannot be had behind the start is a doubt among the findings.

        Raises ``VmdumpError(DUMP_FORMAT)`` for what is no dump, and what ``piece`` raises.
        """


class Pictures(Protocol):
    def looks(self, png: bytes) -> str:
        """``blue screen``, ``dark`` or ``other``: a guess from the colours, never alone a proof."""


class GuestReadiness(Protocol):
    """What guests are set to do when they crash: read, judged, and set."""

    async def read(self, vcenter: VCenter, machine: Machine, dump_file: str | None) -> GuestReadings:
        """Asks the guest; ``dump_file`` is where the settings say that it writes its dump.

        Raises ``VmdumpError``: what its vCenter raises, ``Code.GUEST_SYSTEM`` for what is neither Windows nor
        Linux.
        """

    def assess(
        self,
        readings: GuestReadings,
        machine: Machine,
        volumes: tuple[Volume, ...] | None,
        dump_file: str | None,
    ) -> tuple[Finding, ...]:
        """Whether it would write a dump; what was not told is unknown, never well."""

    def expected_dump(self, readings: GuestReadings | None, machine: Machine) -> tuple[int, int]:
        """Bytes, least and most; of partial dumps they are assumed."""

    def arming(
        self, readings: GuestReadings, machine: Machine, wish: DumpWish, dump_file: str | None
    ) -> Arming:
        """What differs from a guest that writes its dump.

        Raises ``VmdumpError`` where that cannot be had by changes that the bot makes.
        """
