"""The words of the thread."""

from __future__ import annotations

TEXTS: dict[str, str] = {
    # the approval message
    "planned.head": "{requester} asks for a memory dump of *{vm}* — {id}",
    "planned.head-again": "The plan of {id} for *{vm}* is a new one (number {round})",
    "planned.cost": ":warning: *This CRASHES {vm}* ({owner}). All its sessions end. Down about {least} to {most} "
    "(assumed rate); it may need a manual reset. Cannot be stopped after the NMI.",
    "planned.owner": "{notes}; cluster {cluster}",
    "planned.no-notes": "no owner noted",
    "planned.no-cluster": "none",
    "planned.reason": "*Reason* {reason}",
    "planned.no-reason": "none given",
    "planned.machine": "*Machine* {guest}, {memory}, {cpus} vCPU, running on {host} (ESXi {version}), {tools}",
    "planned.ready": "*Will it work?* {findings}",
    "planned.changes": "*What will be changed on {host}, and put back* {changes}",
    "planned.change": "{label} off → on → off",
    "planned.no-changes": "nothing",
    "planned.already-on": "{labels} runs already and stays on",
    "planned.route": "*Route* {route}",
    "planned.vote": "Approve with :white_check_mark:, deny with :x:, until {deadline}. Needs {quorum} of {approvers}. "
    "Plan `{digest}`",
    "tools.guestToolsRunning": "tools answering",
    "tools.guestToolsNotRunning": "tools not answering",
    "tools.guestToolsExecutingScripts": "tools starting",
    "level.ok": ":white_check_mark:",
    "level.warn": ":warning:",
    "level.block": ":no_entry:",
    "level.unknown": ":grey_question:",
    # findings: name of the thing, then what was seen
    "finding.power": "power {seen}",
    "finding.connection": "VM {seen}",
    "finding.host-connection": "host {seen}",
    "finding.question": "pending question: {seen}",
    "finding.template": "template: {seen}",
    "finding.fault-tolerance": "fault tolerance {seen}",
    "finding.services": "services {seen}",
    "finding.lockdown": "lockdown {seen}: only exception users may log in",
    "finding.dump-file.ok": "dump → {seen}",
    "finding.dump-file.unknown": "where the guest writes its dump is not known ({seen}); it will not be verified",
    "finding.dump-before.ok": "no older dump there",
    "finding.dump-before.warn": "a dump of {seen} is there and will be overwritten",
    "finding.dump-before.unknown": "whether an older dump is there could not be read ({seen})",
    # votes
    "voted.approve": ':white_check_mark: Approved by {person} ({groups}, rule "{rules}"), {count} of {quorum}.',
    "voted.deny": ':x: Denied by {person} ({groups}, rule "{rules}"). Nothing was changed.',
    "vote-withdrawn": "{person} took the approval back: {count} of {quorum}.",
    "cancelled": "Cancelled by {person}. Nothing was changed.",
    "expired": ":hourglass: Expired with {count} of {quorum} approvals. Nothing was changed.",
    # capture
    "resumed": ":arrows_counterclockwise: The bot was away for {silent} and goes on. It was at: {state}.",
    "plan-changed": ":x: The plan is no longer the approved one, so nothing was changed. {differences}. Ask again.",
    "waiting-for-host": "{label} of {host} is in use by {holder}. Waiting for it.",
    "prepared.started": "{labels} of {host} started.",
    "prepared.already-on": "{labels} of {host} was running already.",
    "nmi-sent": "{vm} is World {world_id} on {host} (UUID and vmx path agree). NMI sent {at}: `{output}`",
    "nmi-not-sent": ":x: No NMI was sent: {host} answered `{output}` for World {world_id}. {vm} was not touched.",
    "nmi-unknown.restarted": ":question: It is not known whether the NMI went out. The bot went down after {at}, between "
    "deciding to send it to World {world_id} on {host} and hearing the answer. It does not send twice. Watching {vm} "
    "for signs of a crash.",
    "nmi-unknown.answer": ":question: It is not known whether the NMI went out: World {world_id} on {host} got the command "
    "at {at}, and the answer was {output}. It does not send twice. Watching {vm} for signs of a crash.",
    "nmi-unknown.nothing": "nothing",
    "output": "`{text}`",
    "released": "{labels} of {host} stopped again; open for {open}.",
    "taken-over": ":warning: Somebody else changed {label} of {host} meanwhile ({seen}). It is left as they left it.",
    "restore-owed": ":rotating_light: *Restore failed*: {label} of {host} is still ON after {attempt} tries. {error} I "
    "keep trying and will say so here. By hand: vCenter → {host} → Configure → Services → {label} → Stop. Owed since "
    "{since}.",
    "restored-after-all": ":white_check_mark: {label} of {host} is stopped again after {attempts} tries.",
    "crash-seen": ":large_blue_square: The guest crashed, seen {after} after the NMI: {witnesses}.",
    "witness.kernel-crashed": "vCenter reports a crashed kernel",
    "witness.crash-event": "vCenter's crash event",
    "witness.reboot-event": "the guest restarted",
    "witness.blue-screen": "blue screen",
    "witness.heartbeat-lost": "heartbeat lost",
    "witness.dump-file": "a dump of this moment is in the guest",
    "no-crash": ":x: *No crash seen.* {vm} has kept its heartbeat ({heartbeat}) for {watched} since the NMI. {why} "
    "Nothing was dumped; the machine runs on.",
    "no-crash.windows": "Windows stops for an NMI unless something in the guest takes it first, a vendor's driver for "
    "example.",
    "no-crash.linux": "A Linux guest ignores an NMI unless `kernel.unknown_nmi_panic` or its like is set.",
    "no-crash.other": "Not every guest stops for an NMI.",
    "crash-unknown": ":question: *Unknown.* {watched} after the NMI there is neither proof of a crash nor continuing signs "
    "of life of {vm} (heartbeat {heartbeat}). Look at its console.",
    "dump-written": "Dump written after {after} ({sign}). The guest restarts.",
    "sign.reboot-event": "the guest restarted",
    "sign.blue-screen-gone": "the blue screen is gone",
    "sign.tools-back": "the tools answer again",
    "rebooted.windows": "Windows is back after {after}; tools answer.",
    "rebooted.linux": "Linux is back after {after}; tools answer.",
    "rebooted.other": "The guest is back after {after}; tools answer.",
    "not-back": ":question: {vm} did not come back within {waited} (heartbeat {heartbeat}; last seen: {last}). Look at its "
    "console; it may need a manual reset.",
    # verdict
    "judged.good": ":white_check_mark: *The dump is good.* {path}, {size}",
    "judged.bad": ":x: *The dump is not good.* {path}, {size}",
    "judged.unsure": ":grey_question: *The dump is not proved.* {path}, {size}",
    "judged.valid": "• {sign} valid: {found}",
    "judged.complete": "• {sign} complete: {expected} bytes expected, {found} found",
    "judged.partial": "• {sign} all memory: it is a {found}",
    "judged.ours": "• {sign} this machine, this crash: {checks}",
    "judged.deliberate": "(the NMI was deliberate: not a hardware fault)",
    "answer.yes": ":white_check_mark:",
    "answer.no": ":x:",
    "answer.unknown": ":grey_question:",
    "check.memory": "{found} RAM of {expected}",
    "check.cpus": "{found} CPUs of {expected}",
    "check.bug-check": "bug check {found}, expected {expected}",
    "check.crash-time": "crashed {found}, {expected}",
    "check.newer": "file of {found}, {expected}",
    "not-verified": ":grey_question: *Not verified.* {error}",
    "failed": ":x: *Failed before the NMI*, {vm} was not crashed. {error}",
    # the end
    "closed": "*Closed: {outcome}.* {parts}",
    "closed.nmi": "Approval to NMI {seconds}",
    "closed.ssh": "SSH open {seconds}",
    "closed.down": "down {seconds}",
    "closed.restored": "everything put back ({restored} of {changes} changes, read back twice)",
    "closed.owed": ":rotating_light: put back {restored} of {changes} changes, the rest is still owed",
    "closed.nothing": "nothing was changed",
    "closed.record": "Record: {id}.md, {id}.json · journal head `{head}`",
    # to one person
    "help": "`/vmdump <vm> [reason]` asks for a memory dump of a VM; somebody else approves it in the thread.\n"
    "`/vmdump status` lists the living requests of this channel.\n"
    "`/vmdump cancel <id>` calls a request off, until its first change.\n"
    "A VM is named by name, inventory path, instance UUID or id (`vc1:vm-42`); put names with blanks in quotes.",
    "status.none": "No request of this channel is under way.",
    "refused": ":no_entry: {text}: {error}",
    "refused.near": "Near to it: {near}.",
    "vote-refused": ":no_entry: {error}",
    "acknowledged": "Looking for {vm} …",
    "elsewhere": ":no_entry: This bot belongs to another workspace and does nothing here.",
    "picture": "the guest's console",
}
