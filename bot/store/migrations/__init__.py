"""The tables' history, for Alembic: one file below ``versions`` for each number of ``SCHEMA_VERSION``."""
