"""Rule sets of a host's firewall."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.target import Ruleset
from bot.vsphere.properties import ask, moid
from bot.vsphere.session import Link

SSH = "sshServer"


def ssh_ruleset(found: Any) -> Ruleset | None:
    """From vim.host.FirewallInfo."""
    ruleset = next((r for r in (found.ruleset or () if found else ()) if r.key == SSH), None)
    if ruleset is None:
        return None
    hosts = ruleset.allowedHosts
    networks = () if hosts is None else (f"{n.network}/{n.prefixLength}" for n in hosts.ipNetwork or ())
    return Ruleset(
        id=SSH,
        enabled=bool(ruleset.enabled),
        # Before 5.0 there are no lists: everybody is let in.
        all_addresses=hosts is None or bool(hosts.allIp),
        addresses=() if hosts is None else (*(hosts.ipAddress or ()), *networks),
    )


def set_ruleset(link: Link, host_moid: str, to: Ruleset) -> Callable[[Any, Any], None]:
    """One call where one is enough: the list is written only if it is to be another."""
    start = vim.HostSystem(host_moid, link.stub)
    found = ask(link, start, {vim.HostSystem: ("configManager.firewallSystem", "config.firewall")})
    system = found[0].get("configManager.firewallSystem") if found else None
    if system is None:
        raise vmodl.fault.HostNotConnected
    now = ssh_ruleset(found[0].get("config.firewall"))

    def deed(stub: Any, _: Any) -> None:
        firewall: Any = vim.host.FirewallSystem(moid(system), stub)
        if now is None or (now.all_addresses, now.addresses) != (to.all_addresses, to.addresses):
            firewall.UpdateRuleset(to.id, _spec(to))
        if now is None or now.enabled != to.enabled:
            (firewall.EnableRuleset if to.enabled else firewall.DisableRuleset)(to.id)

    return deed


def _spec(ruleset: Ruleset) -> Any:
    networks = [ip_network(a) for a in ruleset.addresses if "/" in a]
    hosts = vim.host.Ruleset.IpList(
        allIp=ruleset.all_addresses,
        ipAddress=[a for a in ruleset.addresses if "/" not in a],
        ipNetwork=[
            vim.host.Ruleset.IpNetwork(network=str(n.network_address), prefixLength=n.prefixlen)
            for n in networks
        ],
    )
    return vim.host.Ruleset.RulesetSpec(allowedHosts=hosts)
