"""The arguments of one Web API call."""

import json
from typing import Any

from aiohttp import web

from bot.lab.slack.errors import SlackError


class Arguments:
    """What a client sent, whether in the query, as a form or as JSON."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    @classmethod
    async def read(cls, request: web.Request) -> "Arguments":
        """Read a request. Raises SlackError `invalid_json`."""
        values: dict[str, Any] = dict(request.query)
        if request.content_type == "application/json":
            try:
                values.update(await request.json())
            except (ValueError, TypeError):
                raise SlackError("invalid_json") from None
        else:
            values.update(await request.post())
        return cls(values)

    def text(self, name: str) -> str:
        """A string, empty if it was not sent."""
        value = self._values.get(name)
        return "" if value is None else str(value)

    def optional(self, name: str) -> str | None:
        """A string, or None if it was not sent or is empty."""
        return self.text(name) or None

    def number(self, name: str, default: int) -> int:
        """A whole number. Raises SlackError `invalid_arguments`."""
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise SlackError("invalid_arguments") from None

    def flag(self, name: str) -> bool:
        """A boolean in any of the ways that clients send it."""
        return self.text(name).lower() in ("1", "true")

    def structure(self, name: str, error: str) -> Any:
        """A JSON value, which a form carries as text. Raises SlackError `error`."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error) from None
