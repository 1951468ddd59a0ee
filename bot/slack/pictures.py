"""Uploading a picture so that a message can show it."""

from __future__ import annotations

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from bot.core.entry import Entry
from bot.ops.redaction import safe_logger
from bot.slack.message import Picture
from bot.slack.slack_api import SlackApi
from bot.slack.slack_failures import SlackFailure
from bot.store.reading import Reader

UPLOAD_SECONDS = 15.0
"""A picture may delay its text by that much."""

log = safe_logger("vmdump.slack.pictures")


class Pictures:
    """Uploads without sharing: the message that shows a picture is what shares it.

    A crash between the two leaves a file in Slack that nobody sees.
    """

    def __init__(self, api: SlackApi, reader: Reader, label: str) -> None:
        self._api = api
        self._reader = reader
        self._label = label
        self._uploaded: dict[tuple[str, int], str] = {}

    async def upload(self, entry: Entry, sha256: str) -> Picture | None:
        """None, and a line in the log, where it does not work: the text must not wait for it."""
        place = (entry.journal, entry.seq)
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                if place not in self._uploaded:
                    self._uploaded[place] = await self._upload(entry, sha256)
        except (SlackFailure, SQLAlchemyError, TimeoutError) as error:
            cause = error.cause if isinstance(error, SlackFailure) else type(error).__name__
            log.warning("%s/%s is posted without its picture: %s", *place, cause)
            return None
        return Picture(self._uploaded[place], self._label)

    def forget(self, entry: Entry) -> None:
        """The message is out."""
        self._uploaded.pop((entry.journal, entry.seq), None)

    async def _upload(self, entry: Entry, sha256: str) -> str:
        png = await self._reader.picture(sha256)
        name = f"{entry.journal}-{entry.seq}.png"
        place = await self._api.call("files.getUploadURLExternal", filename=name, length=len(png))
        file_id = str(place["file_id"])
        await self._api.upload(str(place["upload_url"]), png)
        await self._api.call("files.completeUploadExternal", files=[{"id": file_id, "title": name}])
        return file_id
