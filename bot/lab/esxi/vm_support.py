"""A host's support bundles: `/cgi-bin/vm-support.cgi` on its own HTTPS port, for one ticket each.

Not everything about it is public. Known are the two requests, the ticket's cookie, and where the list has its
ids: in the attribute `id` of the elements below the root's first. Unknown are the other names in that list,
the answers to bad requests, in what form the machine may be given besides the shell's path of its .vmx, and
when in the course of a run the NMI comes: here it is after the first part of the bundle.
"""

import asyncio
import io
import os
import tarfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache

from aiohttp import web

from bot.lab.gates import Dropped
from bot.lab.host import Host
from bot.lab.tickets import Ticket
from bot.lab.vm import Vm
from bot.lab.world import World

NMI_MANIFEST = "HungVM:Send_NMI_To_Guest"
_OTHERS = ("System:Base", "Logs:System", "VirtualMachines:base", "HungVM:Coredump_VM", "HungVM:Suspend_Core")
_BUNDLE_BYTES = 300 * 1024
_PARTS = 6


def vm_support(world: World, host: Host) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler of the path on that host."""

    async def answer(request: web.Request) -> web.StreamResponse:
        # As it was sent: the ticket is bound to it.
        key = request.cookies.get("vmware_cgi_ticket", "")
        ticket = world.tickets.use(key, host, f"GET {request.raw_path}")
        if ticket is None:
            raise web.HTTPForbidden
        if request.query.get("listmanifests") == "1":
            return web.Response(text=_manifests(host), content_type="text/xml")
        if request.query.get("manifests") != NMI_MANIFEST or host.nmi_manifest == "absent":
            raise web.HTTPBadRequest
        file = request.query.get("vm", "")
        vm = next((vm for vm in world.vms_on(host) if vm.vmx_file == file), None)
        if vm is None:
            raise web.HTTPNotFound
        return await _Run(world, host, ticket, vm).answer(request)

    return answer


class _Run:
    """One bundle with an NMI. It goes on when its client goes away; whether a real one does is unknown."""

    def __init__(self, world: World, host: Host, ticket: Ticket, vm: Vm) -> None:
        self._world = world
        self._host = host
        self._vm = vm
        self._effect = world.attempt(ticket.user, f"vm-support {NMI_MANIFEST}", host.name, vm.vmx_file)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        bundle = await asyncio.to_thread(_bundle, self._host.name)
        response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
        response.enable_chunked_encoding()
        size = -(-len(bundle) // _PARTS)
        try:
            for start in range(0, len(bundle), size):
                with suppress(ConnectionError):
                    await response.prepare(request)
                    await response.write(bundle[start : start + size])
                await asyncio.sleep(self._world.pace.of_bundle() / _PARTS)
                if start == 0:
                    await self._send_nmi()
        except Dropped:
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _send_nmi(self) -> None:
        await self._world.gates.passing("bundle:before")
        if self._host.nmi_manifest == "works" and self._vm.world_id is not None:
            self._effect.applied = self._world.deliver_nmi(self._host, self._vm.world_id, via="bundle")
        await self._world.gates.passing("bundle:after")


def _manifests(host: Host) -> str:
    ids = [*_OTHERS] if host.nmi_manifest == "absent" else [*_OTHERS, NMI_MANIFEST]
    lines = "".join(
        f'<manifest id="{each}" group="{each.partition(":")[0]}" name="{each.partition(":")[2]}"'
        f' enabled="true" vm="{"true" if each.startswith("HungVM") else "false"}"/>\n'
        for each in ids
    )
    return f'<?xml version="1.0"?>\n<vmsupport>\n<manifests>\n{lines}</manifests>\n</vmsupport>\n'


@lru_cache(maxsize=4)
def _bundle(host_name: str) -> bytes:
    """A .tgz in the shape of a bundle. Takes some milliseconds: call it off the event loop."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        # What cannot be compressed keeps the archive at its size.
        member = tarfile.TarInfo(f"esx-{host_name}/var/run/log/vmkernel.log")
        member.size = _BUNDLE_BYTES
        archive.addfile(member, io.BytesIO(os.urandom(_BUNDLE_BYTES)))
    return packed.getvalue()
