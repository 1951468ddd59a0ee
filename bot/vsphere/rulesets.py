"""Rule sets of a host's firewall."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.target import Ruleset
from bot.vsphere.faults import InDoubt, fault_text
from bot.vsphere.properties import ask, moid
from bot.vsphere.session import Deed, Link

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


def set_ruleset(link: Link, host_moid: str, to: Ruleset) -> Deed[None]:
    """Who is let in, and then whether anybody is; each only if it is to be another."""
    start = vim.HostSystem(host_moid, link.stub)
    found = ask(link, start, {vim.HostSystem: ("configManager.firewallSystem", "config.firewall")})
    system = found[0].get("configManager.firewallSystem") if found else None
    if system is None:
        raise vmodl.fault.HostNotConnected
    now = ssh_ruleset(found[0].get("config.firewall"))

    relist = now is None or not now.same(to.model_copy(update={"enabled": now.enabled}))
    switch = now is None or now.enabled != to.enabled

    def deed(stub: Any, _: Link) -> None:
        firewall: Any = vim.host.FirewallSystem(moid(system), stub)
        if relist:
            firewall.UpdateRuleset(to.id, _spec(to))
        if switch:
            try:
                (firewall.EnableRuleset if to.enabled else firewall.DisableRuleset)(to.id)
            except Exception as error:
                if relist:
                    # However it was refused: the list is another already.
                    raise InDoubt(f"half done: {fault_text(error)}") from None
                raise

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
