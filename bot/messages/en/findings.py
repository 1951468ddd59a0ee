"""The words of findings: the name of the thing, what was seen, and what to do about it."""

from __future__ import annotations

FINDINGS: dict[str, str] = {
    "level.ok": ":white_check_mark:",
    "level.warn": ":warning:",
    "level.block": ":no_entry:",
    "level.unknown": ":grey_question:",
    "finding.power": "power {seen}",
    "finding.disabled-method": "vCenter has disabled {seen} for it, as backup products do while they work",
    "finding.migrating": "on its way from {seen} to another host: the bot waits for that",
    "finding.encrypted": "the VM is encrypted: a dump that is copied out of it is not",
    "finding.ha-monitoring.warn": "HA of {seen} may reset the VM while it writes its dump: the bot's account lacks "
    "Host.Inventory.EditCluster to stop that",
    "finding.drs.warn": "DRS of {seen} may move the VM: the bot's account lacks Host.Inventory.EditCluster to stop that",
    "finding.connection": "VM {seen}",
    "finding.host-connection": "host {seen}",
    "finding.question": "pending question: {seen}",
    "finding.template": "template: {seen}",
    "finding.fault-tolerance": "fault tolerance {seen}",
    "finding.lockdown": "lockdown {seen}: the bot's user is one of those who may log in",
    "finding.host-key.ok": "host's key known ({seen})",
    "finding.host-key.warn": "no key of the host is known: the rehearsal ends at its login and shows the key, to be pinned",
    "finding.host-key": "no key of the host is known",
    "finding.host-key-file": "known keys of the host {seen}",
    "finding.bastion-key.ok": "bastion's key known ({seen})",
    "finding.bastion-key": "no key of the bastion is known",
    "finding.bastion-key-file": "known keys of the bastion {seen}",
    "finding.tools.warn": "VMware Tools {seen}: the guest may tell less of itself. Install or update them when there is time",
    "finding.tools.unknown": "whether VMware Tools are installed is {seen}",
    "finding.heartbeat": "heartbeat {seen}, as of a guest that hangs: look at its console if it should not",
    "finding.guest-volume.block": "{seen}: it would be cut short. Make room there, or let the guest write elsewhere",
    "finding.guest-volume.unknown": "whether the guest has room for the dump is not known ({seen})",
    "finding.datastore.block": "{seen} (twice the dump and a tenth of it all): full, it would stop every VM on it. Make room "
    "there, or move the VM's disks",
    "finding.datastore.unknown": "whether there is room under the VM's disks is not known ({seen})",
    "finding.snapshots": "snapshots: {seen}, and the dump makes the last one grow by its size. Delete them first if they are "
    "not needed",
    "finding.consolidation": "consolidation of disks is {seen}: a snapshot was left half removed. Consolidate in vCenter first "
    "if there is time",
    "finding.tasks": "at work on the VM: {seen}. Wait for that if you can",
    "finding.dump-file.ok": "dump → {seen}",
    "finding.dump-file.unknown": "where the guest writes its dump is not known ({seen}); it will not be verified",
    "finding.guest": "the guest tells nothing now ({seen})",
    "finding.crash-dump": "Windows is set to write a memory dump of kind: {seen}",
    "finding.crash-dump.ok": "Windows is set to write a {seen} memory dump",
    "finding.crash-dump.warn": "Windows is set to write a {seen} memory dump, which leaves out what the processes held; "
    "`/vmdump arm` sets a complete one",
    "finding.crash-dump.block": "Windows is set to write no dump that shows a hang (CrashDumpEnabled says {seen}); `/vmdump arm` sets a "
    "complete one",
    "finding.dump-path": "the guest writes its dump to {seen}",
    "finding.dump-path.warn": "the guest writes its dump elsewhere than the settings say, so it would not be found ({seen}): set "
    "`dump_file` to it, or in a Windows let `/vmdump arm` set the other",
    "finding.page-file": "page file {seen}",
    "finding.page-file.warn": "page file {seen}: a third of the memory is assumed, and how much the kernel holds is not known; a larger one "
    "is safe",
    "finding.page-file.block": "the page file is too small for the dump, so there would be none ({seen}): give it a fixed size on that drive, or set "
    "DedicatedDumpFile, and restart Windows",
    "finding.dump-room": "room for the dump: {seen}",
    "finding.dump-room.warn": "room for the dump may not do: {seen}",
    "finding.dump-room.block": "there is no room for the dump: {seen}",
    "finding.overwrite": "older dump and whether it would be overwritten: {seen}",
    "finding.overwrite.warn": "an older dump would be lost ({seen}); if anybody needs it, copy it away first",
    "finding.overwrite.block": "an older dump is there ({seen}) and Windows is set not to overwrite it, so none would be written: move it away, "
    "or `/vmdump arm`",
    "finding.nmi-crash-dump": "what Windows does at an NMI: {seen}",
    "finding.nmi-crash-dump.block": "a Windows this old ignores an NMI unless NMICrashDump is 1 ({seen}): `/vmdump arm` sets it",
    "finding.auto-reboot": "restart by itself after the crash: {seen}",
    "finding.auto-reboot.warn": "Windows stays on its blue screen until somebody resets it (AutoReboot {seen}); `/vmdump arm` sets it",
    "finding.boot-status": "BootStatusPolicy {seen}",
    "finding.boot-status.warn": "after the crash Windows may stop in recovery and wait for somebody (BootStatusPolicy {seen}); `/vmdump arm` "
    "sets it",
    "finding.keep-dump": "AlwaysKeepMemoryDump {seen}",
    "finding.keep-dump.warn": "Windows may delete its dump again, since room is scarce (AlwaysKeepMemoryDump {seen}); `/vmdump arm` sets it",
    "finding.huge-memory": "{seen} of memory make a complete dump slow and huge: think of an active or a kernel one (`/vmdump arm`)",
    "finding.dump-filters": "dump filters {seen}",
    "finding.dump-form": "{seen}: how it writes a dump is not known",
    "finding.dump-form.ok": "{seen}",
    "finding.nmi-panic": "panic on an NMI: {seen}",
    "finding.nmi-panic.warn": "not every kind of NMI makes it panic ({seen}); `/vmdump arm` sets them all",
    "finding.nmi-panic.block": "it would log the NMI and carry on ({seen}); `/vmdump arm` makes it panic, which kdump needs",
    "finding.crashkernel": "reserved for the crash kernel: {seen}",
    "finding.crashkernel.block": "no memory is reserved for the kernel that writes the dump, so there would be none ({seen}); it counts after a "
    "restart",
    "finding.kdump-loaded": "crash kernel {seen}",
    "finding.kdump-loaded.block": "no crash kernel is loaded, so there would be no dump ({seen}); `/vmdump arm` starts its service",
    "finding.kdump-target": "kdump writes to {seen}",
    "finding.kdump-target.warn": "kdump writes to where the bot sees no file ({seen}): the dump will not be verified",
    "finding.linux-dumps": "older dump: {seen}",
}
