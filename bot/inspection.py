"""The commands that look at what was done. They load no more than they need, so that they are quick."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.archive import check_thread, open_database, record_formats
from bot.core.entry import SITE
from bot.core.errors import VmdumpError
from bot.core.events import RecordRead
from bot.core.request import Request
from bot.messages import units
from bot.messages.catalogue import sentence
from bot.requests.records import write_record
from bot.requests.verify import prove, prove_site
from bot.settings.model import Settings
from bot.store.backup import back_up
from bot.store.clock import SystemClock
from bot.store.commit import Committer
from bot.store.database import Database
from bot.store.reading import Reader


async def write(settings: Settings, journal: str, folder: Path) -> int:
    """``vmdump record``: writes both forms and prints where."""
    async with open_database(settings, alone=False) as database:
        reader = Reader(database)
        request = await _request(reader, journal)
        await _note_reading(database, journal)
        try:
            paths = await write_record(reader, request, folder, record_formats(settings))
        except OSError as error:
            print(f"vmdump: the record cannot be written to {folder}: {error.strerror}", file=sys.stderr)
            return 1
    for path in paths:
        print(path)
    return 0


async def _note_reading(database: Database, journal: str) -> None:
    """Reading a record is an entry, before it is given."""
    clock = SystemClock()
    read = RecordRead(request=journal, person=f"uid {os.getuid()}")
    committer = Committer(database, clock)
    await committer.note(f"read/{journal}/{clock.now().isoformat()}", read, actor=read.person)


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


async def db_backup(settings: Settings, file: Path) -> int:
    """``vmdump db backup``: one state of the database, in a file."""
    async with open_database(settings, alone=False) as database:
        kept = await back_up(database, file, SystemClock().now())
    print(
        f"{file}: {kept.requests} requests with {kept.entries} entries, as of {units.moment(kept.taken_at)}"
    )
    return 0


async def _request(reader: Reader, journal: str) -> Request | None:
    """None for the site. Ids are said aloud, and typed as they are heard. Raises ``VmdumpError``."""
    return None if journal.lower() == SITE else await reader.request(journal.upper())
