"""The first tables. A database that was made before Alembic came has them already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _journals()
    _requests()
    _ledger()
    _deliveries()
    _posts()
    op.create_table(
        "pictures",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("png", sa.LargeBinary, nullable=False),
    )


def _journals() -> None:
    op.create_table(
        "journals",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("journal", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("journal", "seq"),
        sa.UniqueConstraint("journal", "key"),
    )


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("vm_key", sa.String(100), nullable=False),
        sa.Column("living", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("approval_message", sa.String(32)),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index(
        "one_living_request_per_vm",
        "requests",
        ["vm_key"],
        unique=True,
        sqlite_where=sa.text("living = 1"),
        postgresql_where=sa.text("living"),
    )
    op.create_index("requests_by_message", "requests", ["channel", "approval_message"])


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("change_id", sa.String(64), primary_key=True),
        sa.Column("request", sa.String(32), nullable=False),
        sa.Column("thing", sa.String(300), nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index(
        "one_open_change_per_thing",
        "ledger",
        ["thing"],
        unique=True,
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open"),
    )


def _deliveries() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(200), nullable=False, unique=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("received_at", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_index("inbox_undone", "inbox", ["done", "due_at"])


def _posts() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("journal", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("message", sa.String(32)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.UniqueConstraint("journal", "seq"),
    )
    op.create_index("outbox_unsent", "outbox", ["state", "due_at"])
