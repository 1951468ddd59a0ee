"""Who may request a capture or a rehearsal, and what approval that then needs."""

from __future__ import annotations

from bot.core.errors import Code
from bot.core.policy.channel import Channel
from bot.core.policy.decision import Decision, granted, unreadable
from bot.core.policy.model import Grant, Policy, Rule
from bot.core.policy.people import Membership
from bot.core.policy.requirement import Requirement, of_grant, together
from bot.core.purpose import Purpose
from bot.core.target import Machine


def decide_asking(
    policy: Policy,
    membership: Membership,
    person: str,
    channel: Channel,
    purpose: Purpose = Purpose.CAPTURE,
) -> Decision:
    """Whether any rule could let the person request anything for this purpose in this channel.

    To be asked before a VM is looked up, so that strangers cannot learn which VMs there are.
    """
    here = [rule for rule in policy.rules if rule.scope.covers_channel(channel)]
    return _ask(membership, person, _grants(here, purpose), unsure_matters=False)


def decide_request(
    policy: Policy,
    membership: Membership,
    person: str,
    machine: Machine,
    channel: Channel,
    purpose: Purpose = Purpose.CAPTURE,
) -> Decision:
    """Whether the person may request this VM in this channel for this purpose, and what approval that needs.

    The requirements of all rules that cover the VM and name the person apply together. If it is not known
    whether one of them names the person, that is refused too: it could ask for more.
    """
    here = _grants([rule for rule in policy.rules if rule.scope.covers(machine, channel)], purpose)
    asked = _ask(membership, person, here, unsure_matters=True)
    if not asked.allowed:
        return asked
    requirement = together(*(of_grant(rule.name, grant) for rule, grant in here if rule.name in asked.rules))
    dead_end = _dead_end(requirement, membership, person)
    return dead_end or asked.model_copy(update={"requirement": requirement})


def reconsider(
    policy: Policy,
    membership: Membership,
    requester: str,
    machine: Machine,
    channel: Channel,
    stored: Requirement,
    purpose: Purpose = Purpose.CAPTURE,
) -> Decision:
    """What an open request needs under the policy that is in force now.

    The stored requirement and today's apply together, so a changed policy narrows a request and never widens
    it. Refused where the requester may no longer ask, or nobody is left who could approve.
    """
    now = decide_request(policy, membership, requester, machine, channel, purpose)
    if now.requirement is None:
        return now
    requirement = together(stored, now.requirement)
    dead_end = _dead_end(requirement, membership, requester)
    return dead_end or now.model_copy(update={"requirement": requirement})


def _grants(rules: list[Rule], purpose: Purpose) -> list[tuple[Rule, Grant]]:
    """The rules that say anything about the purpose."""
    return [(rule, grant) for rule in rules if (grant := rule.grant(purpose)) is not None]


def _ask(
    membership: Membership, person: str, grants: list[tuple[Rule, Grant]], *, unsure_matters: bool
) -> Decision:
    standings = [(rule, membership.standing(person, grant.request)) for rule, grant in grants]
    granting = [(rule, s) for rule, s in standings if s.member]
    unsure = [(rule, s) for rule, s in standings if s.unsure]
    if unsure and (unsure_matters or not granting):
        return unreadable(unsure)
    if not granting:
        return Decision(allowed=False, code=Code.NOT_ALLOWED)
    return granted(granting)


def _dead_end(requirement: Requirement, membership: Membership, requester: str) -> Decision | None:
    """A refusal if too few people could approve, the requester left out unless the rules let them in."""
    could = frozenset.intersection(*(membership.known(names) for names in requirement.approvers))
    if not requirement.self_approval:
        could -= {requester}
    if len(could) >= requirement.quorum and requirement.by:
        return None
    unread = membership.unreadable(requirement.groups)
    return Decision(
        allowed=False,
        code=Code.GROUP_UNREADABLE if unread else Code.NO_APPROVERS,
        rules=requirement.rules,
        groups=unread or requirement.groups,
    )
