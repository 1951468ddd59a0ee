"""What asyncssh may do for a login, and what it may not."""

from __future__ import annotations

from typing import Any

from bot.esxi.access import SshServer
from bot.esxi.host_key import PinnedKeys

_MODERN = {
    # asyncssh still offers what OpenSSH dropped in 8.2 and 8.8.
    "kex_algs": "-diffie-hellman-group14-sha1",
    "signature_algs": "-ssh-rsa",
}
_LEGACY = {
    "kex_algs": "+diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1",
    "encryption_algs": "+aes256-cbc,aes192-cbc,aes128-cbc",
    "mac_algs": "+hmac-sha1",
}


def options_for(server: SshServer, pinned: PinnedKeys, seconds: float) -> dict[str, Any]:
    """Nothing from the account that the bot runs under: no agent, no ``~/.ssh``, nothing forwarded."""
    options: dict[str, Any] = {
        "config": None,
        "username": server.user,
        "client_keys": None if server.key_file is None else [str(server.key_file)],
        "known_hosts": ([], [], []),
        "agent_path": None,
        "agent_forwarding": False,
        "x11_forwarding": False,
        "gss_auth": False,
        "gss_kex": False,
        "host_based_auth": False,
        "public_key_auth": server.key_file is not None,
        "password_auth": server.password is not None,
        "kbdint_auth": server.password is not None,
        "preferred_auth": "publickey,keyboard-interactive,password",
        "send_env": None,
        "env": None,
        "keepalive_interval": 15,
        "login_timeout": seconds,
    }
    options |= _LEGACY if server.legacy else _MODERN
    if algorithms := pinned.algorithms(legacy=server.legacy):
        options["server_host_key_algs"] = algorithms
    return options
