"""The calls by which a client waits for changes."""

import asyncio
from itertools import groupby
from secrets import token_hex
from typing import Any

from pyVmomi import vim, vmodl

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.collector import Collector
from bot.lab.vcenter.moid import moid_of
from bot.lab.vcenter.response import Written, element
from bot.lab.vcenter.updates import compare
from bot.lab.vcenter.waiting import Answer, Watcher
from bot.lab.world import LOG

_PC = vmodl.query.PropertyCollector


async def create_property_collector(call: Call) -> Any:
    """PropertyCollector.CreatePropertyCollector: one more for this session."""
    moid = f"session[{token_hex(8)}]{token_hex(8)}"
    _watchers(call)[moid] = Watcher()
    return _PC(moid)


async def destroy_property_collector(call: Call) -> None:
    """PropertyCollector.DestroyPropertyCollector. What one gets who destroys the session's own is unknown."""
    watcher = _watcher(call)
    del _watchers(call)[moid_of(call.this)]
    _stop(call, watcher)


async def create_filter(call: Call) -> Any:
    """PropertyCollector.CreateFilter. Raises the faults InvalidProperty and ManagedObjectNotFound."""
    watcher, spec = _watcher(call), call.args["spec"]
    collector = _collector(call)
    list(collector.selected(spec))
    compare(collector, spec, {})
    moid = f"session[{token_hex(8)}]{token_hex(8)}"
    watcher.filters[moid] = spec
    call.world.touch(watcher)
    return _PC.Filter(moid)


async def destroy_filter(call: Call) -> None:
    """PropertyFilter.DestroyPropertyFilter. Raises the fault ManagedObjectNotFound."""
    moid = moid_of(call.this)
    for watcher in _watchers(call).values():
        if watcher.filters.pop(moid, None) is not None:
            return
    raise _gone(call.this)


async def wait_for_updates_ex(call: Call) -> Written | None:
    """PropertyCollector.WaitForUpdatesEx: changes, or nothing after `maxWaitSeconds`. Faults: see `_wait`."""
    options = call.args.get("options")
    seconds = options and options.maxWaitSeconds
    if seconds is not None and seconds < 0:
        raise vmodl.fault.InvalidArgument(
            invalidProperty="options.maxWaitSeconds", msg="A specified parameter was not correct: options"
        )
    return await _wait(call, seconds, options and options.maxObjectUpdates)


async def wait_for_updates(call: Call) -> Written | None:
    """PropertyCollector.WaitForUpdates: the older form, without options. Faults: see `_wait`."""
    return await _wait(call, None, None)


async def check_for_updates(call: Call) -> Written | None:
    """PropertyCollector.CheckForUpdates: changes, or nothing at once. Faults: see `_wait`."""
    return await _wait(call, 0, None)


async def cancel_wait_for_updates(call: Call) -> None:
    """PropertyCollector.CancelWaitForUpdates: a call that waits ends with the fault RequestCanceled."""
    _stop(call, _watcher(call))


async def _wait(call: Call, seconds: int | None, size: int | None) -> Written | None:
    """Raises the faults InvalidCollectorVersion, RequestCanceled (by call, or another call that waits at the
    same collector, of which it is unknown what real servers do) and NotAuthenticated (the session ended).
    """
    watcher, version = _watcher(call), call.args.get("version") or ""
    _stop(call, watcher)
    answer = watcher.next_page(version, size)
    turn, looked_at = watcher.turn, -1

    def answered() -> bool:
        nonlocal answer, looked_at
        _check_still_wanted(call, watcher, turn)
        if looked_at != call.world.inventory_revision:
            looked_at = call.world.inventory_revision
            answer = watcher.changes(version, _collector(call), size)
        return answer is not None

    if answer is None and not answered() and seconds != 0:
        try:
            async with asyncio.timeout(seconds):
                await call.world.until(answered)
        except TimeoutError:
            return None
    return None if answer is None else _written(call, answer)


def _check_still_wanted(call: Call, watcher: Watcher, turn: int) -> None:
    if not call.sessions.lives(call.session):
        raise vim.fault.NotAuthenticated(
            object=call.this, privilegeId="System.View", msg="The session is not authenticated."
        )
    if watcher.turn != turn:
        raise vmodl.fault.RequestCanceled(msg="The task was canceled by a user.")


def _written(call: Call, answer: Answer) -> Written:
    collector = _collector(call)
    sets = []
    for moid, updates in groupby(answer.updates, key=lambda each: each[0]):
        ref = element("filter", _PC.Filter(moid), call.version, _PC.Filter)
        objects = "".join(update.written(collector) for _, update in updates)
        sets.append(f"<filterSet>{ref}{objects}</filterSet>")
    truncated = "<truncated>true</truncated>" if answer.more else ""
    return Written(f"<returnval><version>{answer.version}</version>{''.join(sets)}{truncated}</returnval>")


def _collector(call: Call) -> Collector:
    return Collector(call.site.inventory, call.world.vcenter.unreadable, call.version)


def _watchers(call: Call) -> dict[str, Watcher]:
    if call.session is None:
        raise TypeError("nobody waits for updates without a session")
    return call.session.watchers


def _watcher(call: Call) -> Watcher:
    """The session's own collector, or one it made. Raises the fault ManagedObjectNotFound."""
    try:
        return _watchers(call)[moid_of(call.this)]
    except KeyError:
        raise _gone(call.this) from None


def _stop(call: Call, watcher: Watcher) -> None:
    watcher.stop_waiting()
    call.world.touch(LOG)


def _gone(ref: Any) -> Any:
    return vmodl.fault.ManagedObjectNotFound(
        obj=ref, msg="The object has already been deleted or has not been completely created"
    )
