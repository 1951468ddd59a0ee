"""A host's firewall as the API lists it."""

from ipaddress import ip_address, ip_network
from typing import Any

from pyVmomi import vim

from bot.lab.firewall import Allowed, Ruleset
from bot.lab.host import Host

_Ruleset = vim.host.Ruleset


def firewall_info(host: Host) -> Any:
    """The host's rulesets, as HostFirewallSystem and `config.firewall` list them."""
    return vim.host.FirewallInfo(
        defaultPolicy=vim.host.FirewallInfo.DefaultPolicy(incomingBlocked=True, outgoingBlocked=True),
        ruleset=[_ruleset(each) for each in host.rulesets],
    )


def allowed_of(hosts: Any) -> Allowed:
    """What a `Ruleset.IpList` means. ValueError: an address or a network is none."""
    return Allowed(
        all_ip=bool(hosts.allIp),
        addresses=tuple(str(ip_address(each)) for each in hosts.ipAddress),
        networks=tuple(str(ip_network(f"{each.network}/{each.prefixLength}")) for each in hosts.ipNetwork),
    )


def _ruleset(ruleset: Ruleset) -> Any:
    return _Ruleset(
        key=ruleset.id,
        label=ruleset.label,
        required=ruleset.required,
        enabled=ruleset.enabled,
        rule=[_Ruleset.Rule(port=ruleset.port, direction="inbound", portType="dst", protocol="tcp")],
        allowedHosts=_hosts(ruleset.allowed),
    )


def _hosts(allowed: Allowed) -> Any:
    networks = [ip_network(each) for each in allowed.networks]
    return _Ruleset.IpList(
        allIp=allowed.all_ip,
        ipAddress=list(allowed.addresses),
        ipNetwork=[
            _Ruleset.IpNetwork(network=str(each.network_address), prefixLength=each.prefixlen)
            for each in networks
        ],
    )
