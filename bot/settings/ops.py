"""The `ops` section: how the bot itself is watched."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainValidator

from bot.settings.kinds import Kind, Section
from bot.settings.listen import Listen, parse_listen


class Ops(Section):
    listen: (
        Annotated[Listen, PlainValidator(parse_listen), Kind("host:port, such as 127.0.0.1:9109")] | None
    ) = None
    """Where `/healthz`, `/readyz` and `/metrics` are answered, over plain HTTP and to whoever asks; left out,
    nowhere."""
