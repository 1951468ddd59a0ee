"""One vCenter, as captures see it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self, TypeVar

from bot.capture.ports import NmiAnswer, NmiReport
from bot.core.change import Change, Stand
from bot.core.checkup import EndpointSeen
from bot.core.cluster import Cluster
from bot.core.errors import VmdumpError
from bot.core.guest_readings import GuestEntry, RegistryValue
from bot.core.names import Names
from bot.core.route import Route
from bot.core.signs import GuestFile, Happening, Signs
from bot.core.surroundings import LogPart, Surroundings
from bot.core.target import Host, Machine
from bot.core.worlds import World
from bot.vsphere.about import About, read_about
from bot.vsphere.bundle import bundle_hindrance
from bot.vsphere.bundle_run import BundleRuns
from bot.vsphere.changes import deed_of, stand_of
from bot.vsphere.cluster import read_cluster
from bot.vsphere.console import read_screenshot
from bot.vsphere.endpoint import GuestRule, VCenterEndpoint
from bot.vsphere.esxcli import read_worlds
from bot.vsphere.events import log_user_event, read_happenings
from bot.vsphere.examine import examine
from bot.vsphere.guest_files import read_folder, read_guest_file
from bot.vsphere.guest_reboot import reboot_of
from bot.vsphere.guest_registry import new_output_file, plain, read_registry
from bot.vsphere.guest_shell import ask_shell, read_piece, sendable
from bot.vsphere.guest_shell import new_output_file as new_shell_output
from bot.vsphere.guests import Guests
from bot.vsphere.host import read_host
from bot.vsphere.host_options import read_lockdown_exceptions, read_shell_timeout
from bot.vsphere.inventory import read_names
from bot.vsphere.inventory_cache import InventoryCache
from bot.vsphere.log_part import read_log_part
from bot.vsphere.machine import read_machine
from bot.vsphere.nmi import api_hindrance, send_by_api
from bot.vsphere.session import Deed, Link, Session, now
from bot.vsphere.signs import read_signs
from bot.vsphere.surroundings import read_surroundings
from bot.vsphere.tags import TagReader
from bot.vsphere.workers import Workers
from bot.vsphere.write_rate import WriteRate

T = TypeVar("T")
_log = logging.getLogger(__name__)
LINUX_CRASHES = "/var/crash"
"""where every distribution that ships kdump has it write to"""
_GOODBYE_SECONDS = 5.0


class PyVmomiVCenter:
    """Implements ``VCenter``. Entering starts keep-alive and cache, leaving ends them and logs out.

    Who looks no names up needs not ``keeps_inventory``: reading it costs vCenter seconds of work. Tags are
    read with a machine while ``reads_tags`` says that somebody asks for them: they take a session more, and
    a question for each.
    """

    def __init__(
        self,
        endpoint: VCenterEndpoint,
        guests: Sequence[GuestRule] = (),
        *,
        keeps_inventory: bool = True,
        reads_tags: Callable[[], bool] = lambda: False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._endpoint = endpoint
        self._guests = Guests(endpoint, tuple(guests))
        self._now = now
        self._session = Session(endpoint)
        self._workers = Workers(endpoint)
        # A guest that hangs keeps threads until their sockets give up: no capture of another waits for them.
        self._in_guests = Workers(endpoint)
        self._bundles = BundleRuns(endpoint, self._session)
        self._inventory = InventoryCache(endpoint, self._session)
        self._tags = TagReader(endpoint)
        self._write_rate = WriteRate()
        self._reads_tags = reads_tags
        self._keeps_inventory = keeps_inventory
        self._keeping: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self._endpoint.name

    @property
    def longest_call_seconds(self) -> float:
        """After this long no effect that was given up leaves the bot any more."""
        return self._endpoint.call_seconds

    async def __aenter__(self) -> Self:
        if self._endpoint.insecure:
            _log.warning(
                "vCenter %s (%s): certificates are NOT verified, anybody in between can read its password",
                self._endpoint.name,
                self._endpoint.address,
            )
        if self._endpoint.legacy_tls:
            _log.warning(
                "vCenter %s (%s): legacy is on, TLS 1.0 and weak ciphers are accepted",
                self._endpoint.name,
                self._endpoint.address,
            )
        self._keeping = asyncio.create_task(self._keep_alive())
        if self._keeps_inventory:
            self._inventory.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        with suppress(VmdumpError, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._inventory.close()
                await self._workers.ask(self._tags.log_out)
                await self._workers.ask(self._session.log_out)
        self._workers.close()
        self._in_guests.close()
        await self._bundles.close()

    async def probe(self) -> About:
        """Logs in and asks the time: proves that the session works."""
        return await self._ask(lambda link: (now(link), read_about(link))[1])

    async def names(self) -> Names:
        kept = self._inventory.names()
        return await self._ask(lambda link: read_names(link, self.name)) if kept is None else kept

    async def machine(self, moid: str) -> Machine:
        machine = await self._ask(lambda link: read_machine(link, self.name, moid))
        return (
            machine.model_copy(update={"tags": await self._tags_of(moid)}) if self._reads_tags() else machine
        )

    async def host(self, host_moid: str) -> Host:
        return await self._ask(lambda link: read_host(link, host_moid))

    async def signs(self, moid: str) -> Signs:
        return await self._ask(lambda link: read_signs(link, moid, self._now()))

    async def happenings(self, moid: str, since: datetime) -> Sequence[Happening]:
        return await self._ask(lambda link: read_happenings(link, moid, since))

    async def screenshot(self, moid: str) -> bytes:
        return await self._ask(lambda link: read_screenshot(link, self._endpoint, moid))

    async def surroundings(self, moid: str) -> Surroundings:
        return await self._ask(lambda link: read_surroundings(link, moid))

    async def write_rate(self, moid: str) -> int | None:
        return await self._ask(lambda link: self._write_rate.read(link, moid))

    async def log_part(self, machine: Machine, after: int | None) -> LogPart:
        return await self._ask(lambda link: read_log_part(link, self._endpoint, machine.target.moid, after))

    async def clock(self) -> datetime:
        at: datetime = await self._ask(now)
        return at.astimezone(UTC)

    async def examine(self) -> EndpointSeen:
        return await self._ask(lambda link: examine(link, self._endpoint, self._now))

    async def hindrance(self, route: Route, machine: Machine) -> VmdumpError | None:
        try:
            if route is Route.BUNDLE:
                return await self._ask(lambda link: bundle_hindrance(link, self._endpoint, machine))
            return await self._ask(lambda link: api_hindrance(link, machine))
        except VmdumpError as error:
            return error

    async def cluster(self, cluster_moid: str, moid: str) -> Cluster:
        return await self._ask(lambda link: read_cluster(link, cluster_moid, moid))

    async def shell_timeout(self, host_moid: str) -> int:
        return await self._ask(lambda link: read_shell_timeout(link, host_moid))

    async def lockdown_exceptions(self, host_moid: str) -> Sequence[str]:
        return await self._ask(lambda link: read_lockdown_exceptions(link, host_moid))

    async def worlds(self, host_moid: str) -> tuple[World, ...]:
        return await self._ask(lambda link: read_worlds(link, host_moid))

    async def stand(self, change: Change) -> Stand:
        return await self._of(change).ask(
            lambda: self._session.ask(lambda link: stand_of(link, self._guests, change))
        )

    async def make(self, change: Change) -> None:
        await self._change(change, back=False)

    async def put_back(self, change: Change) -> None:
        await self._change(change, back=True)

    async def reboot_guest(self, moid: str) -> None:
        await self._do("RebootGuest", await self._ask(lambda link: reboot_of(link, self._guests, moid)))

    async def send_nmi(self, route: Route, machine: Machine) -> NmiReport:
        if route is Route.BUNDLE:
            return await self._bundles.send(machine)
        moid = machine.target.moid
        await self._do("SendNMI", lambda stub, _: send_by_api(stub, moid))
        return NmiReport(answer=NmiAnswer.SENT, output="SendNMI returned")

    async def log_user_event(self, subject: Literal["vm", "host"], moid: str, text: str) -> None:
        await self._do(
            "LogUserEvent", lambda stub, link: log_user_event(stub, link.content, subject, moid, text)
        )

    async def guest_file(self, moid: str, path: str) -> GuestFile | None:
        return await self._ask_inside(lambda link: read_guest_file(link, self._guests.path(link, moid, path)))

    async def guest_piece(self, moid: str, path: str, offset: int, length: int) -> bytes:
        name = new_shell_output()

        def piece(link: Link) -> bytes:
            output = self._guests.path(link, moid, name)
            return read_piece(link, self._endpoint, output, replace(output, path=path), offset, length)

        return await self._ask_inside(piece)

    async def guest_files(self, moid: str, folder: str, pattern: str | None = None) -> tuple[GuestEntry, ...]:
        return await self._ask_inside(
            lambda link: read_folder(link, self._guests.path(link, moid, folder), pattern)
        )

    async def guest_shell(self, moid: str, script: str) -> tuple[int, bytes]:
        known, file = sendable(script), new_shell_output()
        return await self._ask_inside(
            lambda link: ask_shell(link, self._endpoint, self._guests.path(link, moid, file), known)
        )

    async def registry_values(self, moid: str, key: str) -> Mapping[str, RegistryValue] | None:
        known, file = plain(key), new_output_file()
        return await self._ask_inside(
            lambda link: read_registry(link, self._endpoint, self._guests.path(link, moid, file), known)
        )

    def dump_file(self, machine: Machine) -> str | None:
        rule = self._guests.rule(machine)
        if rule is None:
            return None
        return rule.dump_file or (LINUX_CRASHES if machine.family == "linux" else None)

    def logs_in(self, machine: Machine) -> bool:
        rule = self._guests.rule(machine)
        return rule is not None and rule.guest_login

    async def _tags_of(self, moid: str) -> tuple[str, ...] | None:
        """None where they cannot be read: what else is known of the machine must not hang on them."""
        try:
            return await self._ask(lambda link: self._tags.read(link, moid))
        except VmdumpError as error:
            self._tags.failed(error)
            return None

    async def _change(self, change: Change, *, back: bool) -> None:
        name = f"{'putting back' if back else 'changing'} {change.label}"
        workers = self._of(change)
        deed = await workers.ask(
            lambda: self._session.ask(lambda link: deed_of(link, self._guests, change, back=back))
        )
        await workers.do(name, lambda departure: self._session.do(name, departure, deed))

    def _of(self, change: Change) -> Workers:
        return self._in_guests if change.in_guest else self._workers

    async def _do(self, name: str, deed: Deed[None]) -> None:
        await self._workers.do(name, lambda departure: self._session.do(name, departure, deed))

    async def _ask(self, question: Callable[[Link], T]) -> T:
        return await self._workers.ask(lambda: self._session.ask(question))

    async def _ask_inside(self, question: Callable[[Link], T]) -> T:
        return await self._in_guests.ask(lambda: self._session.ask(question))

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._endpoint.keep_alive_seconds)
            try:
                await self.clock()
            except VmdumpError as e:
                _log.warning("vCenter %s does not answer: %s %s", self.name, e.code.value, e.params)
