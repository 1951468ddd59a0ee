"""Reconfiguring a cluster."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from pyVmomi import vim

from bot.lab.cluster import Cluster, Settings
from bot.lab.task import Fault, TaskFailed
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.moid import moid_of
from bot.lab.vcenter.settings import merged, to_settings
from bot.lab.world import World

_METHOD, _DESCRIPTION = "ReconfigureComputeResource_Task", "ComputeResource.reconfigureEx"


async def reconfigure(call: Call) -> Any:
    """ComputeResource.ReconfigureComputeResource_Task: a task, in which whatever is wrong shows.

    Which fault vCenter has for an entry that is added twice, or edited or removed where there is none, is
    unknown; govmomi's simulator, written by VMware, has InvalidArgument, and so has the lab.
    """
    cluster = call.cluster(call.this)
    world, effect = call.world, call.effect
    spec, modify, user = call.args["spec"], call.args["modify"], call.user

    def work() -> None:
        _apply(world, cluster, spec, modify=modify)
        if effect is not None:
            effect.applied = True
        sentence = f"Reconfigured cluster {cluster.name} in {world.datacenter}"
        details = {"computeResource": cluster}
        world.events.log("ClusterReconfiguredEvent", sentence, user=user, details=details)

    task = world.tasks.add(_METHOD, _DESCRIPTION, cluster, user)
    world.tasks.start(task, work, world.pace.of_task())
    return vim.Task(task.moid)


def changes(call: Call) -> tuple[str, str]:
    """The cluster, and what is changed in words: `HA edit vm-101, DRS add vm-101`."""
    spec = call.args["spec"]
    told = [] if call.args["modify"] else ["everything reverted"]
    told += [name for name in ("dasConfig", "drsConfig") if getattr(spec, name, None) is not None]
    for name, word in (("dasVmConfigSpec", "HA"), ("drsVmConfigSpec", "DRS"), ("rulesSpec", "rule")):
        told += [f"{word} {each.operation} {_text(_key(each))}" for each in getattr(spec, name, None) or []]
    return call.cluster(call.this).name, ", ".join(told)


def _apply(world: World, cluster: Cluster, spec: Any, *, modify: bool) -> None:
    """All of it or nothing. Raises TaskFailed."""
    if not isinstance(spec, vim.cluster.ConfigSpecEx):
        raise TaskFailed(_invalid("spec"))
    made = Cluster(cluster.moid, cluster.name, cluster.pool, edits_merge=cluster.edits_merge)
    if modify:
        made.ha, made.drs, made.rules = cluster.ha, cluster.drs, cluster.rules
        made.ha_vms, made.drs_vms = cluster.ha_vms, cluster.drs_vms
    made.ha = _whole(made.ha, spec.dasConfig)
    made.drs = _whole(made.drs, spec.drsConfig)
    members = {vm.moid for host in world.hosts_in(cluster) for vm in world.vms_on(host)}
    made.ha_vms = _entries(made, made.ha_vms, spec.dasVmConfigSpec, members)
    made.drs_vms = _entries(made, made.drs_vms, spec.drsVmConfigSpec, members)
    made.rules = _rules(made.rules, spec.rulesSpec)
    cluster.ha, cluster.drs, cluster.rules = made.ha, made.drs, made.rules
    cluster.ha_vms, cluster.drs_vms = made.ha_vms, made.drs_vms


def _whole(old: Settings, given: Any) -> Settings:
    return old if given is None else merged(old, to_settings(given, type(given)))


def _entries(
    cluster: Cluster, old: dict[str, Settings], specs: Iterable[Any], members: set[str]
) -> dict[str, Settings]:
    made = dict(old)
    for spec in specs or ():
        key = moid_of(_key(spec))
        _check(spec, exists=key in made)
        if spec.operation == "remove":
            del made[key]
            continue
        if key not in members:
            raise TaskFailed(_invalid("key"))
        entry = to_settings(spec.info, type(spec.info))
        del entry["key"]
        edited = spec.operation == "edit" and cluster.edits_merge
        made[key] = merged(made[key], entry) if edited else entry
    return made


def _rules(old: dict[int, Settings], specs: Iterable[Any]) -> dict[int, Settings]:
    made = dict(old)
    for spec in specs or ():
        key = _key(spec)
        if spec.operation == "add":
            key = max(made, default=0) + 1
        else:
            _check(spec, exists=key in made)
        if spec.operation == "remove":
            del made[key]
        else:
            given = {"ruleUuid": str(uuid4())} | made.get(key, {}) | to_settings(spec.info)
            made[key] = given | {"key": key}
    return made


def _check(spec: Any, *, exists: bool) -> None:
    if exists == (spec.operation == "add"):
        raise TaskFailed(_invalid("operation"))


def _key(spec: Any) -> Any:
    return spec.removeKey if spec.operation == "remove" else spec.info.key


def _text(key: Any) -> str:
    return moid_of(key) if isinstance(key, vim.VirtualMachine) else str(key)


def _invalid(name: str) -> Fault:
    sentence = f"A specified parameter was not correct: {name}"
    return Fault("vmodl.fault.InvalidArgument", sentence, {"invalidProperty": name})
