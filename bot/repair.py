"""The commands that put back by hand: without Slack and without the engine."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from bot.app import forget_bookmarks, open_tools
from bot.archive import open_database
from bot.capture.reconcile import pay
from bot.messages import units
from bot.settings.model import Settings
from bot.store.clock import SystemClock
from bot.store.ledger import Debt
from bot.store.reading import Reader
from bot.store.restoring import restore_from


async def restore(settings: Settings, *, only_list: bool) -> int:
    """``vmdump restore``: 0 if nothing is owed in the end."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings, alone=not only_list))
        reader = Reader(database)
        found = await reader.debts(only_open=True)
        for debt in (debt for debt in found if debt.kept):
            print(f"ARMED: {_line(debt)}; /vmdump disarm puts it back")
        owed = tuple(debt for debt in found if debt.owed)
        if not owed:
            print("Nothing is owed.")
            return 0
        if not only_list:
            opening = open_tools(settings, database, keeps_inventory=False)
            tools = await stack.enter_async_context(opening)
            owed = await pay(tools, owed, lambda debt: print(_line(debt), flush=True))
        for debt in owed:
            print(f"OWED: {_line(debt)}")
        return 1 if owed else 0


async def db_restore(settings: Settings, file: Path, *, replace: bool) -> int:
    """``vmdump db restore``: says what is not carried on, and what is owed."""
    async with open_database(settings, alone=True) as database:
        restored = await restore_from(database, file, replace=replace, at=SystemClock().now())
        await forget_bookmarks(settings)
    kept = restored.kept
    print(
        f"Restored from a backup of {units.moment(kept.taken_at)} of {kept.place}: {kept.requests} requests."
    )
    for request_id in restored.ended:
        print(f"{request_id} was under way then: it is closed as unknown, and no NMI is sent for it.")
    for debt in restored.owed:
        print(f"OWED: {_line(debt)}")
    if restored.owed:
        print("The bot puts that back when it is started, or `vmdump restore` does.")
    print("What was asked for after the backup is not known: vCenter's event log names those requests.")
    for fault in restored.faults:
        print(f"NOT WELL: {fault}; the backup has it so", file=sys.stderr)
    return 0


def _line(debt: Debt) -> str:
    since: datetime = debt.intended_at
    return (
        f"{debt.change.label} of {debt.change.place} ({debt.request}): {debt.state.value}, "
        f"begun {units.moment(since)}, {debt.attempts} attempts"
    )
