"""The commands that look at what was done, and put back by hand: without Slack and without the engine."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from bot.app import check_thread, forget_bookmarks, open_database, open_tools, record_formats
from bot.capture.reconcile import pay
from bot.core.entry import SITE
from bot.core.errors import VmdumpError
from bot.core.request import Request
from bot.messages import units
from bot.messages.catalogue import sentence
from bot.requests.records import write_record
from bot.requests.verify import prove, prove_site
from bot.settings.model import Settings
from bot.store.backup import back_up
from bot.store.clock import SystemClock
from bot.store.ledger import Debt
from bot.store.reading import Reader
from bot.store.restoring import restore_from


async def write(settings: Settings, journal: str, folder: Path) -> int:
    """``vmdump record``: writes both forms and prints where."""
    async with open_database(settings, alone=False) as database:
        reader = Reader(database)
        request = await _request(reader, journal)
        try:
            paths = await write_record(reader, request, folder, record_formats(settings))
        except OSError as error:
            print(f"vmdump: the record cannot be written to {folder}: {error.strerror}", file=sys.stderr)
            return 1
    for path in paths:
        print(path)
    return 0


async def verify(settings: Settings, journal: str, *, thread: bool) -> int:
    """``vmdump verify``: 0 if everything agrees, 1 if something does not."""
    async with open_database(settings, alone=False) as database:
        reader = Reader(database)
        request = await _request(reader, journal)
        proof = await (prove_site(reader) if request is None else prove(reader, request))
        faults = list(proof.faults)
        for line in proof.holds:
            print(line)
        if thread and request is not None and request.thread is not None:
            try:
                compared = await check_thread(settings, reader, request)
            except VmdumpError as error:
                faults.append(f"the thread could not be read: {sentence(error)}")
            else:
                print(compared.line)
                faults += compared.faults
    for fault in faults:
        print(f"NOT WELL: {fault}", file=sys.stderr)
    return 1 if faults else 0


async def restore(settings: Settings, *, only_list: bool) -> int:
    """``vmdump restore``: 0 if nothing is owed in the end."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings, alone=not only_list))
        reader = Reader(database)
        owed = await reader.debts(only_open=True)
        if not owed:
            print("Nothing is owed.")
            return 0
        if not only_list:
            tools = await stack.enter_async_context(open_tools(settings, database))
            owed = await pay(tools, owed, lambda debt: print(_line(debt), flush=True))
        for debt in owed:
            print(f"OWED: {_line(debt)}")
        return 1 if owed else 0


async def db_backup(settings: Settings, file: Path) -> int:
    """``vmdump db backup``: one state of the database, in a file."""
    async with open_database(settings, alone=False) as database:
        kept = await back_up(database, file, SystemClock().now())
    print(
        f"{file}: {kept.requests} requests with {kept.entries} entries, as of {units.moment(kept.taken_at)}"
    )
    return 0


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


async def _request(reader: Reader, journal: str) -> Request | None:
    """None for the site. Ids are said aloud, and typed as they are heard. Raises ``VmdumpError``."""
    return None if journal.lower() == SITE else await reader.request(journal.upper())


def _line(debt: Debt) -> str:
    since: datetime = debt.intended_at
    return (
        f"{debt.change.label} of {debt.change.host_name} ({debt.request}): {debt.state.value}, "
        f"begun {units.moment(since)}, {debt.attempts} attempts"
    )
