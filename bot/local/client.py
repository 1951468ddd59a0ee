"""The command line's end."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.core.errors import Code, VmdumpError
from bot.local.wire import KEYED, SECONDS, Answer, Envelope

GRACE = 5.0
"""seconds beyond what the bot allows itself"""


def ask(path: Path, wish: Mapping[str, Any]) -> Answer:
    """Raises ``VmdumpError``: ``BAD_OPTION`` (name), ``NOT_SERVING`` (socket, cause) where nobody answers."""
    keyed = {**wish, "key": uuid.uuid4().hex} if wish["op"] in KEYED else wish
    try:
        envelope = Envelope.model_validate({"wish": keyed})
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][-1])
        raise VmdumpError(Code.BAD_OPTION, name=name) from error
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(SECONDS + GRACE)
            line.connect(str(path))
            line.sendall(envelope.model_dump_json().encode() + b"\n")
            with line.makefile("rb") as answer:
                return Answer.model_validate_json(answer.readline())
    except (OSError, ValidationError) as error:
        cause = error.strerror if isinstance(error, OSError) and error.strerror else "no answer"
        raise VmdumpError(Code.NOT_SERVING, socket=str(path), cause=cause) from error
