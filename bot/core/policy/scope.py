"""Where a rule applies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.core.policy.channel import Channel, channel_match, is_channel_id
from bot.core.policy.glob import folder_match, glob_match, name_match
from bot.core.route import Route
from bot.core.target import Machine
from bot.core.value import Value


class Scope(Value):
    """One pattern of each kind must fit. A kind that is None does not restrict; an empty one fits nothing."""

    vm: tuple[str, ...] | None = None
    """names, blind to case"""
    vcenter: tuple[str, ...] | None = None
    folder: tuple[str, ...] | None = None
    cluster: tuple[str, ...] | None = None
    resource_pool: tuple[str, ...] | None = None
    tag: tuple[str, ...] | None = None
    """``category:name``"""
    attribute: tuple[str, ...] | None = None
    """``name=value`` of custom attributes"""
    guest: tuple[str, ...] | None = None
    """families: ``windows``, ``linux``, ``other``"""
    channel: tuple[str, ...] | None = None
    """channel ids or patterns of channel names"""
    route: tuple[Route, ...] | None = None

    @property
    def any_vm(self) -> bool:
        """Whether it is the same for all VMs and routes."""
        return self == Scope(channel=self.channel)

    def covers_channel(self, channel: Channel) -> bool | None:
        """None where it hangs on the channel's name, which is not known."""
        if self.channel is None or any(channel_match(p, channel) for p in self.channel):
            return True
        return None if not channel.name and not all(map(is_channel_id, self.channel)) else False

    def covers(self, machine: Machine, channel: Channel, route: Route | None = None) -> bool | None:
        """None where it hangs on what could not be read. No route given: any may be meant."""
        fits = [fit for _, fit in self.kinds(machine, channel, route)]
        if False in fits:
            return False
        return None if None in fits else True

    def kinds(
        self, machine: Machine, channel: Channel, route: Route | None
    ) -> Iterator[tuple[str, bool | None]]:
        """Each kind that restricts, and whether it fits; None: it could not be read."""
        facts: list[
            tuple[str, tuple[str, ...] | None, tuple[str, ...] | None, Callable[[str, str], bool]]
        ] = [
            ("vm", self.vm, (machine.target.name,), name_match),
            ("vcenter", self.vcenter, (machine.target.vcenter,), glob_match),
            ("folder", self.folder, (machine.path,), folder_match),
            # A host may stand outside every cluster; outside every pool are templates alone.
            ("cluster", self.cluster, () if machine.cluster is None else (machine.cluster,), glob_match),
            (
                "resource_pool",
                self.resource_pool,
                None if machine.resource_pool is None else (machine.resource_pool,),
                glob_match,
            ),
            ("tag", self.tag, machine.tags, glob_match),
            ("attribute", self.attribute, machine.attributes, glob_match),
            ("guest", self.guest, (machine.family,), str.__eq__),
        ]
        if self.channel is not None:
            yield "channel", self.covers_channel(channel)
        for kind, patterns, found, match in facts:
            if patterns is not None:
                yield kind, None if found is None else any(match(p, f) for p in patterns for f in found)
        if self.route is not None:
            yield "route", route is None or route in self.route
