"""A PostgreSQL server of the tests' own: Debian's programs, a folder that goes, a port that is free."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

ROLE = "vmdump"
UNPRIVILEGED = "nobody"
"""who runs it where the tests are run by root, whom the server refuses"""


def programs() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return Path(there).resolve().parent if there else None


@dataclass(frozen=True, slots=True)
class Server:
    bin: Path
    folder: Path
    port: int
    password: str

    def url(self, database: str) -> str:
        """Without the password, as the settings want it."""
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, *values: Any, database: str = "postgres") -> list[tuple[Any, ...]]:
        """As the server's administrator, in a transaction of its own."""
        with psycopg.connect(self.url(database), password=self.password, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty one; its URL."""
        name = f"t{secrets.token_hex(6)}"
        self.sql(f'CREATE DATABASE "{name}"')
        try:
            yield self.url(name)
        finally:
            self.sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k '' -c fsync=off -c max_connections=200"
        self.run("pg_ctl", "start", "-w", "-t", "60", "-l", str(self.folder / "log"), "-o", options)

    def run(self, program: str, *words: str) -> None:
        as_root = os.geteuid() == 0
        subprocess.run(
            [self.bin / program, "-D", self.folder / "data", *words],
            check=True,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            user=UNPRIVILEGED if as_root else None,
            extra_groups=[] if as_root else None,
        )


@contextmanager
def server(bin_folder: Path) -> Iterator[Server]:
    # Not below pytest's own folder: an unprivileged user may not enter that.
    folder = Path(tempfile.mkdtemp(prefix="vmdump-postgres-", dir="/var/tmp"))
    made = Server(bin_folder, folder, _free_port(), secrets.token_urlsafe(12))
    with _gone_with_us(made):
        secret = folder / "password"
        secret.write_text(made.password)
        if os.geteuid() == 0:
            owner = pwd.getpwnam(UNPRIVILEGED)
            for path in (folder, secret):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        made.run(
            "initdb", "-U", ROLE, "--auth=scram-sha-256", "--pwfile", str(secret), "-E", "UTF8", "--no-sync"
        )
        made.start()
        yield made


@contextmanager
def _gone_with_us(made: Server) -> Iterator[None]:
    """Stops the server and removes its folder when the tests end, also when they are killed."""
    script = """
read _
[ ! -e "$1/data/postmaster.pid" ] || kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"
while [ -e "$1/data/postmaster.pid" ] && kill -0 "$(head -n 1 "$1/data/postmaster.pid")"; do sleep 0.05; done
rm -rf "$1"
"""
    guard = subprocess.Popen(
        ["sh", "-c", script, "guard", made.folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        guard.communicate()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
