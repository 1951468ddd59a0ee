"""Where a rule applies."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.policy.channel import Channel, channel_match
from bot.core.policy.glob import folder_match, glob_match, name_match
from bot.core.target import Machine
from bot.core.value import Value


class Scope(Value):
    """One pattern of each kind must fit. A kind that is None does not restrict; an empty one fits nothing."""

    vm: tuple[str, ...] | None = None
    """names, blind to case"""
    vcenter: tuple[str, ...] | None = None
    folder: tuple[str, ...] | None = None
    cluster: tuple[str, ...] | None = None
    channel: tuple[str, ...] | None = None
    """channel ids or patterns of channel names"""

    def covers_channel(self, channel: Channel) -> bool:
        return self.channel is None or any(channel_match(p, channel) for p in self.channel)

    def covers(self, machine: Machine, channel: Channel) -> bool:
        return (
            self.covers_channel(channel)
            and _fits(self.vm, machine.target.name, name_match)
            and _fits(self.vcenter, machine.target.vcenter, glob_match)
            and _fits(self.folder, machine.path, folder_match)
            and _fits(self.cluster, machine.cluster, glob_match)
        )


def _fits(patterns: tuple[str, ...] | None, fact: str | None, match: Callable[[str, str], bool]) -> bool:
    if patterns is None:
        return True
    return fact is not None and any(match(p, fact) for p in patterns)
