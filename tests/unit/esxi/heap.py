"""Logs in with a password that a program gives, then says where in this process its text is still reachable.

``python -m tests.unit.esxi.heap PROGRAM KNOWN_HOSTS PORT DROWSSAP [keep]``: the password comes backwards, so
that it is not the text that is looked for. With ``keep`` it is kept on purpose: such a look must find it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from dataclasses import replace
from pathlib import Path

import asyncssh

from bot.core.errors import VmdumpError
from bot.esxi import HostAccess, SshShells
from bot.ops.logs import configure
from bot.settings.credentials import Credential

KEPT: list[str] = []


def holders(backwards: str) -> set[str]:
    """Types of what refers to a text with the secret in it, in all that can be reached from anywhere."""
    text = backwards[::-1]
    data = text.encode()
    todo: list[object] = [*gc.get_objects(), *sys._current_frames().values()]
    seen = {id(todo), id(text), id(data)}
    found: set[str] = set()
    while todo:
        one = todo.pop()
        for other in gc.get_referents(one):
            if id(other) in seen:
                continue
            if isinstance(other, str):
                held = text in other
            elif isinstance(other, bytes | bytearray):
                held = data in other
            else:
                held = False
                seen.add(id(other))
                todo.append(other)
            if held:
                found.add(type(one).__name__)
    return found


async def main(program: str, known_hosts: str, port: str, backwards: str, *keep: str) -> None:
    configure("debug")
    vault = Credential.parse({"exec": [program, "{host}"]})

    def password(host: str) -> str:
        read = vault.read(host=host)
        if keep:
            KEPT.append(read)
        return read

    right = HostAccess(
        covers=lambda _: True,
        known_hosts=Path(known_hosts),
        address="127.0.0.1",
        port=int(port),
        password=password,
    )
    async with SshShells([right]).open("esx-01.example.com"):
        gc.collect()
        print("open:", *sorted(holders(backwards)))
    wrong = replace(right, password=lambda name: f"{password(name)}?")
    try:
        async with SshShells([wrong]).open("esx-01.example.com"):
            pass
    except VmdumpError:
        logging.getLogger("bot.esxi").exception("refused")
    # The loop closes the connection in its next turns; until then it holds how the login ended.
    while any(isinstance(one, asyncssh.SSHClientConnection) for one in gc.get_objects()):
        await asyncio.sleep(0)
        gc.collect()
    print("after:", *sorted(holders(backwards)))
    logging.getLogger("bot").warning("told: %s", backwards[::-1])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
