"""Files on datastores over HTTPS: of each machine its `vmware.log`."""

from aiohttp import web

from bot.lab.vcenter import privileges
from bot.lab.vm import Vm
from bot.lab.world import World


def serve_file(world: World, request: web.Request) -> web.Response:
    """Answer `GET /folder/<path>?dcPath=…&dsName=…` for whoever holds a session; ranges as HTTP has them.

    In which order a real vCenter looks at the privilege and at whether there is such a file is unknown.
    """
    if not world.vcenter.grants(privileges.BROWSE):
        raise web.HTTPForbidden
    vm = next((vm for vm in world.vms if _is_asked(world, vm, request)), None)
    if vm is None:
        raise web.HTTPNotFound
    return _part(request, vm.log.data)


def _is_asked(world: World, vm: Vm, request: web.Request) -> bool:
    return (request.query.get("dcPath"), request.query.get("dsName"), request.match_info["path"]) == (
        world.datacenter,
        vm.datastore.name,
        f"{vm.directory}/vmware.log",
    )


def _part(request: web.Request, data: bytes) -> web.Response:
    if "Range" not in request.headers:
        return web.Response(body=data, content_type="application/octet-stream")
    start, end, _ = request.http_range.indices(len(data))
    if start >= end:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{len(data)}"})
    headers = {"Content-Range": f"bytes {start}-{end - 1}/{len(data)}"}
    return web.Response(
        body=data[start:end], status=206, headers=headers, content_type="application/octet-stream"
    )
