"""Asking for the password of one login."""

from __future__ import annotations

from functools import partial

from bot.core.errors import Code, VmdumpError
from bot.esxi.access import SshServer
from bot.esxi.aside import aside


async def password_of(server: SshServer, name: str, seconds: float) -> str | None:
    """Asks anew: a vault's program may take seconds. None where a key is used.

    Raises ``VmdumpError(CREDENTIAL)``.
    """
    if server.password is None:
        return None
    try:
        return await aside("ssh-password", seconds, partial(server.password, name))
    except TimeoutError:
        raise VmdumpError(Code.CREDENTIAL, reference=f"ssh password of {name}", cause="time-out") from None
