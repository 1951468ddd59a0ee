"""An address to listen on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Listen:
    """Port 0 takes any free one."""

    host: str
    port: int


def parse_listen(value: Any) -> Listen:
    """Raises ``ValueError``."""
    if isinstance(value, Listen):
        return value
    host, colon, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not (host and colon and port.isascii() and port.isdigit() and int(port[:6]) <= 65535):
        raise ValueError("is not an address with a port")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError("has an IPv6 address without brackets")
    return Listen(host.removeprefix("[").removesuffix("]"), int(port))
