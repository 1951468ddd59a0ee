"""What guests told of themselves while they were well is kept: a hung guest answers nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "readings",
        sa.Column("vm_key", sa.String(100), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
