"""Times in which nothing is approved."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.value import Value

LOOKED_AHEAD = timedelta(days=400)
"""windows that follow each other longer than this count as for ever"""


class Freeze(Value):
    """A window that comes again on its days, or lasts from one date to another."""

    name: str
    zone: str
    """a name of the IANA time zone database"""
    days: tuple[int, ...] = tuple(range(7))
    """on which a window begins: 0 is Monday"""
    start: time = time(0)
    end: time = time(0)
    """wall-clock time of the zone; not after ``start`` means on the next day"""
    first: date | None = None
    """no window begins before this day"""
    last: date | None = None
    """no window begins after this day"""

    def until(self, now: datetime) -> datetime | None:
        """When the window that ``now`` lies in is over, in UTC; None outside. The end itself is outside."""
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        # A window that began yesterday may still last.
        windows = [self._window(day, zone) for day in (today - timedelta(days=1), today)]
        inside = [window[1] for window in windows if window is not None and window[0] <= now < window[1]]
        return max(inside, default=None)

    def _window(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        if day.weekday() not in self.days:
            return None
        if (self.first and day < self.first) or (self.last and day > self.last):
            return None
        next_day = day + timedelta(days=1 if self.end <= self.start else 0)
        # Where a time comes twice or not at all since the clock is changed, the longer window counts.
        return min(_readings(day, self.start, zone)), max(_readings(next_day, self.end, zone))


def _readings(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """What the wall clock can mean: as UTC, since times of one zone compare by their digits."""
    read = datetime.combine(day, at, zone)
    return read.astimezone(UTC), read.replace(fold=1).astimezone(UTC)


class Frozen(Value):
    """By which window, and until when."""

    name: str
    until: datetime


def frozen(windows: tuple[Freeze, ...], now: datetime) -> Frozen | None:
    """Whether a window holds, and when the last of those that follow each other without a gap is over."""
    found: Frozen | None = None
    at = now
    while at - now < LOOKED_AHEAD:
        ends = [(end, window.name) for window in windows if (end := window.until(at)) is not None]
        if not ends:
            break
        end, name = max(ends)
        found = Frozen(name=found.name if found else name, until=end)
        at = end
    return found
