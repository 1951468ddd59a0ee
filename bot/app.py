"""Joins the rooms: the one place that knows all of them."""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.capture.capture import PHASES, Capture
from bot.capture.reconcile import Reconciler
from bot.capture.tools import Times, Tools
from bot.core.entry import Shows
from bot.core.errors import Code, VmdumpError
from bot.core.policy.model import Policy
from bot.core.protected import protection
from bot.core.request import Request, new_id
from bot.core.target import Machine
from bot.durable.engine import DbosEngine
from bot.esxi.access import HostAccess
from bot.esxi.shells import SshShells
from bot.guest.console_picture import ConsolePictures
from bot.guest.windows_dump import WindowsDumps
from bot.messages.catalogue import Texts, sentence
from bot.messages.record import record_json, record_markdown
from bot.messages.render import render
from bot.requests.announce import Announcing
from bot.requests.answer import Answering
from bot.requests.ask import Asking
from bot.requests.cancel import Cancelling
from bot.requests.dispatch import Dispatcher
from bot.requests.expire import Expirer
from bot.requests.handlers import Handlers
from bot.requests.records import Format, RecordKeeper
from bot.requests.vote import Voting
from bot.settings.credentials import Credential
from bot.settings.guests import GuestRule
from bot.settings.model import Settings
from bot.settings.rbac_file import load_policy
from bot.slack.chat import SlackChat
from bot.slack.inbox_worker import InboxWorker
from bot.slack.listening import listening
from bot.slack.login import log_in
from bot.slack.outbox_worker import OutboxWorker
from bot.slack.receipts import CommandReceipts
from bot.slack.reception import Reception
from bot.slack.slack_api import SlackApi
from bot.slack.slack_failures import SlackFailure
from bot.slack.slack_settings import Mode, SlackSettings
from bot.slack.thread_check import Compared, compare_thread
from bot.store.clock import SystemClock
from bot.store.commit import Committer
from bot.store.database import Database
from bot.store.instance_lock import sole_process
from bot.store.reading import Reader
from bot.vsphere.endpoint import GuestRule as GuestAccess
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.vcenter import PyVmomiVCenter

log = logging.getLogger("vmdump")
OWN_UUID = Path("/sys/class/dmi/id/product_uuid")


@dataclass(frozen=True, slots=True)
class LoadedPolicies:
    """The policy as it was when the bot started; another one takes a restart."""

    loaded: Policy

    def policy(self) -> tuple[Policy, str]:
        return self.loaded, self.loaded.sha256


@asynccontextmanager
async def open_database(settings: Settings, *, alone: bool) -> AsyncIterator[Database]:
    """The database; with ``alone``, no other process writes it meanwhile. Raises ``VmdumpError``."""
    file = database_file(settings)
    async with AsyncExitStack() as stack:
        if alone:
            stack.enter_context(sole_process(file))
        database = Database(settings.database.url)
        stack.push_async_callback(database.close)
        await database.open()
        yield database


def database_file(settings: Settings) -> Path:
    """Raises ``VmdumpError`` for a database that is no file."""
    if settings.database.file is None:
        raise VmdumpError(
            Code.DATABASE, place=settings.database.url, cause="the bot's lock is a file beside an SQLite one"
        )
    return settings.database.file


@asynccontextmanager
async def open_tools(settings: Settings, database: Database) -> AsyncIterator[Tools]:
    """All that a capture or a restore needs, Slack and the engine left out."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        vcenters = {}
        for endpoint in _endpoints(settings):
            vcenter = await stack.enter_async_context(PyVmomiVCenter(endpoint, _guests(settings)))
            await _look_at(vcenter)
            vcenters[vcenter.name] = vcenter
        yield Tools(
            committer=Committer(database, clock),
            reader=Reader(database),
            vcenters=vcenters,
            shells=SshShells(_hosts(settings)),
            formats=WindowsDumps(),
            pictures=ConsolePictures(),
            clock=clock,
            times=_times(settings),
            pause=asyncio.sleep,
        )


async def serve(settings: Settings) -> None:
    """Runs the bot until SIGTERM or SIGINT. Raises ``VmdumpError`` if it cannot start."""
    policies = LoadedPolicies(load_policy(settings.rbac))
    slack = _slack_settings(settings)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings, alone=True))
        tools = await stack.enter_async_context(open_tools(settings, database))
        api = await stack.enter_async_context(
            SlackApi(slack.api_url, slack.bot_token, timeout=settings.timeouts.slack)
        )
        identity = await log_in(api, slack)
        chat = SlackChat(api, slack.team_id)
        engine = DbosEngine(_engine_url(settings), [p.name for p in PHASES], Capture(tools).phase)
        await stack.enter_async_context(engine)
        cancelling = Cancelling(tools.committer, tools.reader, chat, policies)
        handlers = Handlers(
            asking=Asking(tools, chat, policies, await _protection(settings), _random_id),
            voting=Voting(tools.committer, tools.reader, chat, policies, tools.clock, cancelling),
            cancelling=cancelling,
            answering=Answering(tools.committer, tools.reader),
        )
        outbox = OutboxWorker(
            database,
            tools.clock,
            api,
            identity,
            render=functools.partial(render, language=settings.language),
            on_posted=Announcing(tools.committer, tools.reader).posted,
            picture_label=Texts(settings.language)("picture"),
        )
        expirer = Expirer(tools.committer, tools.reader, tools.clock)
        dispatcher = Dispatcher(
            tools.committer,
            tools.reader,
            engine,
            expirer,
            tools.clock,
            database.changes,
            settings.dispatch,
        )
        reception = Reception(
            database,
            tools.clock,
            team_id=slack.team_id,
            app_id=slack.app_id,
            receipts=CommandReceipts(settings.language),
        )
        async with asyncio.TaskGroup() as tasks:
            work = [
                tasks.create_task(Reconciler(tools, engine.running, settings.reconcile).run()),
                tasks.create_task(dispatcher.run()),
                tasks.create_task(outbox.run()),
                tasks.create_task(
                    InboxWorker(database, tools.clock, handlers, bot_user=identity.user_id).run()
                ),
            ]
            if settings.record_dir is not None:
                keeper = RecordKeeper(
                    tools.reader, database.changes, settings.record_dir, record_formats(settings)
                )
                work.append(tasks.create_task(keeper.run()))
            async with listening(slack, api, reception) as port:
                log.info("serving%s", "" if port is None else f" on port {port}")
                await _until_told_to_stop()
            for task in work:
                task.cancel()


def record_formats(settings: Settings) -> dict[str, Format]:
    return {
        "md": functools.partial(record_markdown, language=settings.language),
        "json": record_json,
    }


async def _look_at(vcenter: PyVmomiVCenter) -> None:
    """A vCenter that is away at the start is told in the log; asking for its VMs is refused meanwhile."""
    try:
        about = await vcenter.probe()
    except VmdumpError as error:
        if error.code in {Code.VCENTER_CERTIFICATE, Code.VCENTER_LOGIN, Code.CREDENTIAL}:
            raise
        log.warning("serving without vCenter %s as long as this lasts: %s", vcenter.name, sentence(error))
    else:
        log.info("vCenter %s: %s, API %s", vcenter.name, about.version, about.api_version)


async def _until_told_to_stop() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()
    log.info("stopping: captures go on where they are at the next start")


def _random_id() -> str:
    return new_id(secrets.choice)


def _endpoints(settings: Settings) -> list[VCenterEndpoint]:
    return [
        VCenterEndpoint(
            name=vcenter.name,
            host=vcenter.host,
            username=vcenter.username,
            password=functools.partial(
                vcenter.password.read, vcenter=vcenter.name, host=vcenter.host, username=vcenter.username
            ),
            port=vcenter.port,
            ca_file=vcenter.tls.ca_file,
            pinned_sha256=vcenter.tls.pinned_sha256,
            insecure=vcenter.tls.insecure,
            legacy_tls=vcenter.tls.legacy,
            socket_seconds=settings.timeouts.call,
            call_seconds=settings.timeouts.connect + settings.timeouts.call,
        )
        for vcenter in settings.vcenters
    ]


def _guests(settings: Settings) -> list[GuestAccess]:
    def password(rule: GuestRule, machine: Machine) -> str:
        target = machine.target
        return rule.password.read(vm=target.name, vcenter=target.vcenter, username=rule.username)

    return [
        GuestAccess(
            covers=rule.covers,
            username=rule.username,
            password=functools.partial(password, rule),
            dump_file=rule.dump_file,
        )
        for rule in settings.guests
    ]


def _hosts(settings: Settings) -> list[HostAccess]:
    def password(credential: Credential, user: str, host_name: str) -> str:
        return credential.read(host=host_name, username=user)

    return [
        HostAccess(
            covers=rule.covers,
            known_hosts=rule.ssh.known_hosts,
            user=rule.ssh.user,
            password=None
            if rule.ssh.password is None
            else functools.partial(password, rule.ssh.password, rule.ssh.user),
            key_file=rule.ssh.key_file,
            address=rule.ssh.address,
            port=rule.ssh.port,
            services=rule.ssh.services,
            legacy=rule.ssh.legacy,
            connect_seconds=settings.timeouts.ssh,
            command_seconds=settings.timeouts.command,
        )
        for rule in settings.hosts
    ]


def _times(settings: Settings) -> Times:
    watch = settings.watch
    return Times(
        longest_call=settings.timeouts.longest,
        poll=watch.poll,
        crash=watch.crash,
        dump=watch.dump,
        settle=watch.settle,
        host=watch.host,
        approval=watch.approval,
        restore=settings.reconcile,
    )


def _slack_settings(settings: Settings) -> SlackSettings:
    slack = settings.slack
    return SlackSettings(
        team_id=slack.team_id,
        app_id=slack.app_id,
        bot_token=slack.bot_token.read,
        mode=Mode(slack.mode),
        app_token=None if slack.app_token is None else slack.app_token.read,
        signing_secret=None if slack.signing_secret is None else slack.signing_secret.read,
        api_url=slack.api_url,
        listen_host=slack.listen.host if slack.listen else "127.0.0.1",
        listen_port=slack.listen.port if slack.listen else 0,
        language=settings.language,
    )


def _engine_url(settings: Settings) -> str:
    file = database_file(settings)
    return f"sqlite:///{file.with_name(file.name + '.engine')}"


async def _protection(settings: Settings) -> Callable[[Machine], str | None]:
    """Which VMs are never captured: those that the settings name, and those that can be told."""
    hosts = await asyncio.to_thread(_vcenter_hosts, settings)
    own = await asyncio.to_thread(_own_uuid)

    def kind(machine: Machine) -> str | None:
        if settings.vcenter(machine.target.vcenter).protects(machine.target):
            return "settings"
        return protection(machine, own_uuid=own, vcenter_hosts=hosts)

    return kind


def _vcenter_hosts(settings: Settings) -> frozenset[str]:
    found = set()
    for vcenter in settings.vcenters:
        found.add(vcenter.host)
        try:
            found |= {str(info[4][0]) for info in socket.getaddrinfo(vcenter.host, None)}
        except OSError:
            log.warning("the address of vCenter %s cannot be looked up", vcenter.name)
    return frozenset(found)


def _own_uuid() -> str | None:
    try:
        return OWN_UUID.read_text().strip()
    except OSError:
        return None


async def check_thread(settings: Settings, reader: Reader, request: Request) -> Compared:
    """Compares a request's thread with its journal. Raises ``VmdumpError``."""
    slack = _slack_settings(settings)
    try:
        shown = {e.seq: e for e in await reader.journal(request.id) if e.event.shows is Shows.THREAD}
        texts = {seq: render(entry, settings.language) for seq, entry in shown.items()}
    except (KeyError, ValueError) as error:
        raise VmdumpError(
            Code.JOURNAL_BROKEN, journal=request.id, cause="an entry of it cannot be read"
        ) from error
    posts = await reader.posts(request.id)
    posted = {ts: (shown[seq], texts[seq]) for seq, ts in posts.items() if seq in shown}
    async with SlackApi(slack.api_url, slack.bot_token, timeout=settings.timeouts.slack) as api:
        await log_in(api, slack)
        try:
            compared = await compare_thread(api, request.channel, request.thread or "", posted)
        except SlackFailure as failure:
            raise VmdumpError(Code.SLACK_UNREACHABLE, endpoint=api.url, cause=failure.cause) from failure
    compared.faults += [
        f"entry {entry.seq} ({entry.kind}) is not known to have reached the thread"
        for seq, entry in shown.items()
        if seq not in posts
    ]
    compared.faults += [
        f"a message of entry {seq} was posted, but there is no such entry"
        for seq in posts
        if seq not in shown
    ]
    return compared
