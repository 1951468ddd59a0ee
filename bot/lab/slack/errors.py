"""How the Web API says no."""

from typing import Any


class SlackError(Exception):
    """A refusal of the Web API: HTTP 200 with `ok: false` and this code.

    The codes are those of the method pages on docs.slack.dev.
    """

    def __init__(self, code: str, *, details: list[str] | None = None, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details or []
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON body; details are repeated in `response_metadata` as Slack does it."""
        body: dict[str, Any] = {"ok": False, "error": self.code, **self.extra}
        if self.details:
            body["errors"] = self.details
            body["response_metadata"] = {"messages": [f"[ERROR] {detail}" for detail in self.details]}
        return body
