"""Uploading a file: get a URL, send the bytes, complete."""

import asyncio
from typing import Any

from bot.lab.slack.access import thread_root, writable_channel
from bot.lab.slack.arguments import Arguments
from bot.lab.slack.entities import File
from bot.lab.slack.errors import SlackError
from bot.lab.slack.wire import file_on_wire
from bot.lab.slack.workspace import Workspace


class FileMethods:
    """The three steps of an upload.

    Completing answers before the file is usable or shared: both happen `processing` seconds later (real
    Slack: a latency that users see as `invalid_blocks`, python-slack-sdk #1521). 0 means at the next turn
    of the event loop.
    """

    def __init__(self, workspace: Workspace, *, processing: float) -> None:
        self._workspace = workspace
        self._processing = processing
        self._tasks: set[asyncio.Task[None]] = set()
        self.upload_url = ""

    async def get_upload_url(self, call: Arguments) -> dict[str, Any]:
        """files.getUploadURLExternal; `length` in bytes."""
        name, length = call.text("filename"), call.number("length", 0)
        if not name or length <= 0:
            raise SlackError("invalid_arguments")
        file = File(self._workspace.next_id("F"), name, length)
        self._workspace.files[file.id] = file
        return {"file_id": file.id, "upload_url": f"{self.upload_url}{file.id}"}

    def receive(self, file_id: str, content: bytes) -> bool:
        """The bytes; false if the file was not announced or has another length."""
        file = self._workspace.files.get(file_id)
        if file is None or file.state != "announced" or len(content) != file.length:
            return False
        file.content, file.state = content, "received"
        return True

    async def complete_upload(self, call: Arguments) -> dict[str, Any]:
        """files.completeUploadExternal; without a channel the file stays unshared."""
        wanted = call.structure("files", "invalid_arguments")
        if not isinstance(wanted, list) or not wanted:
            raise SlackError("invalid_arguments")
        files = [self._received(item) for item in wanted]
        root, channel = None, None
        if call.text("channel_id"):
            channel = writable_channel(self._workspace, call, "channel_id")
            root = thread_root(channel, call)
        for file, item in zip(files, wanted, strict=True):
            file.title, file.state = item.get("title") or file.name, "processing"
        share = self._finish(files, channel.id if channel else None, root, call.text("initial_comment"))
        task = asyncio.get_running_loop().create_task(share)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return {"files": [file_on_wire(file) for file in files]}

    def ready(self, file_id: str) -> bool:
        """Whether a message may show that file."""
        file = self._workspace.files.get(file_id)
        return file is not None and file.state == "ready"

    async def stop(self) -> None:
        """Drop what is still being processed."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _received(self, item: Any) -> File:
        file = self._workspace.files.get(str(item.get("id"))) if isinstance(item, dict) else None
        if file is None or file.state != "received":
            raise SlackError("file_not_found")
        return file

    async def _finish(self, files: list[File], channel: str | None, root: str | None, comment: str) -> None:
        await asyncio.sleep(self._processing)
        for file in files:
            file.state = "ready"
        if channel is None:
            self._workspace.feed.wake()
            return
        ids = [file.id for file in files]
        self._workspace.post(channel, self._workspace.bot.id, comment, thread_ts=root, files=ids)
