"""Joins the rooms: the one place that knows all of them."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import logging
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from bot.archive import open_database, record_formats, slack_settings
from bot.capture.capture import PHASES, Capture
from bot.capture.effects import EffectHook, HookedShells, hooked_vcenter
from bot.capture.ports import Shells, VCenter
from bot.capture.reconcile import Reconciler
from bot.capture.sweep import Sweeper
from bot.capture.tools import Tools
from bot.core.entry import Entry
from bot.core.errors import Code, VmdumpError
from bot.core.request import new_id
from bot.durable.engine import DbosEngine
from bot.esxi.shells import SshShells, no_pins
from bot.examination import look
from bot.guest.console_picture import ConsolePictures
from bot.guest.dumps import GuestDumps
from bot.guest.readiness import GuestSettings
from bot.local.server import answering
from bot.local.wishes import Wishes
from bot.messages.catalogue import Texts, sentence
from bot.messages.copies import copy_of
from bot.messages.render import render
from bot.messages.rendered import Rendered
from bot.ops.calls import Calls
from bot.ops.endpoint import Health, watched
from bot.ops.metrics import Metrics
from bot.ops.probe import Probe
from bot.ops.stopping import until_told_to_stop
from bot.policy_file import PolicyFile
from bot.requests.announce import Announcing
from bot.requests.answer import Answering
from bot.requests.ask import Asking
from bot.requests.cancel import Cancelling
from bot.requests.catch_up import CatchUp
from bot.requests.check import Checking
from bot.requests.counting import Counting
from bot.requests.disarm import Disarming
from bot.requests.dispatch import Dispatcher
from bot.requests.examine import Examining
from bot.requests.expire import Expirer
from bot.requests.explain import Explaining
from bot.requests.found import Found
from bot.requests.glass import Glass
from bot.requests.handlers import Handlers
from bot.requests.let_go import LettingGo
from bot.requests.pin import Pinning
from bot.requests.ports import Chat
from bot.requests.readback import Readback
from bot.requests.records import RecordKeeper
from bot.requests.remind import Reminder
from bot.requests.review import Reviewing
from bot.requests.showing import Showing
from bot.requests.vote import Voting
from bot.settings.model import Settings
from bot.slack.chat import SlackChat
from bot.slack.inbox_worker import InboxWorker
from bot.slack.line import Line
from bot.slack.listening import listening
from bot.slack.login import log_in
from bot.slack.outbox_worker import OutboxWorker
from bot.slack.receipts import CommandReceipts
from bot.slack.reception import Reception
from bot.slack.slack_api import SlackApi
from bot.slack.slack_settings import Mode
from bot.slack.slack_time import SlackTime
from bot.store.clock import SystemClock
from bot.store.commit import Committer
from bot.store.counting import touch
from bot.store.database import Database
from bot.store.outbox import Address
from bot.store.reading import Reader
from bot.vsphere.vcenter import PyVmomiVCenter
from bot.wiring import (
    bookmarks,
    endpoints,
    guests,
    hosts,
    pins,
    protection,
    routes,
    times,
)

log = logging.getLogger("vmdump")
CATCH_UP = {Mode.SOCKET: 0.5, Mode.HTTP: 5.0}
"""seconds between two looks whether deliveries can arrive; in HTTP mode each is a call"""


async def forget_bookmarks(settings: Settings) -> None:
    """What the engine remembers of another state of the database; the lock is held."""
    marks = bookmarks(settings)
    try:
        await asyncio.to_thread(marks.forget)
    finally:
        await asyncio.to_thread(marks.close)


@asynccontextmanager
async def open_tools(
    settings: Settings,
    database: Database,
    hook: EffectHook | None = None,
    calls: Calls | None = None,
    *,
    keeps_inventory: bool,
    reads_tags: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Tools]:
    """All that a capture or a restore needs, Slack and the engine left out.

    ``hook`` sees every effect, ``calls`` takes the time of every call to a vCenter. ``keeps_inventory`` is
    for who looks VMs up by name, again and again. ``reads_tags`` is asked whenever a machine is read.
    """
    clock, reader = SystemClock(), Reader(database)
    async with AsyncExitStack() as stack:
        vcenters: dict[str, VCenter] = {}
        for endpoint in endpoints(settings):
            client = PyVmomiVCenter(
                endpoint, guests(settings), keeps_inventory=keeps_inventory, reads_tags=reads_tags
            )
            opened = await stack.enter_async_context(client)
            await _look_at(opened)
            vcenter: VCenter = opened if calls is None else calls.timed(opened, opened.name)
            vcenters[opened.name] = vcenter if hook is None else hooked_vcenter(vcenter, hook)
        shells = SshShells(hosts(settings), pins(reader))
        yield Tools(
            committer=Committer(database, clock, settings.slack.audit_channel),
            reader=reader,
            vcenters=vcenters,
            shells=shells if hook is None else HookedShells(shells, hook),
            formats=GuestDumps(),
            pictures=ConsolePictures(),
            readiness=GuestSettings(clock.now),
            clock=clock,
            times=times(settings),
            pause=asyncio.sleep,
            routes=routes(settings),
        )


@asynccontextmanager
async def open_endpoints(
    settings: Settings, reader: Reader | None
) -> AsyncIterator[tuple[dict[str, VCenter], Shells]]:
    """For who only looks: no vCenter has to answer. Without a reader, no key that was pinned counts."""
    async with AsyncExitStack() as stack:
        vcenters: dict[str, VCenter] = {
            endpoint.name: await stack.enter_async_context(PyVmomiVCenter(endpoint, keeps_inventory=False))
            for endpoint in endpoints(settings)
        }
        yield vcenters, SshShells(hosts(settings), no_pins if reader is None else pins(reader))


async def serve(settings: Settings, hook: EffectHook | None = None) -> None:
    """Runs the bot until SIGTERM or SIGINT. Raises ``VmdumpError`` if it cannot start."""
    await until_told_to_stop(_serve(settings, hook))


async def _serve(settings: Settings, hook: EffectHook | None) -> None:
    """Until cancelled: first nothing is taken in any more, then nothing is worked on, then all is closed."""
    policies = PolicyFile(settings.rbac)
    slack = slack_settings(settings)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings, alone=True))
        metrics = Metrics(database, SystemClock())
        metrics.watch("policy_stale", "1 while rbac.yaml holds what is not taken.", lambda: policies.refused)
        calls = Calls(metrics.registry)
        tools = await stack.enter_async_context(
            open_tools(settings, database, hook, calls, keeps_inventory=True, reads_tags=policies.names_tags)
        )
        api = await stack.enter_async_context(
            SlackApi(slack.api_url, slack.bot_token, timeout=settings.timeouts.slack)
        )
        identity = await log_in(api, slack)
        time = SlackTime()
        chat = SlackChat(api, slack.team_id, bot_user=identity.user_id, language=settings.language, time=time)
        handlers, approvals, found = await _people(settings, tools, chat, policies)
        tools = dataclasses.replace(tools, approvals=approvals)
        engine = DbosEngine(bookmarks(settings), [p.name for p in PHASES], Capture(tools).phase)
        await stack.enter_async_context(engine)
        outbox = OutboxWorker(
            database,
            tools.clock,
            api,
            identity,
            render=functools.partial(render, language=settings.language),
            on_posted=Announcing(tools.committer, tools.reader).posted,
            picture_label=Texts(settings.language)("picture"),
            copied=functools.partial(_copied, Texts(settings.language)),
            time=time,
            may_show=Showing(tools.reader, chat).picture,
        )
        clocked = (
            Expirer(tools.committer, tools.reader, tools.clock),
            Reminder(tools.committer, tools.reader, policies, tools.clock),
        )
        dispatcher = Dispatcher(
            tools.committer,
            tools.reader,
            engine,
            clocked,
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
        line = Line()
        if settings.ops.listen is not None:
            health = Health(lambda: dispatcher.looked_at, _probes(line, database, tools))
            where = settings.ops.listen
            await stack.enter_async_context(watched(where.host, where.port, health, metrics))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Reconciler(tools, engine.running, settings.reconcile).run())
            tasks.create_task(dispatcher.run())
            for vcenter in settings.vcenters:
                if vcenter.sweep is not None:
                    tasks.create_task(Sweeper(tools, vcenter.name, vcenter.sweep).run())
            tasks.create_task(policies.watch(tools.committer, tools.clock, _hangup(stack)))
            tasks.create_task(outbox.run())
            tasks.create_task(InboxWorker(database, tools.clock, handlers, bot_user=identity.user_id).run())
            if settings.record_dir is not None:
                keeper = RecordKeeper(
                    tools.reader, database.changes, settings.record_dir, record_formats(settings)
                )
                tasks.create_task(keeper.run())
            if settings.command_line.socket is not None:
                wishes = Wishes(
                    handlers,
                    tools.committer,
                    tools.reader,
                    chat,
                    policies,
                    tools.clock,
                    settings.language,
                    record_formats(settings),
                    line.check,
                )
                people = {account.uid: account.person for account in settings.command_line.people}
                await stack.enter_async_context(answering(settings.command_line.socket, people, wishes))
            async with listening(slack, api, reception, line) as port:
                pause = functools.partial(asyncio.sleep, CATCH_UP[slack.mode])
                tasks.create_task(CatchUp(found, line.check, pause).run())
                log.info("serving%s", "" if port is None else f" on port {port}")
                await asyncio.Future()


async def _people(
    settings: Settings, tools: Tools, chat: Chat, policies: PolicyFile
) -> tuple[Handlers, Readback, Found]:
    """What people can do, and what of it captures ask about."""
    committer, reader, clock = tools.committer, tools.reader, tools.clock
    counting = Counting(committer, chat, policies, clock, Glass(committer, reader))
    cancelling = Cancelling(committer, reader, chat, policies)
    voting = Voting(committer, reader, chat, cancelling, counting)
    found = Found(reader, chat, clock, voting)
    handlers = Handlers(
        asking=Asking(tools, chat, policies, await protection(settings), _random_id),
        voting=voting,
        cancelling=cancelling,
        answering=Answering(committer, reader),
        pinning=Pinning(committer, reader, chat, policies),
        letting_go=LettingGo(committer, reader, chat, policies),
        reviewing=Reviewing(committer, reader, chat, policies),
        explaining=Explaining(committer, reader, chat, policies, tools.vcenters, clock),
        examining=Examining(
            committer, reader, chat, policies, functools.partial(look, settings, tools.vcenters, tools.shells)
        ),
        checking=Checking(tools, chat, policies),
        disarming=Disarming(tools.vcenters, committer, reader, chat, policies),
    )
    return handlers, Readback(committer, reader, chat, policies, clock, found), found


def _copied(t: Texts, entry: Entry, address: Address, rendered: Rendered) -> Rendered:
    return copy_of(entry, address.copy_of or "", rendered, t)


def _hangup(stack: AsyncExitStack) -> asyncio.Event:
    """Set by SIGHUP."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, told.set)
    stack.callback(loop.remove_signal_handler, signal.SIGHUP)
    return told


def _probes(line: Line, database: Database, tools: Tools) -> dict[str, Probe]:
    """What the bot needs to be of use."""
    return {
        "slack": Probe(line.check),
        "database": Probe(lambda: database.write(touch)),
        **{f"vcenter {name}": Probe(vcenter.clock) for name, vcenter in tools.vcenters.items()},
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


def _random_id() -> str:
    return new_id(secrets.choice)
