"""A small world for the policy: four people, one VM, one channel."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.core.policy.channel import Channel
from bot.core.policy.model import Approval, Grant, Group, Means, Policy, Rule
from bot.core.policy.people import Membership, Unreadable, resolve
from bot.core.policy.place import Place
from bot.core.policy.right import Right
from bot.core.policy.scope import Scope
from bot.core.target import Machine, Target
from bot.core.vote import Choice, Vote

ALICE, BOB, CAROL, DORA, MALLORY = "U0ALICE042", "U024BE7LH", "U0G9QF9C6", "U0DORA0001", "U0MALLORY"
Read = Mapping[str, frozenset[str] | Unreadable]
NONE: Read = {}
EVERYWHERE = Scope()
INCIDENT = Channel(id="C0INC42000", name="inc-42")
DIGEST, NOON = "d1", datetime(2026, 6, 1, 12, tzinfo=UTC)
NO_RIGHTS: Mapping[Right, tuple[str, ...]] = {}


def machine(
    name: str = "DumpTest",
    path: str = "/DC1/vm/prod/DumpTest",
    cluster: str | None = None,
    vcenter: str = "vc1",
) -> Machine:
    return Machine(
        target=Target(
            vcenter=vcenter,
            moid="vm-1",
            name=name,
            instance_uuid="502a0c3e-0000-0000-0000-000000000001",
            bios_uuid="4230f9ee-a22a-3ce0-0233-07acaff8d25c",
            vmx_path="/vmfs/volumes/a/b/b.vmx",
            host_moid="host-1",
            host_name="esx-01.example.com",
        ),
        path=path,
        guest_id="windows8Server64Guest",
        guest_name="Windows",
        family="windows",
        notes="",
        memory_mib=4096,
        cpus=2,
        power="poweredOn",
        connection="connected",
        template=False,
        managed_by=None,
        question=None,
        fault_tolerance="notConfigured",
        cluster=cluster,
        resource_pool=None,
        guest_host_name=None,
        guest_addresses=(),
        heartbeat="green",
        tools="guestToolsRunning",
        disabled_methods=(),
    )


def approval(
    people: tuple[str, ...] = ("owners",),
    quorum: int = 1,
    expires: float = 900.0,
    self_approval: bool = False,
) -> Approval:
    return Approval(
        people=people,
        quorum=quorum,
        by=(Means.REACTION,),
        expires_seconds=expires,
        self_approval=self_approval,
    )


def rule(
    name: str = "production",
    request: tuple[str, ...] = ("sre",),
    approve: Approval | None = None,
    scope: Scope = EVERYWHERE,
    rehearse: Grant | None = None,
    arm: Grant | None = None,
    grants: Mapping[Right, tuple[str, ...]] = NO_RIGHTS,
) -> Rule:
    return Rule(
        name=name,
        scope=scope,
        request=request,
        approve=approve or approval(),
        rehearse=rehearse,
        arm=arm,
        grants=grants,
    )


def grant(request: tuple[str, ...] = ("sre",), approve: Approval | None = None) -> Grant:
    return Grant(request=request, approve=approve or approval())


GROUPS = (
    Group(name="sre", users=(ALICE,), usergroup="S0123ABCD"),
    Group(name="owners", users=(BOB, CAROL)),
    Group(name="empty"),
)


def policy(*rules: Rule, groups: tuple[Group, ...] = GROUPS, admins: tuple[str, ...] = ()) -> Policy:
    return Policy(groups=groups, rules=rules, admins=admins, sha256="0" * 64)


def members(of: Policy, read: Read = NONE) -> Membership:
    return resolve(of, {"S0123ABCD": frozenset(), **read})


def place(vm: Machine | None = None, channel: Channel = INCIDENT) -> Place:
    return Place(vm or machine(), channel)


def vote(
    person: str,
    choice: Choice = Choice.APPROVE,
    second: int = 0,
    digest: str = DIGEST,
    means: Means = Means.REACTION,
) -> Vote:
    at = NOON + timedelta(seconds=second)
    return Vote(person=person, choice=choice, digest=digest, at=at, groups=(), means=means)
