"""Asking for the password of one login."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from bot.core.errors import Code, VmdumpError
from bot.esxi.access import SshServer


async def password_of(server: SshServer, name: str, seconds: float) -> str | None:
    """Asks anew, on a thread of its own: a vault's program may take seconds. None where a key is used.

    Raises ``VmdumpError(CREDENTIAL)``.
    """
    if server.password is None:
        return None
    asker = ThreadPoolExecutor(1, thread_name_prefix="ssh-password")
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().run_in_executor(asker, server.password, name)
    except TimeoutError:
        raise VmdumpError(Code.CREDENTIAL, reference=f"ssh password of {name}", cause="time-out") from None
    finally:
        asker.shutdown(wait=False)
