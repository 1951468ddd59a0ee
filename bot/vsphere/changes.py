"""Each kind of change: how its thing stands, how it is made, and how it is put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.change import (
    AutomationChange,
    Change,
    MonitoringChange,
    RulesetChange,
    ServiceChange,
    ShellTimeoutChange,
    Stand,
)
from bot.core.cluster import MonitoringOverride
from bot.core.errors import Code, VmdumpError
from bot.core.guest_change import GuestTextChange, GuestUnitChange, RegistryChange, SysctlChange
from bot.core.target import Ruleset
from bot.vsphere.cluster import automation_of, das_entry, drs_entry, monitoring_of, read_entry
from bot.vsphere.cluster_writing import set_automation, set_monitoring
from bot.vsphere.guest_changes import guest_deed, guest_stand
from bot.vsphere.guests import Guests
from bot.vsphere.host import read_host, set_service
from bot.vsphere.host_options import read_shell_timeout, set_shell_timeout
from bot.vsphere.rulesets import set_ruleset
from bot.vsphere.session import Deed, Link
from bot.vsphere.standing import stand


def stand_of(link: Link, guests: Guests, change: Change) -> Stand:
    """Raises ``SERVICE_MISSING``, ``THING_MISSING``, other ``VmdumpError``, pyVmomi's faults."""
    with _named(change):
        match change:
            case ServiceChange():
                return _service(link, change)
            case RulesetChange():
                return _ruleset(link, change)
            case ShellTimeoutChange():
                seconds = read_shell_timeout(link, change.host_moid)
                return stand(f"{seconds} s", ours=seconds == change.ours, before=seconds == change.former)
            case MonitoringChange():
                return _monitoring(link, change)
            case AutomationChange():
                return _automation(link, change)
            case RegistryChange() | SysctlChange() | GuestTextChange() | GuestUnitChange():
                return guest_stand(link, guests, change)


def deed_of(link: Link, guests: Guests, change: Change, *, back: bool) -> Deed[None]:
    """What makes the change, or with ``back`` puts it back. What it needs to know is read first.

    Raises as ``stand_of`` does, now and when it is done.
    """
    with _named(change):
        deed = _deed(link, guests, change, back=back)

    def done(stub: Any, link: Link) -> None:
        with _named(change):
            deed(stub, link)

    return done


def _deed(link: Link, guests: Guests, change: Change, *, back: bool) -> Deed[None]:
    match change:
        case ServiceChange():
            return set_service(link, change.host_moid, change.service, running=not back)
        case RulesetChange():
            return set_ruleset(link, change.host_moid, change.former if back else change.ours)
        case ShellTimeoutChange():
            return set_shell_timeout(link, change.host_moid, change.former if back else change.ours)
        case MonitoringChange():
            return set_monitoring(link, change, change.former if back else change.ours)
        case AutomationChange():
            return set_automation(link, change, change.former if back else change.ours)
        case RegistryChange() | SysctlChange() | GuestTextChange() | GuestUnitChange():
            return guest_deed(link, guests, change, back=back)


@contextmanager
def _named(change: Change) -> Iterator[None]:
    """Faults that say that there is no such thing become errors that name it."""
    try:
        yield
    except (vim.fault.NotFound, vim.fault.InvalidName, vmodl.fault.ManagedObjectNotFound):
        raise _gone(change) from None


def _gone(change: Change) -> VmdumpError:
    if isinstance(change, ServiceChange):
        return VmdumpError(Code.SERVICE_MISSING, service=change.service, host=change.host_name)
    return VmdumpError(Code.THING_MISSING, thing=change.label, place=change.place)


def _service(link: Link, change: ServiceChange) -> Stand:
    service = read_host(link, change.host_moid).service(change.service)
    if service is None:
        raise _gone(change)
    seen = f"{'running' if service.running else 'stopped'}, policy {service.policy}"
    ours = service.running and service.policy == change.former_policy
    return stand(seen, ours=ours, before=not service.running)


def _ruleset(link: Link, change: RulesetChange) -> Stand:
    found = read_host(link, change.host_moid).ssh_ruleset
    if found is None:
        raise _gone(change)
    return stand(_words(found), ours=found.same(change.ours), before=found.same(change.former))


def _monitoring(link: Link, change: MonitoringChange) -> Stand:
    entry = das_entry(read_entry(link, change.cluster_moid), change.vm_moid)
    found = None if entry is None else monitoring_of(entry)
    # An entry that we added and that somebody else has put more into stays, and goes by the cluster.
    before = (found or MonitoringOverride()).same(change.former or MonitoringOverride())
    seen = "by the cluster" if found is None or found.of_cluster is not False else str(found.monitoring)
    return stand(seen, ours=found is not None and found.is_off, before=before)


def _automation(link: Link, change: AutomationChange) -> Stand:
    entry = drs_entry(read_entry(link, change.cluster_moid), change.vm_moid)
    found = None if entry is None else automation_of(entry)
    seen = "by the cluster" if found is None else f"enabled {found.enabled}, {found.behavior}"
    former = change.former
    before = found is former or (found is not None and former is not None and found.same(former))
    return stand(seen, ours=found is not None and found.enabled is False, before=before)


def _words(ruleset: Ruleset) -> str:
    who = "all" if ruleset.all_addresses else ", ".join(ruleset.addresses) or "nobody"
    return f"{'open' if ruleset.enabled else 'closed'} for {who}"
