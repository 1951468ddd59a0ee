"""What the specification asks of the policy, and the site that it asks about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bot.core.policy.administering import decide_admin
from bot.core.policy.asking import ANY_ROUTE, decide_asking, decide_request, reconsider
from bot.core.policy.channel import Channel
from bot.core.policy.decision import Decision
from bot.core.policy.freeze import frozen
from bot.core.policy.holding import decide_right
from bot.core.policy.model import Means, Policy
from bot.core.policy.people import Membership, Unreadable, resolve
from bot.core.policy.place import Place
from bot.core.policy.quorum import enough
from bot.core.policy.requirement import Requirement
from bot.core.policy.right import Right
from bot.core.policy.voting import approving, decide_vote
from bot.core.purpose import Purpose
from bot.core.route import Route
from bot.core.vote import Choice, Vote
from bot.settings.rbac_file import load_policy
from tests.unit.policy.world import ALICE, CAROL, DIGEST, INCIDENT, machine, vote

SITE = """
groups:
  alice: {users: [U0ALICE042]}
  bob: {users: [U024BE7LH]}
  carol: {users: [U0G9QF9C6]}
  dora: {users: [U0DORA0001]}
  sre: {users: [U0ALICE042, U024BE7LH]}
  owners: {users: [U024BE7LH, U0G9QF9C6]}
  security: {users: [U0G9QF9C6, U0DORA0001]}
  empty: {}
  slack: {usergroup: S0SLACK000}          # Slack says: Erin, and Carol; unless it does not answer
  mixed: {users: [U0DORA0001], usergroup: S0SLACK000}
roles:
  operator: [cancel, restore]
freezes:
  night: {zone: Europe/Berlin, from: "22:00", to: "06:00"}
  friday: {zone: UTC, days: [fri], from: "22:00", to: "06:00"}
  weekend: {zone: UTC, days: [sat, sun]}
  monday: {zone: UTC, days: [mon], to: "06:00"}
  year-end: {zone: Europe/Berlin, first: "2026-12-24", last: "2026-12-31"}
  until-two: {zone: Europe/Berlin, from: "01:00", to: "02:30"}
  from-two: {zone: Europe/Berlin, from: "02:30", to: "04:00"}
admins: [dora]
"""
ERIN = "U0ERIN0001"
HERE = machine(cluster="gold").model_copy(
    update={"resource_pool": "batch", "tags": ("env:prod", "tier:1"), "attributes": ("Owner=payments",)}
)
RANDOM, NAMELESS = Channel(id="C0RANDOM00", name="random"), Channel(id="C0INC42000", name="")

Question = Callable[[Policy], str]
Open = Callable[[Requirement, Membership, str], str]
"""a question on an open request, given who asked for it"""


def rule(name: str, body: str) -> dict[str, Any]:
    return {"name": name, "match": {}, **yaml.safe_load("{" + body + "}")}


def usual(body: str = "", approve: str = "", name: str = "usual") -> dict[str, Any]:
    """The usual rule with what is different."""
    demand = {"from": ["owners"], **yaml.safe_load("{" + approve + "}")}
    return {"request": ["sre"], "approve": demand, **rule(name, body)}


def read(*rules: dict[str, Any]) -> Policy:
    """As ``vmdump serve`` reads it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "rbac.yaml")
        path.write_text(SITE + yaml.safe_dump({"rules": list(rules)}), encoding="utf-8")
        return load_policy(path)


def who(policy: Policy, unread: bool = False) -> Membership:
    said = Unreadable("timeout") if unread else frozenset({ERIN, CAROL})
    return resolve(policy, {"S0SLACK000": said})


def told(decision: Decision) -> str:
    return "allowed" if decision.allowed else str(decision.code)


# --- what can be asked of the policy


def asks(
    then: Open | None = None,
    person: str = ALICE,
    channel: Channel = INCIDENT,
    routes: tuple[Route, ...] = ANY_ROUTE,
    purpose: Purpose = Purpose.CAPTURE,
    unread: bool = False,
    **facts: Any,
) -> Question:
    """May the person request it; if so, the question that follows."""

    def answer(policy: Policy) -> str:
        membership = who(policy, unread)
        place = Place(HERE.model_copy(update=facts), channel)
        decision = decide_request(policy, membership, person, place, purpose, routes)
        if then is None or not decision.allowed or decision.requirement is None:
            return told(decision)
        return then(decision.requirement, membership, person)

    return answer


def may_look(person: str, channel: Channel = INCIDENT, unread: bool = False) -> Question:
    """Is any VM looked up for the person at all."""
    return lambda policy: told(decide_asking(policy, who(policy, unread), person, Place(None, channel)))


def holds(
    person: str, right: Right, unread: bool = False, route: Route | None = None, **facts: Any
) -> Question:
    place = Place(HERE.model_copy(update=facts), INCIDENT, route)
    return lambda policy: told(decide_right(policy, who(policy, unread), person, right, place))


def admin(person: str) -> Question:
    return lambda policy: told(decide_admin(policy, who(policy), person))


def named_by(person: str = ALICE, **facts: Any) -> Question:
    """The rules that a refusal or an approval names."""

    def answer(policy: Policy) -> str:
        place = Place(HERE.model_copy(update=facts), INCIDENT)
        decision = decide_request(policy, who(policy), person, place)
        return f"{told(decision)}: {', '.join(decision.rules)}"

    return answer


def reloaded(
    *rules: dict[str, Any], then: Open | None = None, routes: tuple[Route, ...] = (Route.SSH,)
) -> Question:
    """Alice asked under the row's rules; these are in force now."""

    def answer(policy: Policy) -> str:
        place = Place(HERE, INCIDENT)
        first = decide_request(policy, who(policy), ALICE, place)
        assert first.requirement is not None
        after = read(*rules)
        now = reconsider(after, who(after), ALICE, place, first.requirement, routes=routes)
        if then is None or now.requirement is None:
            return told(now)
        return then(now.requirement, who(after), ALICE)

    return answer


def votes(
    person: str, choice: Choice = Choice.APPROVE, means: Means = Means.REACTION, unread: bool = False
) -> Open:
    def answer(requirement: Requirement, membership: Membership, requester: str) -> str:
        if unread:
            membership = Membership({**membership.groups, **who(read(), unread=True).groups})
        return told(decide_vote(requirement, membership, person, requester, choice, means))

    return answer


def denies(person: str, unread: bool = False) -> Open:
    return votes(person, Choice.DENY, unread=unread)


def approved(*people: str, means: Means = Means.REACTION) -> Open:
    """Are the approvals of these people enough."""

    def answer(requirement: Requirement, membership: Membership, requester: str) -> str:
        cast = tuple(vote(person, means=means) for person in people)
        return count(cast)(requirement, membership, requester)

    return answer


def count(cast: tuple[Vote, ...]) -> Open:
    def answer(requirement: Requirement, membership: Membership, requester: str) -> str:
        counted = approving(requirement, membership, cast, DIGEST, requester)
        return "approved" if enough(requirement, membership, counted) else "not yet"

    return answer


def at(moment: str) -> Open:
    """Is anything approved at that time."""

    def answer(requirement: Requirement, membership: Membership, requester: str) -> str:
        window = frozen(requirement.freezes, datetime.fromisoformat(moment + "+00:00"))
        return f"until {window.until:%m-%d %H:%M}" if window else "open"

    return answer


def needs(field: str) -> Open:
    def answer(requirement: Requirement, membership: Membership, requester: str) -> str:
        value = getattr(requirement, field)
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    return answer
