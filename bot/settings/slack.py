"""The `slack` section: the one workspace and app that the bot answers to."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, PlainValidator, StringConstraints, model_validator

from bot.settings.credentials import EXPECTED, Credential
from bot.settings.kinds import Kind, Section
from bot.settings.listen import Listen, parse_listen

SLACK_HOSTS = ("slack.com", "slack-gov.com")


def is_loopback(host: str | None) -> bool:
    """Whether the name or address can only mean this machine."""
    if host is None or host == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _api_url(value: str) -> str:
    """The token is sent there, so it must be Slack, or a simulator on this machine."""
    try:
        url = urlsplit(value)
        host = url.hostname or ""
        whole = url.port != 0 and url.scheme in ("http", "https") and bool(host)
    except ValueError:
        raise ValueError("is not a URL") from None
    if not whole or url.username or url.password or url.query or url.fragment:
        raise ValueError("is not a plain URL")
    slack = any(host == known or host.endswith("." + known) for known in SLACK_HOSTS)
    if not is_loopback(host) and not (slack and url.scheme == "https"):
        raise ValueError("leads elsewhere, and the bot's token would be sent there")
    return value if value.endswith("/") else value + "/"


Reference = Annotated[Credential, Kind(f"a reference to a secret: {EXPECTED}")]


class Slack(Section):
    mode: Annotated[Literal["socket", "http"], Kind("socket or http")] = "socket"
    """How deliveries come: `socket` (the bot calls Slack; needs `app_token`) or `http` (Slack calls the bot;
    needs `listen` and `signing_secret`)."""

    team_id: Annotated[
        str, StringConstraints(pattern=r"^[TE][A-Z0-9]{2,20}$"), Kind("an id such as T024BE7LH")
    ]
    """The workspace. Deliveries from any other are refused."""

    app_id: Annotated[str, StringConstraints(pattern=r"^A[A-Z0-9]{2,20}$"), Kind("an id such as A012ABCD0A0")]
    """The app. Deliveries for any other are refused."""

    bot_token: Reference
    """The bot's token (`xoxb-…`)."""

    app_token: Reference | None = None
    """The app-level token (`xapp-…`) with `connections:write`; needed in mode `socket`."""

    signing_secret: Reference | None = None
    """Proves that a delivery is Slack's; needed in mode `http`."""

    listen: (
        Annotated[Listen, PlainValidator(parse_listen), Kind("host:port, such as 127.0.0.1:3000")] | None
    ) = None
    """Where to listen in mode `http`; TLS is the reverse proxy's business."""

    api_url: Annotated[
        str,
        AfterValidator(_api_url),
        Kind("https://slack.com/api/, https://slack-gov.com/api/ or a loopback URL"),
    ] = "https://slack.com/api/"
    """The Web API. GovSlack has its own; plain http, and other hosts, only on loopback, for a simulator."""

    audit_channel: (
        Annotated[
            str, StringConstraints(pattern=r"^[CG][A-Z0-9]{5,20}$"), Kind("a channel id such as C0123ABCD")
        ]
        | None
    ) = None
    """A channel that gets a copy of every request and every decision. The bot has to be in it."""

    @model_validator(mode="after")
    def _what_the_mode_needs(self) -> Self:
        if self.mode == "socket" and self.app_token is None:
            raise ValueError("has mode socket without app_token; expected app_token")
        if self.mode == "http" and (self.signing_secret is None or self.listen is None):
            raise ValueError("has mode http without its keys; expected signing_secret and listen")
        return self
