"""The `database` key: SQLite in one file, or PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import PlainValidator

from bot.settings.kinds import Kind, resolve_path


@dataclass(frozen=True, slots=True)
class Database:
    """Exactly one of the two is set."""

    file: Path | None = None
    """SQLite, absolute"""
    postgresql: str | None = None
    """``postgresql://user@host:5432/name``, without a password"""

    @property
    def url(self) -> str:
        """As SQLAlchemy spells it, where ``sqlite:////x`` is absolute."""
        return f"sqlite:///{self.file}" if self.file is not None else str(self.postgresql)

    @property
    def trusts_anybody(self) -> bool:
        """Whether another server could answer in this one's place: it is remote and need not prove itself."""
        if self.postgresql is None:
            return False
        url = urlsplit(self.postgresql)
        query = dict(parse_qsl(url.query))
        host = query.get("host", url.hostname or "")
        near = not host or host.startswith("/") or host in {"localhost", "127.0.0.1", "::1"}
        return not near and query.get("sslmode") != "verify-full"


def parse_database(value: Any) -> Database:
    """Raises ``ValueError``; the text is not repeated, since people put passwords into such URLs."""
    if isinstance(value, Database):
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("is not the URL of a database")
    if value.startswith("sqlite:"):
        return Database(file=_sqlite(value))
    try:
        url = urlsplit(value)
        port_known = url.port != 0
    except ValueError:
        port_known = False
        url = urlsplit("")
    if url.scheme != "postgresql" or not port_known or not url.path.strip("/"):
        raise ValueError("is not the URL of a database")
    if url.password is not None or "password" in dict(parse_qsl(url.query)):
        raise ValueError(
            "has a password in it; expected the URL without, and database_password with a reference"
        )
    return Database(postgresql=str(value))


def _sqlite(value: str) -> Path:
    path = value.removeprefix("sqlite:")
    if path.startswith("//"):
        if not path.startswith("///"):
            raise ValueError("has a host in a sqlite URL")
        path = "/" + path.lstrip("/")
    if not path.strip("/") or "?" in path:
        raise ValueError("has no plain path in its sqlite URL")
    return resolve_path(path, value)


DatabaseUrl = Annotated[
    Database,
    PlainValidator(parse_database),
    Kind("sqlite:///absolute/path, sqlite:relative/path or postgresql://user@host/name"),
]
