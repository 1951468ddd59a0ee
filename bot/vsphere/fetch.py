"""Reading the start of a page over HTTPS."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http.client import HTTPConnection

_BLOCK = 64 << 10


def fetch_start(
    connection: HTTPConnection, path: str, headers: Mapping[str, str], *, most: int, seconds: float
) -> tuple[int, bytes]:
    """HTTP status and at most the first ``most`` bytes; the connection is closed, whatever was left.

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
        return response.status, bytes(data)
    finally:
        connection.close()
