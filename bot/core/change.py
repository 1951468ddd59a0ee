"""A thing altered, and what it was before."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from bot.core.cluster import AutomationOverride, MonitoringOverride
from bot.core.guest_change import GuestTextChange, GuestUnitChange, RegistryChange, SysctlChange
from bot.core.target import Ruleset
from bot.core.value import Value


class Standing(StrEnum):
    """How a thing stands, seen from the change that was made or is to be made to it."""

    BEFORE = "before"
    """as it was"""
    OURS = "ours"
    """as the change makes it"""
    OTHER = "other"
    """somebody else has set it to a third thing"""


class Stand(Value):
    standing: Standing
    seen: str
    """for people"""


class _OnHost(Value):
    """Released as soon as the host is not needed any more."""

    vcenter: str
    host_moid: str
    host_name: str

    @property
    def place(self) -> str:
        return self.host_name

    @property
    def held_for_guest(self) -> bool:
        return False

    @property
    def in_guest(self) -> bool:
        return False


class ServiceChange(_OnHost):
    """A host service that is started for a capture and stopped again after it.

    Only what is stopped is ever changed, so the former state is always ``running: False``; the policy is
    noted since somebody who changes it meanwhile has taken the service over.
    """

    kind: Literal["service"] = "service"
    service: str
    label: str
    former_policy: str

    @property
    def thing(self) -> str:
        """What is altered; one open change per thing."""
        return f"{self.vcenter}/{self.host_moid}/service/{self.service}"

    @property
    def aim(self) -> str:
        """What people approve of it, besides the thing."""
        return "running"


class RulesetChange(_OnHost):
    """A rule set of the host's firewall that lets the bot in."""

    kind: Literal["ruleset"] = "ruleset"
    former: Ruleset
    ours: Ruleset

    @property
    def label(self) -> str:
        return f"firewall {self.ours.id}"

    @property
    def thing(self) -> str:
        return f"{self.vcenter}/{self.host_moid}/ruleset/{self.ours.id}"

    @property
    def aim(self) -> str:
        return self.ours.model_dump_json()


class ShellTimeoutChange(_OnHost):
    """``UserVars.ESXiShellTimeOut``: the host itself stops SSH after so many seconds, should the bot be gone.

    Whether a host honours it for a service that vCenter starts is not documented [unknown].
    """

    kind: Literal["shell-timeout"] = "shell-timeout"
    former: int
    """seconds; 0 for never"""
    ours: int

    @property
    def label(self) -> str:
        return "shell time-out"

    @property
    def thing(self) -> str:
        return f"{self.vcenter}/{self.host_moid}/option/UserVars.ESXiShellTimeOut"

    @property
    def aim(self) -> str:
        return str(self.ours)


class _InCluster(Value):
    """Held until the guest is proved up again: the cluster is not to touch it while it writes its dump."""

    vcenter: str
    cluster_moid: str
    cluster_name: str
    vm_moid: str
    vm_name: str

    @property
    def place(self) -> str:
        return self.cluster_name

    @property
    def held_for_guest(self) -> bool:
        return True

    @property
    def in_guest(self) -> bool:
        return False

    @property
    def aim(self) -> str:
        return "off"


class MonitoringChange(_InCluster):
    """HA's VM monitoring, switched off for one VM: it would reset a guest that has no heartbeat."""

    kind: Literal["ha-monitoring"] = "ha-monitoring"
    former: MonitoringOverride | None
    """None where the cluster had nothing of its own for this VM"""
    ours: MonitoringOverride

    @property
    def label(self) -> str:
        return f"HA VM monitoring of {self.vm_name}"

    @property
    def thing(self) -> str:
        return f"{self.vcenter}/{self.cluster_moid}/ha/{self.vm_moid}"


class AutomationChange(_InCluster):
    """DRS, switched off for one VM: it would move it to another host."""

    kind: Literal["drs"] = "drs"
    former: AutomationOverride | None
    ours: AutomationOverride

    @property
    def label(self) -> str:
        return f"DRS of {self.vm_name}"

    @property
    def thing(self) -> str:
        return f"{self.vcenter}/{self.cluster_moid}/drs/{self.vm_moid}"


def _kind(value: Any) -> str:
    """Entries of the first version know services only and do not say so."""
    kind = value.get("kind", "service") if isinstance(value, dict) else value.kind
    return str(kind)


Change = Annotated[
    Annotated[ServiceChange, Tag("service")]
    | Annotated[RulesetChange, Tag("ruleset")]
    | Annotated[ShellTimeoutChange, Tag("shell-timeout")]
    | Annotated[MonitoringChange, Tag("ha-monitoring")]
    | Annotated[AutomationChange, Tag("drs")]
    | Annotated[RegistryChange, Tag("registry")]
    | Annotated[SysctlChange, Tag("sysctl")]
    | Annotated[GuestTextChange, Tag("guest-text")]
    | Annotated[GuestUnitChange, Tag("guest-unit")],
    Discriminator(_kind),
]


class ChangeState(StrEnum):
    """Where a row of the undo ledger stands."""

    INTENDED = "intended"
    MADE = "made"
    RESTORING = "restoring"
    RESTORED = "restored"
    """read back right once"""
    SETTLED = "settled"
    """read back right twice: nothing is owed"""
    NEVER_MADE = "never-made"
    """the answer to the call proves that nothing happened"""


OPEN = frozenset({ChangeState.INTENDED, ChangeState.MADE, ChangeState.RESTORING, ChangeState.RESTORED})
