"""Writes the record of every closed request into a folder."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.core.entry import SITE, Entry
from bot.core.request import Request
from bot.store.reading import Reader
from bot.store.signal import Signal

log = logging.getLogger(__name__)

Format = Callable[[Request | None, tuple[Entry, ...]], str]
"""without a request, of the site"""
LOOK_SECONDS = 60.0


async def write_record(
    reader: Reader, request: Request | None, folder: Path, formats: Mapping[str, Format]
) -> tuple[Path, ...]:
    """Writes ``<id>.<ending>`` for each format, each whole or not at all. Raises ``OSError``."""
    journal = SITE if request is None else request.id
    entries = await reader.journal(journal)
    paths = []
    for ending, form in formats.items():
        path = folder / f"{journal}.{ending}"
        await asyncio.to_thread(_replace, path, form(request, entries))
        paths.append(path)
    return tuple(paths)


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


class RecordKeeper:
    """Keeps the folder up to date, also after entries that follow the closing."""

    def __init__(self, reader: Reader, changes: Signal, folder: Path, formats: Mapping[str, Format]) -> None:
        self._reader = reader
        self._changes = changes
        self._folder = folder
        self._formats = formats
        self._written: dict[str, str] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            seen = self._changes.count
            try:
                await self._once()
            except OSError as error:
                log.warning("the records cannot be written to %s: %s", self._folder, error.strerror)
            await self._changes.wait(seen, at_most=LOOK_SECONDS)

    async def _once(self) -> None:
        for request_id, head in (await self._reader.closed_heads()).items():
            if self._written.get(request_id) != head:
                request = await self._reader.request(request_id)
                await write_record(self._reader, request, self._folder, self._formats)
                self._written[request_id] = head
