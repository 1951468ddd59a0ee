"""A thing altered, and what it was before."""

from __future__ import annotations

from enum import StrEnum

from bot.core.value import Value


class ServiceChange(Value):
    """A host service that is started for a capture and stopped again after it.

    Only what is stopped is ever changed, so the former state is always ``running: False``; the policy is
    noted since somebody who changes it meanwhile has taken the service over.
    """

    vcenter: str
    host_moid: str
    host_name: str
    service: str
    label: str
    former_policy: str

    @property
    def thing(self) -> str:
        """What is altered; one open change per thing."""
        return f"{self.vcenter}/{self.host_moid}/service/{self.service}"


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
