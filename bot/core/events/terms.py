"""What the kinds of entry are written with."""

from __future__ import annotations

from bot.core.entry import Shows
from bot.core.errors import Param

THREAD, PRIVATE, RECORD = Shows.THREAD, Shows.PRIVATE, Shows.RECORD
Params = dict[str, Param]
