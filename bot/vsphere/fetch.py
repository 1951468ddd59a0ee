"""Reading the start of a page over HTTPS."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage

_BLOCK = 64 << 10


@dataclass(frozen=True)
class Fetched:
    status: int
    headers: HTTPMessage
    data: bytes


def fetch_start(
    connection: HTTPConnection, path: str, headers: Mapping[str, str], *, most: int, seconds: float
) -> tuple[int, bytes]:
    """HTTP status and data of ``fetch``."""
    fetched = fetch(connection, path, headers, most=most, seconds=seconds)
    return fetched.status, fetched.data


def fetch(
    connection: HTTPConnection, path: str, headers: Mapping[str, str], *, most: int, seconds: float
) -> Fetched:
    """At most the first ``most`` bytes; the connection is closed, whatever was left.

    ``seconds`` bounds the whole; a socket's time-out does not. Raises ``OSError`` and ``HTTPException``.
    """
    deadline = time.monotonic() + seconds
    data = bytearray()
    try:
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        while len(data) < most and (block := response.read1(min(_BLOCK, most - len(data)))):
            data += block
            if time.monotonic() > deadline:
                raise TimeoutError
        return Fetched(response.status, response.headers, bytes(data))
    finally:
        connection.close()
