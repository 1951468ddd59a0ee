"""One sentence for each error code: what happened, why, what to do."""

from __future__ import annotations

from bot.core.errors import Code

ERRORS: dict[Code, str] = {
    Code.BAD_COMMAND: "I cannot read that command. Type `/vmdump help` to see what there is.",
    Code.NOT_ALLOWED: "No rule lets you ask for that here. The rules are in rbac.yaml; ask whoever keeps it.",
    Code.NO_APPROVERS: "Nobody could approve this: rule {rules} asks for approvers from {groups}, and without you "
    "too few are left. Ask whoever keeps rbac.yaml.",
    Code.GROUP_UNREADABLE: "Slack does not tell who is in {groups}, so nothing is allowed on its account. Try again, "
    "or check the bot's scope usergroups:read.",
    Code.DENIED_BY_RULE: "Rule {rules} denies that to {groups}, whatever other rules grant.",
    Code.SCOPE_UNREADABLE: "Rule {rules} goes by something that could not be read (the VM's tags, attributes or pool, or the channel's name), so nothing "
    "is allowed. Check the bot's privileges in vCenter with `vmdump doctor`.",
    Code.REASON_NEEDED: "A reason is needed here that contains {pattern}. Give it with the request.",
    Code.FROZEN: "Nothing is approved in window {window}, which lasts until {until}. Ask again then.",
    Code.CHANNEL_SHARED: "People of other organisations read this channel, and rule {rules} does not let captures be asked for "
    "there. Ask in another channel.",
    Code.NOT_IN_CHANNEL: "I am not in this channel, so there would be no record. Invite me with `/invite` and ask "
    "again.",
    Code.DIRECT_MESSAGE: "Captures are asked for in channels, where others can see and approve them.",
    Code.CHANNEL_UNREADABLE: "Slack does not say what channel this is ({cause}). Try again in a minute.",
    Code.FOREIGN_PERSON: "Only full members of this workspace can do that; guests, bots and people of other "
    "workspaces cannot.",
    Code.VM_UNKNOWN: "There is no VM called {vm}.",
    Code.VM_AMBIGUOUS: "Several VMs are called {vm}. Ask again with one of these ids:\n{choices}",
    Code.VM_PROTECTED: "{vm} is never captured: it is one of the VMs that this bot, vCenter or the cluster needs "
    "({kind}).",
    Code.VM_BUSY: "{vm} has a living request already: {request}. Wait for it, or cancel it with "
    "`/vmdump cancel {request}`.",
    Code.VM_GONE: "vCenter {endpoint} no longer has that VM. Look it up again by its name.",
    Code.NOT_READY: "{vm} cannot be captured as it is: {finding} is {seen}. Mend that and ask again.",
    Code.NO_HOST_KEY: "{vm} cannot be captured as it is: no SSH key of {host} is known, so the login would fail. "
    "`/vmdump rehearse {vm}` shows the key; when an admin has pinned it, ask again.",
    Code.NO_ROUTE: "The bot has no way into {host}: no entry under `hosts` in vmdump.yaml matches it.",
    Code.ROUTE_NOT_GRANTED: "No rule lets the requester take route {route}.",
    Code.ROUTE_NOT_ALLOWED: "The settings do not allow route {route} at vCenter {vcenter}. It has to be among `routes` there.",
    Code.ROUTE_TOO_OLD: "Route {route} needs vSphere 6.0, and {vcenter} is {version}.",
    Code.ROUTE_PRIVILEGE: "Route {route} needs the privilege {privilege} in vCenter {vcenter}, which the bot's account lacks. "
    "Give it to the account's role.",
    Code.ROUTE_DISABLED: "vCenter has disabled {method} for {vm}, as backup products do while they work. Wait, or ask for "
    "another route.",
    Code.NO_MANIFEST: "{host} does not offer the support-bundle manifest {manifest}; hosts before ESXi 6.5 have none.",
    Code.LOCKDOWN: "{host} is in lockdown ({mode}), and user {user}, as whom the bot would log in, is not among its exception users "
    "({seen}). The bot never lifts lockdown.",
    Code.APART: "{vm} and {other} stand in for each other (rule {rule}), and {other} has a living request: {request}. Wait "
    "for it.",
    Code.MIGRATING: "{vm} is on its way from {host} to another host. Ask again when it has arrived.",
    Code.NOTHING_HELD: "{request} holds nothing back from the cluster that could be released now.",
    Code.OVERRIDE_REASON: "Overriding readiness takes a reason. Ask again with one: `/vmdump {vm} --override <reason>`.",
    Code.GUEST_LOGIN_OFF: "The settings do not let the bot log in to the guest {vm} before a crash (`guest_login` under `guests`), so it "
    "tells and changes nothing there.",
    Code.ALREADY_ARMED: "{vm} was armed by {request}, and what it was before is kept. `/vmdump disarm {vm}` puts that back first.",
    Code.NOT_ARMED: "{vm} is not armed: nothing that the bot set is kept in its guest.",
    Code.NOTHING_TO_ARM: "Everything that arming would set in {vm} is set already, so there is nothing to change.",
    Code.NOT_AS_SET: "{thing} of {vm} does not read as it was set (it is {seen}): something in the guest guards it, or somebody "
    "else set it. Find out which and ask again.",
    Code.THING_MISSING: "{place} has no {thing}, so it cannot be changed.",
    Code.HOST_CERTIFICATE: "{host} shows a certificate that is not the one vCenter knows ({cause}). Nothing was sent to it.",
    Code.HOST_HTTPS: "The HTTPS of host {host} cannot be reached at {address} ({cause}). Open it to the bot, or say in the "
    "settings where it is. Nothing was sent to it.",
    Code.WORLD_CONTRADICTED: "{host} says over SSH that {vm} is World {world}, and vCenter says {other}. No NMI was sent. "
    "Ask again.",
    Code.REQUEST_UNKNOWN: "There is no request {request}. `/vmdump status` lists those of this channel.",
    Code.TOO_LATE: "{request} is past the point where that counts.",
    Code.SELF_APPROVAL: "You asked for {request} yourself, so somebody else has to approve it.",
    Code.NOT_AN_APPROVER: "You are not one of the approvers of {request} (they are {groups}), so your reaction does "
    "not count.",
    Code.BAD_OPTION: "What was given as {name} has another form; `vmdump help` in Slack and `vmdump --help` show examples.",
    Code.NO_PERSON: "Account {uid} of this machine is no person in the bot's settings (`command_line`), so it may do nothing. Root "
    "and the bot's own account never are.",
    Code.LINE_CROWDED: "Too many commands speak to the bot at once, so this one was not taken. Try again in a moment.",
    Code.LINE_TIMEOUT: "The bot did not come to an end with it in time, and it may still have been done. Look with `vmdump show` "
    "or in the channel before you try again.",
    Code.NOT_SERVING: "The bot does not answer at {socket} ({cause}). Start `vmdump serve` here, with `command_line` in its settings.",
    Code.OTHER_MEANS: "{request} is approved by {means}, not so.",
    Code.TOO_SOON: "{request} was put up a moment ago, and nobody reads a plan that fast: approvals count in {seconds} s. Take your "
    "reaction off and put it on again then.",
    Code.OTHER_NAME: "What was typed is not the name of the VM ({vm}), so nothing was counted.",
    Code.CLOCK_WRONG: "Slack's clock and the bot's differ by {seconds} s, so no approval counts: its order could be wrong. Set the "
    "bot's clock right.",
    Code.VOTES_CHANGED: "Too few of those who approved {request} still count.",
    Code.BREAK_GLASS_SPENT: "You have broken glass as often as rbac.yaml allows in 24 hours ({limit}).",
    Code.NOTHING_TO_REVIEW: "{request} has no break-glass that waits for a review.",
    Code.VOTES_UNREADABLE: "Slack does not say which votes are on the approval message ({cause}), so nothing is decided by them "
    "now. They are read again as soon as it does.",
    Code.FORM_NOT_SHOWN: "Slack did not show the form ({cause}). Press the button again; a form has to open within three seconds.",
    Code.NOT_AN_ADMIN: "Only the people under `admins` in rbac.yaml can pin host keys and take pins back, and you are not one of them.",
    Code.NO_KEY_SHOWN: "{request} showed no unknown key, so there is nothing to pin. Rehearse a VM of that host first.",
    Code.OTHER_FINGERPRINT: "That is not the fingerprint that {host} showed in {request}, which is {shown}. Nothing is "
    "pinned.",
    Code.HOST_KEY_PINNED: "Another key of {host} is pinned already ({pinned}), and a pinned key is never replaced "
    "unseen. If the host was reinstalled, take that pin back first: `/vmdump unpin {host} {pinned}`.",
    Code.NOT_PINNED: "No key of {host} is pinned, so there is no pin to take back. Give the host's name as vCenter does; a key in "
    "`known_hosts` is no pin.",
    Code.OTHER_PIN: "That is not the fingerprint of the key that is pinned for {host}, which is {pinned}. The pin stays.",
    Code.VCENTER_UNREACHABLE: "vCenter {endpoint} cannot be reached at {address} ({cause}). Check its address, the network and "
    "whether it runs.",
    Code.VCENTER_LOGIN: "vCenter {endpoint} refuses the login of {username}. Check the account and its password in "
    "the settings.",
    Code.VCENTER_CERTIFICATE: "The certificate of vCenter {endpoint} at {address} is not trusted ({cause}). Nothing was sent to "
    "it. Check `tls` in the settings.",
    Code.VCENTER_TIMEOUT: "vCenter {endpoint} did not answer in time. Try again; check its load.",
    Code.VCENTER_FAULT: "vCenter {endpoint} answered with a fault ({fault}).",
    Code.VCENTER_PERMISSION: "The bot's account lacks a privilege in vCenter {endpoint} ({privilege}). Give it to "
    "the account's role.",
    Code.OUTCOME_UNKNOWN: "It is not known whether {call} worked: {endpoint} did not show it in time.",
    Code.SERVICE_MISSING: "{host} has no service called {service}. Check `services` under `hosts` in the settings.",
    Code.SSH_UNREACHABLE: "SSH of {host} cannot be reached ({cause}). Check address, port and firewall.",
    Code.SSH_LOGIN: "{host} refuses the SSH login. Check user and credential under `hosts`; in lockdown only "
    "exception users may log in.",
    Code.SSH_HOST_KEY: "The SSH key of {host} is not the pinned one (it shows {fingerprint}). Nothing was sent to it. "
    "If the host was reinstalled, take its old key out of `known_hosts`, or its pin back with `/vmdump unpin`; then rehearse, "
    "and pin its new key.",
    Code.SSH_HOST_KEY_UNKNOWN: "No SSH key of {host} is pinned (it shows {fingerprint}). Nothing was sent to it. After a "
    "rehearsal an admin can pin it.",
    Code.SSH_TIMEOUT: "{host} did not answer over SSH in time ({doing} at {endpoint}).",
    Code.HOST_NOT_REACHED: "The bot has no way into {host}: the settings say so (`reachable: false` under `hosts`).",
    Code.BASTION_UNREACHABLE: "The bastion {bastion}, through which {host} is reached, cannot be reached itself "
    "({cause}). Check whether it runs, and `via` under `hosts`.",
    Code.BASTION_LOGIN: "The bastion {bastion}, through which {host} is reached, refuses the login of {username}. "
    "Check user and credential in `via` under `hosts`.",
    Code.BASTION_HOST_KEY: "The SSH key of the bastion {bastion}, through which {host} is reached, is not the pinned "
    "one (it shows {fingerprint}). Nothing was sent to it. If it was reinstalled, pin its new key in {file}.",
    Code.BASTION_TIMEOUT: "The bastion {bastion}, through which {host} is reached, did not answer in time.",
    Code.BASTION_REFUSED: "The bastion {bastion} lets the bot in but opens no connection to {host} ({endpoint}: "
    "{cause}). Allow it there (AllowTcpForwarding, PermitOpen).",
    Code.PROCESS_LIST: "The list of running VMs of {host} cannot be read ({cause}).",
    Code.VMDUMPER: "`/sbin/vmdumper` cannot be run on {host} ({cause}).",
    Code.WORLD_NOT_FOUND: "{vm} is not in the list of running VMs of {host}: {rows} rows, {same_uuid} with its UUID, "
    "none with its UUID and its vmx path.",
    Code.WORLD_AMBIGUOUS: "{rows} running VMs of {host} have the UUID and the vmx path of {vm}. Which one is meant "
    "cannot be told.",
    Code.MOVED: "{vm} is not what it was when it was approved: it was on {before} and is on {now}. Ask again.",
    Code.CHANGED_MEANWHILE: "Somebody changed {thing} of {host} since the plan was made. Ask again.",
    Code.HOST_BUSY: "{request} has held {thing} of {host} for too long. Ask again when it is closed.",
    Code.STALE_APPROVAL: "The approval of {request} is {minutes} min old; nobody expects it any more. Ask "
    "again.",
    Code.NOT_A_CAPTURE: "{request} was not approved as what it would do now, so nothing is done for it. Tell whoever keeps the bot: "
    "its database is not as the bot wrote it.",
    Code.NMI_REFUSED: "{host} refused the NMI.",
    Code.GUEST_LOGIN: "The guest {vm} refuses the account that the settings give for it.",
    Code.GUEST_UNAVAILABLE: "The guest {vm} does not answer guest operations.",
    Code.GUEST_FILE: "A file in the guest {vm} cannot be read ({cause}).",
    Code.GUEST_REGISTRY: "The registry of the guest {vm} cannot be read at {path} ({cause}).",
    Code.GUEST_CHANGE: "{thing} in the guest {vm} could not be changed ({cause}).",
    Code.GUEST_PROGRAM: "{path} cannot be run in the guest {vm} ({cause}).",
    Code.GUEST_CERTIFICATE: "The host of {vm} shows a certificate that is not the one vCenter knows. Nothing was "
    "read from it.",
    Code.GUEST_SYSTEM: "How the system of {vm} ({system}) writes a memory dump is not known to the bot. It reads and arms Windows, and Linux "
    "of the families of RHEL, SUSE and Debian.",
    Code.NO_CRASHKERNEL: "{vm} cannot be armed: no memory is reserved for the kernel that writes the dump. As root there: `{cure}`. Then "
    "restart it and ask again.",
    Code.NO_KDUMP: "{vm} cannot be armed: {cause}. As root there: `{cure}`. Then ask again.",
    Code.DUMP_KIND: "{vm} ({system}) can write no {kind} memory dump. Ask without `--dump`.",
    Code.NO_GUEST_CREDENTIALS: "The settings do not say where {vm} writes its dump (`dump_file` under `guests`), so nobody looked at it.",
    Code.NO_DUMP: "There is no new dump file in {vm} (looked for {file}).",
    Code.DUMP_FORMAT: "The file is not a dump that can be read ({reason}).",
    Code.CONFIG: "The configuration is wrong: {cause}",
    Code.CREDENTIAL: "The credential {reference} cannot be read ({cause}).",
    Code.DATABASE: "The database {place} cannot be used ({cause}).",
    Code.DATABASE_NEWER: "The database was written by a newer version (schema {found}, known up to {known}). Install "
    "that version.",
    Code.DATABASE_OLDER: "The database is not of this version yet (schema {found}, needed {needed}). Start the bot of "
    "this version once: it brings the database up to date and keeps what is in it.",
    Code.DATABASE_IN_USE: "The database {place} is not empty: {requests} requests are in it. With --replace they go; "
    "`vmdump db backup` keeps them.",
    Code.DATABASE_OWES: "The database that would be replaced knows of {owed} changes that are not undone yet, the "
    "first of {request}; nobody would undo them any more. `vmdump restore` puts them back first, and `/vmdump disarm` what guests are armed by.",
    Code.BACKUP: "The backup {file} cannot be used ({cause}).",
    Code.ALREADY_RUNNING: "Another process (pid {pid}) holds {lock}. Stop it first; one database has one bot.",
    Code.SLACK_LOGIN: "Slack ({endpoint}) refuses the bot's token ({cause}). Check bot_token and app_token in the settings.",
    Code.SLACK_UNREACHABLE: "Slack cannot be reached at {endpoint} ({cause}). Check the network, and `api_url` in the settings.",
    Code.SLACK_WORKSPACE: "The bot's token is of workspace {found}, but the settings name {expected}.",
    Code.JOURNAL_BROKEN: "The journal {journal} does not hold: {cause}.",
    Code.INTERNAL: "Something in the bot is broken ({cause}); the log has the details.",
}

NOT_READY: dict[str, str] = {
    "power.poweredOff": "{vm} is switched off, so there is nothing in its memory. Start it and ask again.",
    "power.suspended": "{vm} is suspended: its memory lies in a file of the datastore already. Resume it, or take that file.",
    "connection.orphaned": "vCenter has {vm} in its list, and its host does not (orphaned). Register it again and ask again.",
    "connection.inaccessible": "The host of {vm} cannot read its files (inaccessible). Mend the storage and ask again.",
    "connection.disconnected": "The host of {vm} is not connected to vCenter. Connect it and ask again.",
    "connection.invalid": "The configuration file of {vm} cannot be read (invalid). Mend that and ask again.",
    "host-connection": "The host of {vm} is {seen}. Mend that and ask again.",
    "question": "{vm} stands still until somebody answers vCenter's question: {seen}. Answer it and ask again.",
    "template": "{vm} is a template, which never runs.",
    "guest-volume": "The dump of {vm} would be cut short: {seen}. Make room there, or let the guest write it elsewhere, and ask "
    "again.",
    "datastore": "A dump of {vm} could fill its datastore, and a full one stops every VM on it: {seen} (twice the dump and a tenth "
    "of it all). Make room there, or move the VM's disks, and ask again.",
    "fault-tolerance": "{vm} is a fault-tolerant pair ({seen}), and what an NMI does to one is not known. Turn fault tolerance "
    "off for it and ask again.",
    "crash-dump": "{vm} is set to write no dump that shows a hang (CrashDumpEnabled says {seen}). `/vmdump arm {vm}` sets a complete one; "
    "it counts after a restart.",
    "page-file": "The page file of {vm} is too small for the dump, so there would be none ({seen}). Give it a fixed size on that drive, or set "
    "DedicatedDumpFile, restart Windows and ask again.",
    "dump-room": "{vm} has no room for its dump ({seen}). Make room and ask again.",
    "overwrite": "{vm} holds an older dump ({seen}) and is set not to overwrite it, so none would be written. Move it away, or let "
    "`/vmdump arm {vm}` set Overwrite.",
    "nmi-crash-dump": "{vm} runs a Windows so old that it ignores an NMI unless NMICrashDump is 1 ({seen}). `/vmdump arm {vm}` sets it.",
    "nmi-panic": "{vm} would log an NMI and carry on ({seen}). `/vmdump arm {vm}` makes it panic, which kdump needs.",
    "crashkernel": "{vm} reserves no memory for the kernel that writes the dump, so there would be none ({seen}). Restart it after that.",
    "kdump-loaded": "{vm} has loaded no crash kernel, so it would write no dump ({seen}). `/vmdump arm {vm}` starts its service.",
}
"""Sentences for ``Code.NOT_READY`` by finding, or by finding and what was seen; for all others there is the code's."""
