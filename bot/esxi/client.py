"""Our end of a login: which host key is accepted, and how the password is given."""

from __future__ import annotations

from collections.abc import Sequence

import asyncssh

from bot.esxi.host_key import PinnedKeys


class PinningClient(asyncssh.SSHClient):
    """Accepts pinned keys only, and gives the password once.

    Once, since ESXi locks an account after a few wrong ones, and a server may ask in two ways in one login.
    """

    def __init__(self, pinned: PinnedKeys, password: str | None) -> None:
        self._pinned = pinned
        self._password = password
        self.refused_fingerprint: str | None = None
        """SHA-256 of a key that the host showed and that is not pinned"""
        self.unknown_key: str | None = None
        """the same key in OpenSSH's form, if nothing at all is pinned that it could be compared with"""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - asyncssh's signature
        if self._pinned.accepts(key):
            return True
        self.refused_fingerprint = key.get_fingerprint("sha256")
        if not self._pinned.keys and key not in self._pinned.revoked:
            self.unknown_key = " ".join(key.export_public_key().decode().split()[:2])
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        self._take()

    def password_auth_requested(self) -> str | None:
        return self._take()

    def kbdint_auth_requested(self) -> str | None:
        return None if self._password is None else ""

    def kbdint_challenge_received(
        self,
        name: str,  # noqa: ARG002 - asyncssh's signature
        instructions: str,  # noqa: ARG002
        lang: str,  # noqa: ARG002
        prompts: Sequence[tuple[str, bool]],
    ) -> list[str] | None:
        if not prompts:
            return []
        # An echoed or a second question is not the password's.
        if len(prompts) > 1 or prompts[0][1]:
            return None
        password = self._take()
        return None if password is None else [password]

    def _take(self) -> str | None:
        password, self._password = self._password, None
        return password
