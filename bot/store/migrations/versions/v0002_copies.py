"""An entry may be posted to several places: where people see it, and to the auditors."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_NAMES = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}
"""as PostgreSQL names what has no name; SQLite keeps none"""


def upgrade() -> None:
    with op.batch_alter_table("outbox", naming_convention=_NAMES) as outbox:
        outbox.drop_constraint("outbox_journal_seq_key", type_="unique")
        outbox.create_unique_constraint("outbox_place", ["journal", "seq", "address"])
