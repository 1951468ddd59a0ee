"""The Slack channel in which something is asked."""

from __future__ import annotations

import re

from bot.core.policy.glob import glob_match
from bot.core.value import Value

CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{5,}")
"""Names of channels are lower case, so none can be taken for an id"""


class Channel(Value):
    id: str
    name: str
    """without ``#``; whoever creates a channel chooses it"""


def is_channel_id(pattern: str) -> bool:
    return CHANNEL_ID.fullmatch(pattern) is not None


def channel_match(pattern: str, channel: Channel) -> bool:
    """An id means that channel alone; anything else is a pattern for the name, which must be known."""
    if is_channel_id(pattern):
        return pattern == channel.id
    return bool(channel.name) and glob_match(pattern.removeprefix("#"), channel.name)
