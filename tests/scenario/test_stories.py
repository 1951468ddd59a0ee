"""Every story of the demo ends as it must, and says so of itself in every way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.demo.launching import Launch
from bot.demo.play import LONGEST, perform
from bot.demo.stage import HOST, Stage, stage
from bot.demo.stories import STORIES
from bot.demo.worlds import SIMULATED
from tests.scenario.kit import data, kinds, touched
from tests.scenario.main_job import main_job

pytestmark = pytest.mark.slow

ISSUED = [
    "not-an-approver",
    "self-approval",
    "cancelled",
    "withdrawn",
    "unknown-vm",
    "duplicate-names",
    "powered-off",
    "second-request",
    "ssh-refused",
    "wrong-root-password",
    "host-key-changed",
    "world-vanished",
    "no-dump-file",
    "no-guest-credentials",
    "bot-restarted-waiting",
    "bot-killed-after-nmi",
    "vcenter-answer-lost",
    "slack-429",
    "bot-not-in-channel",
    "windows-ssh",
    "denied",
    "expired",
    "rehearsal",
    "nmi-ignored",
    "ssh-already-on",
    "linux-api",
    "api-not-implemented",
    "bundle",
    "lockdown",
    "vmotion-before-nmi",
    "ha-monitoring",
    "two-on-one-host",
    "session-lost",
    "vcenter-restart",
    "legacy-55",
    "restore-fails-then-heals",
    "changed-by-others",
    "quorum",
    "all-of",
    "plan-changed",
    "break-glass",
    "freeze",
    "usergroup-unreadable",
    "shared-channel-stranger",
    "votes-while-down",
    "simultaneous",
    "denied-after-approval",
    "policy-reloaded",
    "ha-reset-while-dumping",
    "guest-hung",
    "datastore-nearly-full",
    "check",
    "page-file-too-small",
    "readiness-overridden",
    "old-dump-would-be-lost",
    "arm-windows",
    "arm-linux",
    "truncated-dump",
    "stale-dump",
    "still-copying",
    "linux-kdump",
    "linux-nmi-ignored",
]
"""the stories that there must be"""
Fact = Callable[[Stage, dict[str, Any]], None]


def said(lab: Stage) -> str:
    return "\n".join(message.text for message in lab.messages())


def failed_by(code: str, *words: str) -> Fact:
    """The record names the cause, the thread says it, and no NMI was on its way."""

    def fact(lab: Stage, record: dict[str, Any]) -> None:
        assert data(record, "failed")["code"] == code
        assert "nmi-intended" not in kinds(record)
        for word in words:
            assert word in said(lab)

    return fact


def rehearsed(lab: Stage, record: dict[str, Any]) -> None:
    """It says plainly that nothing crashes, and how each part went."""
    plan = lab.messages()[0].text
    assert "asks to rehearse a memory dump of *DumpTest*" in plan
    assert "*Nothing crashes: this is a rehearsal.*" in plan
    assert "CRASHES" not in plan
    assert "ESXi Shell off → on → off · SSH off → on → off" in plan
    text = (lab.folder / "records" / f"{record['request']['id']}.md").read_text(encoding="utf-8")
    assert "rehearse" in text
    assert record["request"]["purpose"] == "rehearsal"
    assert "nmi-intended" not in kinds(record)
    parts = data(record, "rehearsed")["parts"]
    assert [part["name"] for part in parts] == [
        "services-started",
        "login",
        "process-list",
        "identity",
        "vmdumper",
        "services-stopped",
    ]
    assert {part["level"] for part in parts} == {"ok"}
    assert all(part["seconds"] >= 0 for part in parts)


def withdrawn(lab: Stage, record: dict[str, Any]) -> None:
    assert kinds(record)[-2:] == ["vote-withdrawn", "closed"]
    assert "plan-confirmed" not in kinds(record)
    assert "Approved by" in said(lab)


def off(lab: Stage, record: dict[str, Any]) -> None:
    assert kinds(record) == ["asked", "plan-refused", "ask-refused", "closed"]


def the_right_one(lab: Stage, record: dict[str, Any]) -> None:
    assert data(record, "asked")["query"] == "vc1:vm-101"
    assert lab.world.vm("vm-105").guest.crashes == 0


def vanished(lab: Stage, record: dict[str, Any]) -> None:
    assert "Operation failed with error: Invalid world" in data(record, "nmi-not-sent")["output"]
    assert "Operation failed with error: Invalid world" in said(lab)
    tried = [effect.applied for effect in lab.world.effects if effect.call == "vmdumper nmi"]
    assert tried == [False]


def no_dump(lab: Stage, record: dict[str, Any]) -> None:
    assert data(record, "not-verified")["code"] == "no-dump"
    assert lab.world.vm("DumpTest").guest.crashes == 1


def no_credentials(lab: Stage, record: dict[str, Any]) -> None:
    """A guest that nobody gave credentials for: the record does not pretend to know more."""
    assert data(record, "not-verified")["code"] == "no-guest-credentials"
    plan, *_, last = (message.text for message in lab.messages())
    assert "where the guest writes its dump is not known" in plan
    assert "it will not be verified" in plan
    assert "*Not verified.* The settings do not say where DumpTest writes its dump" in said(lab)
    assert "*Closed: not verified.*" in last
    markdown = (lab.folder / "records" / f"{record['request']['id']}.md").read_text(encoding="utf-8")
    assert "- Outcome: **not verified**" in markdown


def killed(lab: Stage, record: dict[str, Any]) -> None:
    assert kinds(record).count("nmi-unknown") == 1
    assert [nmi.world_id for nmi in lab.world.nmis] == [3199732]


def lost(lab: Stage, record: dict[str, Any]) -> None:
    """Each call was sent once although nobody knew whether it had worked."""
    calls = [(effect.call, effect.argument, effect.applied) for effect in lab.world.effects]
    assert calls.count(("StartService", "TSM-SSH", True)) == 1
    assert calls.count(("StopService", "TSM-SSH", True)) == 1


def refused_and_posted(lab: Stage, record: dict[str, Any]) -> None:
    assert lab.slack._faults.take("chat.postMessage") is None, "Slack has refused as often as it was told to"


def already_on(lab: Stage, record: dict[str, Any]) -> None:
    assert lab.world.host(HOST).service("TSM-SSH").running


def by_api(lab: Stage, record: dict[str, Any]) -> None:
    """No host was opened for it."""
    (sent,) = (effect for effect in lab.world.effects if effect.call == "SendNMI")
    assert sent.applied
    assert "vmdumper nmi" not in [effect.call for effect in lab.world.effects]
    assert "released" not in kinds(record)


def linux(lab: Stage, record: dict[str, Any]) -> None:
    """Without a word in the settings the dump is looked for where distributions have kdump write it."""
    by_api(lab, record)
    assert lab.world.vm("kdump-01").guest.crashes == 1
    assert "dump → /var/crash" in said(lab)
    assert "Linux is back" in said(lab)


def handed_over(lab: Stage, record: dict[str, Any]) -> None:
    tried = [(e.call, e.applied) for e in lab.world.effects if e.call in {"SendNMI", "vmdumper nmi"}]
    assert tried == [("SendNMI", False), ("vmdumper nmi", True)]
    plan = lab.messages()[0].text
    assert "*Route* api; ssh only if that proves that it sent nothing" in plan
    assert "*If ssh is needed, besides on esx-11.example.com* SSH off → on → off" in plan
    assert "NotImplemented" in data(record, "handed-over")["output"]


def in_a_bundle(lab: Stage, record: dict[str, Any]) -> None:
    """Nobody says that the NMI was sent: only the guest shows it."""
    assert data(record, "nmi-unknown")["output"] == "HTTP 200"
    assert "Nobody can tell when in its run the NMI comes" in lab.messages()[0].text


def locked(lab: Stage, record: dict[str, Any]) -> None:
    by_api(lab, record)
    assert "ssh is passed over: esx-11.example.com is in lockdown" in lab.messages()[0].text
    assert lab.world.vm("PayDB").host.lockdown_mode == "lockdownNormal"


def moved(lab: Stage, record: dict[str, Any]) -> None:
    by_api(lab, record)
    assert [nmi.host for nmi in lab.world.nmis] == ["esx-12.example.com"]
    assert "PayDB is on esx-12.example.com now, and was on esx-11.example.com" in said(lab)
    assert "there will be no ssh" in said(lab)


def left_alone(lab: Stage, record: dict[str, Any]) -> None:
    """The lab's HA would have reset it: `tests/contract/test_lab_ha.py`."""
    by_api(lab, record)
    kinds_of_event = {event.kind for event in lab.world.events.logged}
    assert not {kind for kind in kinds_of_event if kind.startswith("VmDas")}
    edits = [e.argument for e in lab.world.effects if e.call == "ReconfigureComputeResource_Task"]
    assert len(edits) == 4
    plan = lab.messages()[0].text
    assert "in cluster Prod-B until the guest is back* HA VM monitoring of PayDB on → off → on" in plan


def in_turn(lab: Stage, record: dict[str, Any]) -> None:
    assert sorted(nmi.vm for nmi in lab.world.nmis) == ["DumpTest", "DumpTest2"]
    first, second = (m.text for m in lab.messages() if m.text.startswith("*Closed: captured.*"))
    assert first != second
    assert f"is in use by {record['request']['id']}. Waiting for it." in said(lab)


def logged_in_again(lab: Stage, record: dict[str, Any]) -> None:
    log = lab.log.read_text(encoding="utf-8")
    assert log.count("vCenter vc1 has forgotten the session; logging in again") == 2


def shouted(lab: Stage, record: dict[str, Any]) -> None:
    assert kinds(record).count("restore-failed") >= 6
    assert not record["request"]["restore_failed"]
    assert "HostNotConnected" in said(lab)
    assert f"SSH of {HOST} is off again after" in said(lab)


def left_as_it_was(lab: Stage, record: dict[str, Any]) -> None:
    """Nothing that somebody else has changed is said to be put back."""
    assert "put back 1 of 3 changes, read back twice · 2 changed by somebody else" in said(lab)
    assert "Somebody else changed SSH of esx-11.example.com meanwhile (running, policy on)" in said(lab)


def asked_again(lab: Stage, record: dict[str, Any]) -> None:
    """What is different is in the new message; the one that was approved is as it was."""
    first, second = (m for m in lab.messages() if "deny with :x:, until" in m.text)
    assert second.thread_ts == first.ts
    assert "host: esx-11.example.com -&gt; esx-12.example.com" in second.text
    assert first.edited is None
    assert [nmi.host for nmi in lab.world.nmis] == ["esx-12.example.com"]


def glass_broken(lab: Stage, record: dict[str, Any]) -> None:
    broke = data(record, "broke-glass")
    assert broke["reason"] == "the invoices of today are at stake"
    assert record["request"]["broke_glass"] == broke["person"]
    assert record["request"]["reviewed_by"] == data(record, "glass-reviewed")["person"] != broke["person"]
    assert "<@U024BE7LH> <@U0G9QF9C6>" in said(lab), "every approver is called"


def found_afterwards(lab: Stage, record: dict[str, Any]) -> None:
    assert data(record, "voted")["found"]
    assert "Found on the message; its time is that of the reading." in said(lab)


def refused_by_a_window(lab: Stage, record: dict[str, Any]) -> None:
    assert lab.messages() == []
    assert touched(lab.world) == []


def denied_in_time(lab: Stage, record: dict[str, Any]) -> None:
    votes = [e["data"]["choice"] for e in record["entries"] if e["kind"] == "voted"]
    assert votes == ["approve", "deny"]
    assert touched(lab.world) == []


def under_two_policies(lab: Stage, record: dict[str, Any]) -> None:
    """Each vote says by which file it was judged."""
    asked, *votes = (e["data"] for e in record["entries"] if e["kind"] in {"asked", "voted"})
    assert {vote["policy_sha256"] for vote in votes} != {asked["policy_sha256"]}
    assert [vote["quorum"] for vote in votes] == [2, 2]


def hung(lab: Stage, record: dict[str, Any]) -> None:
    """Neither before nor after is a lost heartbeat what proves the crash."""
    assert data(record, "nmi-intended")["signs"]["heartbeat"] == "red"
    crash = data(record, "crash-seen")
    assert set(crash["witnesses"]) <= {"blue-screen", "vmware-log", "reboot-event"}
    assert data(record, "log-read")["lines"]
    assert crash["bug_check"]["code"] == 0x80
    assert "Bug check 0x80 NMI_HARDWARE_FAILURE" in said(lab)
    assert lab.world.vm("DumpTest").guest.crashes == 1


def cut_short(lab: Stage, record: dict[str, Any]) -> None:
    """The plan had warned of it."""
    by_api(lab, record)
    befell = data(record, "befell")
    assert befell["what"] == data(record, "dump-cut")["by"] == "ha-reset"
    assert befell["screenshot"].startswith("[nfs11] PayDB/")
    assert "PayDB: reset by vSphere HA at" in said(lab)
    assert befell["screenshot"] in said(lab)
    assert "it is probably cut short" in said(lab)
    assert "meanwhile reset by vSphere HA" in said(lab)
    assert "dump-written" not in kinds(record)


def cut_off(lab: Stage, record: dict[str, Any]) -> None:
    assert "*The dump is truncated: 1,234,567 bytes are missing.* C:\\MemoryDump\\MEMORY.DMP" in said(lab)


def of_another_crash(lab: Stage, record: dict[str, Any]) -> None:
    """Its date is said; nobody is told that something were wrong with the file itself."""
    crashed_at = data(record, "judged")["facts"]["crashed_at"]
    date = f"{datetime.fromisoformat(crashed_at):%Y-%m-%d %H:%M:%S} UTC"
    assert f"*The dump there is of the crash of {date}, not of this one.*" in said(lab)
    assert "truncated" not in said(lab)


def waited_for(lab: Stage, record: dict[str, Any]) -> None:
    """Said once, however often it was seen to grow."""
    growing, judged = data(record, "dump-growing"), data(record, "judged")
    assert growing["file"]["size"] < growing["expected_size"] == judged["file"]["size"]
    assert "The dump is still being copied: C:\\MemoryDump\\MEMORY.DMP has" in said(lab)


def by_kdump(lab: Stage, record: dict[str, Any]) -> None:
    by_api(lab, record)
    judged = data(record, "judged")
    assert judged["facts"]["format"] == "kdump"
    assert judged["file"]["path"] == lab.world.vm("kdump-01").guest.dump_path
    checks = {check["name"] for check in judged["verdict"]["ours"]}
    assert {"memory", "cpus", "panic", "crash-time", "host-name"} <= checks
    assert "Kernel panic - not syncing: NMI: Not continuing" in said(lab)


def runs_on(lab: Stage, record: dict[str, Any]) -> None:
    assert "A Linux guest ignores an NMI unless" in said(lab)
    assert lab.world.vm("stubborn-01").guest.crashes == 0


FACTS: dict[str, Fact] = {
    "guest-hung": hung,
    "ha-reset-while-dumping": cut_short,
    "windows-ssh": main_job,
    "rehearsal": rehearsed,
    "withdrawn": withdrawn,
    "powered-off": off,
    "duplicate-names": the_right_one,
    "ssh-already-on": already_on,
    "ssh-refused": failed_by("ssh-unreachable", f"SSH of {HOST} cannot be reached (connection refused)"),
    "wrong-root-password": failed_by("ssh-login", f"{HOST} refuses the SSH login"),
    "host-key-changed": failed_by(
        "ssh-host-key",
        f"The SSH key of {HOST} is not the pinned one (it shows SHA256:",
        "Nothing was sent to it.",
        "pin its new key",
    ),
    "world-vanished": vanished,
    "no-dump-file": no_dump,
    "truncated-dump": cut_off,
    "stale-dump": of_another_crash,
    "still-copying": waited_for,
    "linux-kdump": by_kdump,
    "linux-nmi-ignored": runs_on,
    "no-guest-credentials": no_credentials,
    "bot-killed-after-nmi": killed,
    "vcenter-answer-lost": lost,
    "linux-api": linux,
    "api-not-implemented": handed_over,
    "bundle": in_a_bundle,
    "lockdown": locked,
    "vmotion-before-nmi": moved,
    "ha-monitoring": left_alone,
    "two-on-one-host": in_turn,
    "session-lost": logged_in_again,
    "restore-fails-then-heals": shouted,
    "changed-by-others": left_as_it_was,
    "slack-429": refused_and_posted,
    "plan-changed": asked_again,
    "break-glass": glass_broken,
    "votes-while-down": found_afterwards,
    "freeze": refused_by_a_window,
    "simultaneous": denied_in_time,
    "denied-after-approval": denied_in_time,
    "policy-reloaded": under_two_policies,
}
"""what is particular to a story, beyond what is judged of each"""


@pytest.mark.timeout(LONGEST[SIMULATED])
@pytest.mark.parametrize("name", STORIES)
async def test_story(name: str, tmp_path: Path, launch: Launch) -> None:
    async with stage(tmp_path, world=STORIES[name].world, launch=launch) as lab:
        records, faults = await perform(STORIES[name], lab)
        assert faults == []
        if name in FACTS:
            FACTS[name](lab, records[0])


def test_every_story_is_there() -> None:
    assert sorted(STORIES) == sorted(ISSUED)
    assert FACTS.keys() <= STORIES.keys()
