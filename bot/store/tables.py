"""The tables. ``body`` columns hold the whole value as JSON; the other columns are there to be searched."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

SCHEMA_VERSION = 3
"""number of the newest migration; a change here needs a new one below ``migrations/versions``"""

metadata = MetaData()

journals = Table(
    "journals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("head", String(64), nullable=False),
)
"""The end of each journal; its row is what a transaction locks."""

entries = Table(
    "entries",
    metadata,
    Column("journal", String(32), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("key", String(200), nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("journal", "seq"),
    UniqueConstraint("journal", "key"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("vm_key", String(100), nullable=False),
    Column("living", Boolean, nullable=False),
    Column("state", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("approval_message", String(32)),
    Column("body", Text, nullable=False),
    Index(
        "one_living_request_per_vm",
        "vm_key",
        unique=True,
        sqlite_where=text("living = 1"),
        postgresql_where=text("living"),
    ),
    Index("requests_by_message", "channel", "approval_message"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("change_id", String(64), primary_key=True),
    Column("request", String(32), nullable=False),
    Column("thing", String(300), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Index(
        "one_open_change_per_thing",
        "thing",
        unique=True,
        sqlite_where=text("open = 1"),
        postgresql_where=text("open"),
    ),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("done", Boolean, nullable=False),
    Index("inbox_undone", "done", "due_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("journal", String(32), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("address", Text, nullable=False),
    Column("message", String(32)),
    Column("tries", Integer, nullable=False),
    Column("due_at", Float, nullable=False),
    UniqueConstraint("journal", "seq", "address", name="outbox_place"),
    Index("outbox_unsent", "state", "due_at"),
)

pictures = Table(
    "pictures",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("png", LargeBinary, nullable=False),
)

readings = Table(
    "readings",
    metadata,
    Column("vm_key", String(100), primary_key=True),
    Column("body", Text, nullable=False),
)
"""What each guest told of itself when it was last asked."""
