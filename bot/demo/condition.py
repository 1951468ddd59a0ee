"""The condition of everything in the lab that the bot may change and has to put back."""

from __future__ import annotations

from bot.demo.worlds import Worlds
from bot.lab.cluster import Cluster
from bot.lab.host import Host
from bot.lab.vm import Vm

Condition = dict[str, str]
"""each thing in words, and how it is"""


def condition_of(worlds: Worlds) -> Condition:
    found: Condition = {}
    for world in worlds.values():
        for host in world.hosts:
            found |= _host(host)
        for cluster in world.clusters:
            found |= _cluster(cluster)
        for vm in world.vms:
            found |= _guest(vm)
    return found


def differences(before: Condition, now: Condition) -> list[str]:
    return [
        f"{thing} is {now[thing]}; it must be {was}" for thing, was in before.items() if now[thing] != was
    ]


def _host(host: Host) -> Condition:
    services = {
        f"{service.label} of {host.name}": f"{'on' if service.running else 'off'}, policy {service.policy}"
        for service in host.services
    }
    rulesets = {
        f"firewall {ruleset.id} of {host.name}": f"{ruleset.enabled}, {ruleset.allowed}"
        for ruleset in host.rulesets
    }
    others = {"options": host.options, "lockdown": host.lockdown_mode, "exceptions": host.lockdown_exceptions}
    return services | rulesets | {f"{what} of {host.name}": str(how) for what, how in others.items()}


def _guest(vm: Vm) -> Condition:
    """What arming changes, as far as it outlasts a restart."""
    guest, name = vm.guest, vm.moid
    if guest.family == "windows":
        keys = {key: guest.registry.key(key) for key in guest.registry.below("HKEY_LOCAL_MACHINE")}
        return {f"registry of {name}": str(keys)}
    files = {file.path: guest.files.text(file.path) for file in guest.files.folder("/etc/sysctl.d")}
    units = {unit: state.enabled for unit, state in guest.linux.units.items()}
    return {f"settings of {name}": f"{files}, {units}"}


def _cluster(cluster: Cluster) -> Condition:
    settings = {
        "HA": cluster.ha,
        "DRS": cluster.drs,
        "HA's entries": cluster.ha_vms,
        "DRS's entries": cluster.drs_vms,
        "rules": cluster.rules,
    }
    return {f"{what} of {cluster.name}": str(how) for what, how in settings.items()}
