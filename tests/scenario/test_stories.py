"""Every story of the demo ends as it must, and says so of itself in every way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.demo.play import LONGEST, perform
from bot.demo.stage import HOST, Stage, stage
from bot.demo.stories import STORIES
from tests.scenario.kit import data, kinds
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
    assert "*Not verified.* No entry under `guests` in the settings fits DumpTest" in said(lab)
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


FACTS: dict[str, Fact] = {
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
    "no-guest-credentials": no_credentials,
    "bot-killed-after-nmi": killed,
    "vcenter-answer-lost": lost,
    "slack-429": refused_and_posted,
}
"""what is particular to a story, beyond what is judged of each"""


@pytest.mark.timeout(LONGEST)
@pytest.mark.parametrize("name", STORIES)
async def test_story(name: str, tmp_path: Path) -> None:
    async with stage(tmp_path) as lab:
        record, faults = await perform(STORIES[name], lab)
        assert faults == []
        if name in FACTS:
            assert record is not None
            FACTS[name](lab, record)


def test_every_story_is_there() -> None:
    assert sorted(STORIES) == sorted(ISSUED)
    assert FACTS.keys() <= STORIES.keys()
