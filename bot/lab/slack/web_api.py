"""The HTTP side of the workspace: the Web API, uploads and response URLs."""

from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

from aiohttp import web

from bot.lab.slack.access import Access
from bot.lab.slack.answers import show_answer
from bot.lab.slack.arguments import Arguments
from bot.lab.slack.blocks import check_blocks
from bot.lab.slack.chat_methods import ChatMethods
from bot.lab.slack.errors import SlackError
from bot.lab.slack.faults import Fault, Faults
from bot.lab.slack.file_methods import FileMethods
from bot.lab.slack.rate_limits import RateLimits
from bot.lab.slack.read_methods import ReadMethods
from bot.lab.slack.response_urls import ResponseUrls
from bot.lab.slack.views import Views
from bot.lab.slack.workspace import Workspace

Method = Callable[[Arguments], Awaitable[dict[str, Any]]]


class WebApi:
    """Answers calls as Slack does: faults first, then the token, the limits, and the method itself."""

    def __init__(
        self,
        workspace: Workspace,
        access: Access,
        files: FileMethods,
        *,
        limits: RateLimits,
        faults: Faults,
        urls: ResponseUrls,
        views: Views,
        open_connection: Method,
    ) -> None:
        self._workspace = workspace
        self._access = access
        self._files = files
        self._limits = limits
        self._faults = faults
        self._urls = urls
        self.rate_limits = True
        chat, read = ChatMethods(workspace, files.ready), ReadMethods(workspace, access)
        self._methods: dict[str, Method] = {
            "auth.test": read.auth_test,
            "apps.connections.open": open_connection,
            "chat.postMessage": chat.post_message,
            "chat.update": chat.update,
            "chat.postEphemeral": chat.post_ephemeral,
            "conversations.info": read.conversations_info,
            "conversations.history": read.conversations_history,
            "conversations.replies": read.conversations_replies,
            "users.info": read.users_info,
            "usergroups.users.list": read.usergroups_users_list,
            "files.getUploadURLExternal": files.get_upload_url,
            "files.completeUploadExternal": files.complete_upload,
            "reactions.get": read.reactions_get,
            "views.open": views.open,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call of a method."""
        name = request.match_info["method"]
        fault = self._faults.take(name)
        if fault is not None and fault.kind in ("ratelimited", "http_500"):
            return self._dated(_failing(fault))
        try:
            answer = await self._answer(request, name, fault)
        except SlackError as error:
            answer = web.json_response(error.body())
        if fault is not None and fault.kind == "lost" and request.transport is not None:
            request.transport.abort()
        answer.headers["X-OAuth-Scopes"] = ",".join(sorted(self._access.scopes))
        return self._dated(answer)

    def _dated(self, answer: web.Response) -> web.Response:
        answer.headers["Date"] = formatdate(self._workspace.now(), usegmt=True)
        return answer

    async def _answer(self, request: web.Request, name: str, fault: Fault | None) -> web.Response:
        if fault is not None and fault.kind != "lost":
            raise SlackError(fault.kind)
        call = await Arguments.read(request)
        method = self._methods.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self._access.check(name, bearer or call.text("token"))
        if self.rate_limits:
            wait = self._limits.retry_after(name, call.text("channel"))
            if wait is not None:
                return _rate_limited(wait)
        return web.json_response({"ok": True, **await method(call)})

    async def upload(self, request: web.Request) -> web.Response:
        """The bytes of an announced file."""
        content = await request.read()
        if not self._files.receive(request.match_info["file"], content):
            return web.Response(status=400, text="unknown file or wrong length")
        return web.Response(text=f"OK - {len(content)}")

    async def respond(self, request: web.Request) -> web.Response:
        """An answer to a response_url. A refusal is 404 with the code, as users of Slack see it."""
        try:
            call = await Arguments.read(request)
            url = self._urls.use(request.match_info["key"])
            answer = self._checked(call)
        except SlackError as error:
            return web.json_response(error.body(), status=404)
        show_answer(self._workspace, answer, channel=url.channel, person=url.person, thread_ts=url.thread_ts)
        return web.Response(text="ok")

    def _checked(self, call: Arguments) -> dict[str, Any]:
        blocks = call.structure("blocks", "invalid_blocks_format")
        if blocks is not None:
            check_blocks(blocks, self._files.ready)
        if not call.text("text") and not blocks:
            raise SlackError("no_text")
        return {"text": call.text("text"), "response_type": call.text("response_type"), "blocks": blocks}


def _failing(fault: Fault) -> web.Response:
    if fault.kind == "ratelimited":
        return _rate_limited(fault.retry_after)
    return web.Response(status=500, text="Internal Server Error", content_type="text/html")


def _rate_limited(seconds: int) -> web.Response:
    body = SlackError("ratelimited").body()
    return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})
