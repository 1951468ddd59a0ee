"""The host's list of running VMs, and the one row that is the target."""

from __future__ import annotations

from bot.core.errors import Code, VmdumpError
from bot.core.target import Target
from bot.core.value import Value

UUID_DIGITS = 32


class World(Value):
    """A row of ``esxcli vm process list``."""

    world_id: int
    cartel_id: int
    uuid: str
    """as printed: ``42 30 f9 ee a2 2a 3c e0-02 33 07 ac af f8 d2 5c``"""
    display_name: str
    config_file: str


def bare(uuid: str) -> str:
    """A UUID with nothing but its digits: esxcli and vCenter separate them differently."""
    return "".join(c for c in uuid.lower() if c in "0123456789abcdef")


def find_world(target: Target, worlds: tuple[World, ...]) -> World:
    """The row whose BIOS UUID *and* vmx path are the target's.

    Either alone can lie: copies share a BIOS UUID, folders are renamed and names repeat. World ID is never
    derived from the cartel id (they differ by 1 to 60 on real hosts). Raises ``VmdumpError``.
    """
    if len(bare(target.bios_uuid)) != UUID_DIGITS or not target.vmx_path.startswith("/vmfs/"):
        raise VmdumpError(
            Code.WORLD_NOT_FOUND,
            vm=target.name,
            host=target.host_name,
            rows=len(worlds),
            same_uuid=0,
            vmx=target.vmx_path,
        )
    same_uuid = [w for w in worlds if bare(w.uuid) == bare(target.bios_uuid)]
    found = [w for w in same_uuid if w.config_file == target.vmx_path]
    if len(found) > 1:
        raise VmdumpError(Code.WORLD_AMBIGUOUS, vm=target.name, host=target.host_name, rows=len(found))
    if not found:
        raise VmdumpError(
            Code.WORLD_NOT_FOUND,
            vm=target.name,
            host=target.host_name,
            rows=len(worlds),
            same_uuid=len(same_uuid),
            vmx=target.vmx_path,
        )
    return found[0]
