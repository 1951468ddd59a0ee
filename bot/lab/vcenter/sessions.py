"""Sessions, and the calls that begin and end them."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from bot.lab.center import Center
from bot.lab.vcenter.waiting import Watcher
from bot.lab.world import LOG

if TYPE_CHECKING:
    from bot.lab.vcenter.call import Call

# pyVmomi sends the whole Set-Cookie line back, attributes and all; other clients send the pair alone.
_COOKIE = re.compile(r'vmware_soap_session="?([^";]+)"?')


@dataclass
class Session:
    """Who is logged in, with the pages of results that the session has not fetched yet, and what it watches:
    its property collectors by managed object id.
    """

    key: str
    user: str
    since: datetime
    age: int
    pages: dict[str, list[str]] = field(default_factory=dict)
    watchers: dict[str, Watcher] = field(default_factory=lambda: {"propertyCollector": Watcher()})


class Sessions:
    """The living sessions of a vCenter; those begun before its last `expire_sessions` are dead."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._living: dict[str, Session] = {}

    def begin(self, user: str) -> Session:
        """Log somebody in."""
        session = Session(secrets.token_hex(20), user, datetime.now(UTC), self._center.session_age)
        self._living[session.key] = session
        return session

    def end(self, session: Session) -> None:
        """Log somebody out."""
        self._living.pop(session.key, None)

    def end_all(self) -> None:
        """Log everybody out."""
        self._living.clear()

    @property
    def full(self) -> bool:
        """Whether there are as many sessions as the vCenter lets there be."""
        limit = self._center.session_limit
        return limit is not None and sum(map(self.lives, self._living.values())) >= limit

    def lives(self, session: Session | None) -> bool:
        """Whether a session has not ended and not expired."""
        return session is not None and session.key in self._living and session.age == self._center.session_age

    def of_cookie(self, header: str) -> Session | None:
        """The session that a Cookie header names."""
        match = _COOKIE.search(header)
        return self.of_key(match[1]) if match else None

    def of_key(self, key: str) -> Session | None:
        """The living session of that key."""
        session = self._living.get(key)
        return session if self.lives(session) else None

    @staticmethod
    def cookie(session: Session) -> str:
        """The Set-Cookie header for a session."""
        return f'vmware_soap_session="{session.key}"; Path=/; HttpOnly; Secure;'


async def login(call: "Call") -> Any:
    """SessionManager.Login. Raises the fault InvalidLogin."""
    center = call.world.vcenter
    given = (call.args["userName"], call.args["password"])
    if given != (center.username, center.password):
        raise vim.fault.InvalidLogin(msg="Cannot complete login due to an incorrect user name or password.")
    call.session = call.sessions.begin(center.username)
    return described(call.session)


def described(session: Session) -> Any:
    """A session as its own client sees it."""
    return vim.UserSession(
        key=session.key,
        userName=session.user,
        fullName=session.user,
        loginTime=session.since,
        lastActiveTime=session.since,
        locale="en",
        messageLocale="en",
    )


async def logout(call: "Call") -> None:
    """SessionManager.Logout."""
    if call.session is not None:
        call.sessions.end(call.session)
        call.world.touch(LOG)
