"""The base of every value that is stored, hashed or shown."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable record; unknown fields are errors, so that a newer row is never half read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
