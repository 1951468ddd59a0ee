"""Tickets that a vCenter gives out for one request at a host's own HTTPS port."""

import secrets
from dataclasses import dataclass

from bot.lab.host import Host


@dataclass(frozen=True)
class Ticket:
    """For whom, at which host, and the one request: `GET /path?query`."""

    user: str
    host: Host
    request: str


class Tickets:
    """Those given out and not used yet, by their id.

    A real ticket is bound to the exact method and URL. In the lab a host's name and port in a URL are only
    looked at to find the host: clients reach it at 127.0.0.1 and a port of its own, whatever URL they asked
    for. Path and query have to be the same, character by character.
    """

    def __init__(self) -> None:
        self._valid: dict[str, Ticket] = {}

    def issue(self, ticket: Ticket) -> str:
        """Give one out; its id is the secret."""
        key = secrets.token_hex(16)
        self._valid[key] = ticket
        return key

    def use(self, key: str, host: Host, request: str) -> Ticket | None:
        """Take a ticket; it is used up, whether or not it fits. None: it does not, or is not valid."""
        ticket = self._valid.pop(key, None)
        return ticket if ticket and (ticket.host, ticket.request) == (host, request) else None
