"""Where something is asked for: the rules that cover it, as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.policy.channel import Channel
from bot.core.policy.model import Policy, Rule
from bot.core.route import Route
from bot.core.target import Machine


@dataclass(frozen=True, slots=True)
class Place:
    """A VM in a channel, by a route; without a route, any may be meant, without a VM, any."""

    machine: Machine | None
    channel: Channel
    route: Route | None = None

    def rules(self, policy: Policy) -> tuple[list[Rule], list[Rule]]:
        """Those that cover it for certain, and those that may."""
        fits = [(rule, self._covered(rule)) for rule in policy.rules]
        return [r for r, fit in fits if fit is True], [r for r, fit in fits if fit is None]

    def _covered(self, rule: Rule) -> bool | None:
        if self.machine is None:
            return rule.scope.covers_channel(self.channel)
        return rule.scope.covers(self.machine, self.channel, self.route)
