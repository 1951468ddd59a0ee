"""A host's firewall: per ruleset, whether it is open and to whom."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from bot.lab.watched import Watched

SSH_RULESET = "sshServer"


@dataclass(frozen=True)
class Allowed:
    """Which clients a ruleset is for: all, or those of the addresses and of the networks (`10.0.0.0/8`)."""

    all_ip: bool = True
    addresses: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()

    def admits(self, address: str) -> bool:
        """Whether a client of that address is among them."""
        client = ip_address(address)
        return (
            self.all_ip
            or client in map(ip_address, self.addresses)
            or any(client in ip_network(network) for network in self.networks)
        )


@dataclass(eq=False)
class Ruleset(Watched):
    """A ruleset for one port, as `HostFirewallSystem` lists it."""

    id: str
    label: str
    port: int
    required: bool = False
    enabled: bool = True
    allowed: Allowed = Allowed()

    def admits(self, address: str) -> bool:
        """Whether a client of that address comes through."""
        return self.enabled and self.allowed.admits(address)
