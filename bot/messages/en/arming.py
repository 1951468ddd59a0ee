"""The words of arming and of asking whether a dump would succeed."""

from __future__ import annotations

ARMING: dict[str, str] = {
    "planned.head-arming": "{requester} asks to arm *{vm}* for memory dumps — {id}",
    "planned.arming-cost": ":information_source: *Nothing crashes.* The guest of {vm} ({owner}) is changed so that it writes a "
    "dump when it crashes, and stays so until `/vmdump disarm`.",
    "planned.arming-restart": ":warning: *The guest of {vm} is RESTARTED* ({owner}), so that what is changed counts. All its sessions "
    "end. Before that it is changed so that it writes a dump when it crashes, and stays so until `/vmdump disarm`.",
    "planned.arming": "*What will be changed in the guest* {changes}",
    "arming.course": "{label} {former} → {made}",
    "restart.none": "*Restart* not needed: it counts at once",
    "restart.owed": "*Restart* needed before it counts, and left to you: nobody has told the bot to (`--restart`)",
    "restart.done": "*Restart* by the bot, through the Tools, as the last step",
    "restart-intended": "All values read back as set. {vm} is told to restart.",
    "restart-unsure": ":question: The answer to that was lost: {vm} restarts, or does not. It is watched, and not told again.",
    "restart-refused": ":warning: {vm} was not restarted. {error} It is not told again.",
    "armed": ":white_check_mark: *{vm} is armed.* {changes}. Each was read back. {restart}",
    "armed.none": "It counts already.",
    "armed.owed": "*It counts only after a restart of the guest*, which is left to you.",
    "armed.done": "Restarted; the guest answered again after {back}.",
    "armed.not-back": ":question: *No restart was seen to begin and end*: it may be over, under way, or have never begun. Look at its "
    "console; what was changed counts from its next restart on.",
    "armed.disarm": "`/vmdump disarm {vm}` puts it back.",
    "disarm-asked": "{person} has {vm} disarmed. Being put back: {labels}.",
    "disarmed": ":white_check_mark: *{vm} is disarmed*: {changes}.",
    "disarmed.restart": "Windows goes by it from its next restart on.",
    "disarmed.nothing": ":white_check_mark: *{vm} is disarmed*: somebody else had changed all of it meanwhile, and it was left so.",
    "disarmed.change": "{label} is {state} again",
    "disarm-begun": "{vm}: what {requests} changed is being put back. Its thread says when that is done.",
    "closed.kept": "{kept} changes stay in the guest until it is disarmed",
    "failed.arming": ":x: *Arming {vm} failed*. {error} Whatever was changed is being put back.",
    "asked.arming": "{requester} asked to arm {query}, which is {vm}. Allowed by rule {rules} (policy {policy}).",
    "swept": "The running guests of {vcenter} were asked, in {took}: {told} answered. {failed}",
    "swept.failed": "Not: {codes}.",
    "checked.head": "*Would a dump of {vm} succeed?* {answer}",
    "checked.yes": ":white_check_mark: Nothing that was looked at speaks against it.",
    "checked.warn": ":warning: Probably: read what is below.",
    "checked.no": ":no_entry: No, as it is.",
}
