"""The REST API of a vCenter, as far as it is about tags.

It came with 6.0 below `/rest`, where answers stand in a `value` and ids after `id:`; from 7.0 U2 on there is
the same below `/api` without both. What a real server says beside the status of a refusal is left out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aiohttp import encode_basic_auth, web

from bot.lab.gates import Dropped
from bot.lab.vcenter.sessions import Session, Sessions
from bot.lab.world import World

_TOKEN = "vmware-api-session-id"  # noqa: S105 - a header's name
_Handler = Callable[[web.Request], Awaitable[Any]]


@dataclass(frozen=True)
class _Form:
    since: tuple[int, ...]
    session: str
    tagging: str
    action: str
    before_id: str
    wrapped: bool


_FORMS = (
    _Form(
        (6, 0), "/rest/com/vmware/cis/session", "/rest/com/vmware/cis/tagging", "~action", "id:", wrapped=True
    ),
    _Form((7, 0, 2), "/api/session", "/api/cis/tagging", "action", "", wrapped=False),
)


class Rest:
    """Its sessions are others than those of SOAP, of the same user, and expire with them.

    Calls are logged, and held at gates, as `rest-login`, `rest-logout`, `list-attached-tags`, `tag`,
    `category` and `categories`.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._sessions = Sessions(world.vcenter)

    def routes(self) -> Iterator[web.RouteDef]:
        """What this version of the vCenter serves."""
        for form in _FORMS:
            if self._world.vcenter.api >= form.since:
                yield web.post(form.session, self._served(form, "rest-login", self._log_in))
                yield web.delete(form.session, self._served(form, "rest-logout", self._log_out))
                path, attached = f"{form.tagging}/tag-association", "list-attached-tags"
                yield web.post(path, self._served(form, attached, self._attached))
                yield web.get(f"{form.tagging}/category", self._served(form, "categories", self._categories))
                for kind, handler in (("tag", self._tag), ("category", self._category)):
                    path = f"{form.tagging}/{kind}/{form.before_id}{{id}}"
                    yield web.get(path, self._served(form, kind, handler))

    def _served(self, form: _Form, name: str, handler: _Handler) -> Callable[[web.Request], Awaitable[Any]]:
        async def answer(http: web.Request) -> web.Response:
            center = self._world.vcenter
            await asyncio.sleep(center.answers_after)
            if not center.available:
                raise web.HTTPServiceUnavailable
            self._world.called(name)
            try:
                await self._world.gates.passing(f"{name}:before")
            except Dropped:
                if http.transport is not None:
                    http.transport.abort()
                return web.Response(status=500)
            if name != "rest-login" and self._session(http) is None:
                raise web.HTTPUnauthorized
            if http.query.get(form.action, name) != name:
                raise web.HTTPNotFound
            said = await handler(http)
            return web.json_response({"value": said} if form.wrapped else said)

        return answer

    def _session(self, http: web.Request) -> Session | None:
        return self._sessions.of_key(http.headers.get(_TOKEN, ""))

    @property
    def _hidden(self) -> frozenset[str]:
        return self._world.vcenter.hidden_tags

    def _tags(self) -> set[str]:
        return {tag for vm in self._world.vms for tag in vm.tags}

    async def _log_in(self, http: web.Request) -> str:
        center = self._world.vcenter
        wanted = encode_basic_auth(center.username, center.password, encoding="utf-8")
        if http.headers.get("Authorization") != wanted:
            raise web.HTTPUnauthorized
        return self._sessions.begin(center.username).key

    async def _log_out(self, http: web.Request) -> None:
        session = self._session(http)
        if session is not None:
            self._sessions.end(session)

    async def _attached(self, http: web.Request) -> list[str]:
        asked = (await http.json())["object_id"]
        center = self._world.vcenter
        vm = next((vm for vm in self._world.vms if vm.moid == asked["id"]), None)
        if vm is None or asked["type"] != "VirtualMachine":
            raise web.HTTPNotFound
        if (vm.moid, "tags") in center.unreadable:
            raise web.HTTPForbidden
        return [_id("Tag", tag) for tag in vm.tags if tag not in self._hidden]

    async def _tag(self, http: web.Request) -> dict[str, Any]:
        tag = _found("Tag", http, self._tags())
        if tag in self._hidden:
            raise web.HTTPForbidden
        category, _, name = tag.partition(":")
        return {
            "id": _id("Tag", tag),
            "category_id": _id("Category", category),
            "name": name,
            "description": "",
            "used_by": [],
        }

    async def _categories(self, _http: web.Request) -> list[str]:
        """Those of which some tag may be read."""
        return sorted({_id("Category", tag.partition(":")[0]) for tag in self._tags() - self._hidden})

    async def _category(self, http: web.Request) -> dict[str, Any]:
        name = _found("Category", http, {tag.partition(":")[0] for tag in self._tags()})
        return {
            "id": _id("Category", name),
            "name": name,
            "description": "",
            "cardinality": "MULTIPLE",
            "associable_types": ["VirtualMachine"],
            "used_by": [],
        }


def _found(kind: str, http: web.Request, names: set[str]) -> str:
    found = next((name for name in names if _id(kind, name) == http.match_info["id"]), None)
    if found is None:
        raise web.HTTPNotFound
    return found


def _id(kind: str, name: str) -> str:
    return f"urn:vmomi:InventoryService{kind}:{uuid5(NAMESPACE_URL, name)}:GLOBAL"
