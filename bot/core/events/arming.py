"""A guest that is changed so that it writes a dump, and put back."""

from __future__ import annotations

from datetime import datetime

from bot.core.change import Change
from bot.core.entry import Event
from bot.core.errors import Code
from bot.core.events.terms import THREAD, Params
from bot.core.plan import Restart


class RestartIntended(Event, kind="restart-intended", shows=THREAD):
    """After this entry the guest may be restarting; it is asked once."""

    vm: str
    vcenter_at: datetime
    """vCenter's clock"""


class RestartUnsure(Event, kind="restart-unsure", shows=THREAD):
    """The answer was lost: the guest is looked at, and not asked again."""

    vm: str
    code: Code
    params: Params


class RestartRefused(Event, kind="restart-refused", shows=THREAD):
    """It was not restarted: what was armed counts after its next one."""

    vm: str
    code: Code
    params: Params


class Armed(Event, kind="armed", shows=THREAD, audited=True):
    """All values read back as they were set."""

    vm: str
    changes: tuple[Change, ...]
    restart: Restart
    back_seconds: float | None = None
    """after which the restarted guest answered again; None where it was not restarted, or not seen to be"""


class DisarmAsked(Event, kind="disarm-asked", shows=THREAD, audited=True):
    person: str
    vm: str
    labels: tuple[str, ...]


class Disarmed(Event, kind="disarmed", shows=THREAD):
    """Every value is as it was, or as somebody else has set it since."""

    vm: str
    changes: tuple[Change, ...]
