"""One vCenter, as captures see it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self, TypeVar

from pyVmomi import vim

from bot.core.errors import Code, VmdumpError
from bot.core.signs import GuestFile, Happening, Signs
from bot.core.target import Host, Machine, NamedVm
from bot.vsphere.about import About, read_about
from bot.vsphere.console import read_screenshot
from bot.vsphere.endpoint import GuestRule, VCenterEndpoint
from bot.vsphere.events import log_user_event, read_happenings
from bot.vsphere.guest_files import GuestPath, read_guest_file, read_guest_file_start
from bot.vsphere.host import read_host, service_system, start_service, stop_service
from bot.vsphere.inventory import read_names
from bot.vsphere.machine import read_machine
from bot.vsphere.session import Link, Session, now
from bot.vsphere.signs import read_signs
from bot.vsphere.workers import Workers

T = TypeVar("T")
_log = logging.getLogger(__name__)
_GOODBYE_SECONDS = 5.0


class PyVmomiVCenter:
    """Implements ``VCenter``. Entering starts the keep-alive, leaving ends it and logs out."""

    def __init__(
        self,
        endpoint: VCenterEndpoint,
        guests: Sequence[GuestRule] = (),
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._endpoint = endpoint
        self._guests = tuple(guests)
        self._now = now
        self._session = Session(endpoint)
        self._workers = Workers(endpoint)
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
        self._keeping = asyncio.create_task(self._keep_alive())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        with suppress(VmdumpError, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._workers.ask(self._session.log_out)
        self._workers.close()

    async def probe(self) -> About:
        """Logs in and asks the time: proves that the session works."""
        return await self._ask(lambda link: (now(link), read_about(link))[1])

    async def names(self) -> Sequence[NamedVm]:
        return await self._ask(lambda link: read_names(link, self.name))

    async def machine(self, moid: str) -> Machine:
        return await self._ask(lambda link: read_machine(link, self.name, moid))

    async def host(self, host_moid: str) -> Host:
        return await self._ask(lambda link: read_host(link, host_moid))

    async def signs(self, moid: str) -> Signs:
        return await self._ask(lambda link: read_signs(link, moid, self._now()))

    async def happenings(self, moid: str, since: datetime) -> Sequence[Happening]:
        return await self._ask(lambda link: read_happenings(link, moid, since))

    async def screenshot(self, moid: str) -> bytes:
        return await self._ask(lambda link: read_screenshot(link, self._endpoint, moid))

    async def clock(self) -> datetime:
        at: datetime = await self._ask(now)
        return at.astimezone(UTC)

    async def start_service(self, host_moid: str, service: str) -> None:
        await self._switch(host_moid, service, start=True)

    async def stop_service(self, host_moid: str, service: str) -> None:
        await self._switch(host_moid, service, start=False)

    async def log_user_event(self, subject: Literal["vm", "host"], moid: str, text: str) -> None:
        await self._workers.do(
            "LogUserEvent",
            lambda departure: self._session.do(
                "LogUserEvent",
                departure,
                lambda stub, content: log_user_event(stub, content, subject, moid, text),
            ),
        )

    async def guest_file(self, moid: str, path: str) -> GuestFile | None:
        return await self._ask(lambda link: read_guest_file(link, self._guest_path(link, moid, path)))

    async def guest_file_start(self, moid: str, path: str, length: int) -> bytes:
        return await self._ask(
            lambda link: read_guest_file_start(
                link, self._endpoint, self._guest_path(link, moid, path), length
            )
        )

    def dump_file(self, machine: Machine) -> str | None:
        rule = self._rule(machine)
        return None if rule is None else rule.dump_file

    async def _switch(self, host_moid: str, service: str, *, start: bool) -> None:
        system, host_name = await self._ask(lambda link: service_system(link, host_moid))
        call, name = (start_service, "StartService") if start else (stop_service, "StopService")

        def deed(stub: object, content: object) -> None:  # noqa: ARG001 - a deed is given both
            try:
                call(stub, system, service)
            except vim.fault.NotFound:
                raise VmdumpError(Code.SERVICE_MISSING, host=host_name, service=service) from None

        await self._workers.do(name, lambda departure: self._session.do(name, departure, deed))

    async def _ask(self, question: Callable[[Link], T]) -> T:
        return await self._workers.ask(lambda: self._session.ask(question))

    def _rule(self, machine: Machine) -> GuestRule | None:
        return next((rule for rule in self._guests if rule.covers(machine)), None)

    def _guest_path(self, link: Link, moid: str, path: str) -> GuestPath:
        # Read each time: a machine that was moved to another folder falls under another rule.
        machine = read_machine(link, self.name, moid)
        return GuestPath(machine, self._rule(machine), path)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._endpoint.keep_alive_seconds)
            try:
                await self.clock()
            except VmdumpError as e:
                _log.warning("vCenter %s does not answer: %s %s", self.name, e.code.value, e.params)
