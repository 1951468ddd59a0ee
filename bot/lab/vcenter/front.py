"""The vCenter towards the network: its port and its certificate, and how they can fail."""

from pathlib import Path

from bot.lab.center import Center
from bot.lab.listener import HttpsPort
from bot.lab.tls import Identity, issue, make_authority


class Front:
    """Opens and closes the port, and makes certificates; fills the center's fields for its clients."""

    def __init__(self, center: Center, port: HttpsPort, folder: Path) -> None:
        self._center = center
        self._port = port
        self._folder = folder
        self._authorities = 0
        self._authority = self._make_authority()
        self._identity = self._issue()
        center.port = port.number

    async def open(self) -> None:
        """Answer."""
        await self._port.open(self._identity.server_context(self._folder / "tls", old=self._center.old_tls))

    def close(self) -> None:
        """Break all connections and take no more."""
        self._port.close()
        self._port.drop()

    def drop(self) -> None:
        """Break all connections."""
        self._port.drop()

    async def renew(self, *, other_authority: bool) -> None:
        """Show a new certificate from now on."""
        if other_authority:
            self._authority = self._make_authority()
        self._identity = self._issue()
        self.close()
        await self.open()

    def _make_authority(self) -> Identity:
        """Files of former authorities stay: a client was told of them."""
        self._authorities += 1
        authority = make_authority(f"vmdump lab CA {self._authorities}")
        self._center.ca_file = self._folder / f"vcenter-ca-{self._authorities}.pem"
        self._center.ca_file.write_text(authority.pem)
        return authority

    def _issue(self) -> Identity:
        identity = issue(self._authority, "localhost", names=["localhost"], address=self._center.host)
        self._center.fingerprint = identity.fingerprint
        return identity
