"""The approval with the whole bot: copies, explaining, reviewing, doctor, SIGHUP, the socket."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.demo.settings import change_rules, change_settings
from bot.demo.stage import Stage
from bot.lab.slack import Message
from bot.lab.slack.default_workspace import ALICE, BOB, CAROL, MALLORY
from tests.accounts import folder_for_all
from tests.scenario.kit import Ear, ear

pytestmark = pytest.mark.slow

CHANNEL_ID = "C0INC42000"
RANDOM = "C0RANDOM00"
AS = """
import os, sys
import bot.by_line, bot.cli, bot.local.client, bot.messages.catalogue, bot.ops.redaction
os.setresuid(*[int(sys.argv.pop(1))] * 3)
sys.exit(bot.cli.main(sys.argv[1:]))
"""


def in_the_channel(lab: Stage) -> Message | None:
    return next((m for m in lab.messages() if m.channel == CHANNEL_ID and "Plan `" in m.text), None)


def copies(lab: Stage) -> list[Message]:
    found = [m for m in lab.slack.workspace.channels[RANDOM].messages.values() if m.metadata is not None]
    return sorted(found, key=lambda m: m.ts)


async def test_auditors_get_a_copy_of_each_request_and_decision(lab: Stage) -> None:
    change_settings(lab, lambda site: site["slack"].update(audit_channel=RANDOM))
    await lab.start_bot()
    with ear(lab) as hears:
        assert "There is no VM called nowhere" in await hears.refusal("nowhere")
        await lab.ask()
        plan = await lab.unless_ended(lab.slack.workspace.until(lambda _: in_the_channel(lab)))
        await lab.react("mallory", plan)
        await hears.private("mallory")
        await lab.react("bob", plan, "x")
        await lab.closed()
        await lab.unless_ended(lab.slack.workspace.until(lambda _: len(copies(lab)) >= 7))
    assert await lab.stop_bot() == 0
    told = [copy.text.split("\n")[1] for copy in copies(lab)]
    wanted = (
        "is in force",
        "nowhere",
        "asked for DumpTest",
        "asks for a memory dump",
        "You are not one",
        "Denied by",
        "Closed:",
    )
    assert [words for words, text in zip(wanted, told, strict=True) if words not in text] == []
    assert all(
        copy.thread_ts is None and not any(b["type"] == "actions" for b in copy.blocks)
        for copy in copies(lab)
    )
    request = lab.request_id(plan)
    assert copies(lab)[3].text.startswith(f"*{request}* in <#{CHANNEL_ID}>")
    # A vote on a copy is none, and the copies do not disturb the comparison with the thread.
    status, said = await lab.verify(request)
    assert status == 0, said


async def test_whoever_asks_is_told_why(lab: Stage) -> None:
    await lab.start_bot()
    with ear(lab) as hears:
        mine = await hears.refusal("explain DumpTest")
        assert re.search(
            rf'<@{ALICE}> may request \*DumpTest\* here, by rule "production" as .*responders', mine
        )
        assert f"Could approve: <@{BOB}> <@{CAROL}>" in mine
        assert 'rule "payments" does not apply: folder does not fit' in mine
        theirs = await hears.refusal("explain DumpTest", user="mallory")
        assert "No rule lets you ask for that here" in theirs
        assert "Only the people under `admins`" in await hears.refusal("doctor")
        seen = await hears.refusal("doctor", user="bob")
        assert re.search(r"\d+ of \d+ are well", seen)
        assert "no break-glass that waits for a review" in await _unreviewed(hears, lab)
    for user, granted in ((ALICE, True), (MALLORY, False)):
        status, said = await lab.run("explain", "--user", user, "--vm", "DumpTest", "--channel", CHANNEL_ID)
        assert (status == 0) is granted, said
        assert ("may request" in said) is granted
    assert await lab.stop_bot() == 0


async def _unreviewed(hears: Ear, lab: Stage) -> str:
    await lab.ask()
    request = lab.request_id(await lab.approval_message())
    told = await hears.refusal(f"review {request}", user="bob")
    await lab.ask(f"cancel {request}")
    await lab.said("*Closed: cancelled.*")
    return told


async def test_rules_that_others_could_write_are_not_taken(lab: Stage) -> None:
    change_rules(lab, lambda _: None)
    rules = lab.folder / "rbac.yaml"
    rules.chmod(0o666)
    status, said = await lab.run("serve")
    assert (status, "expected chmod go-w" in said) == (2, True)
    rules.chmod(0o644)
    await lab.start_bot()
    assert lab.process is not None
    rules.chmod(0o666)
    lab.process.send_signal(signal.SIGHUP)
    await lab.logged("the policy stays as it was")
    rules.chmod(0o644)
    rules.write_text(rules.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    lab.process.send_signal(signal.SIGHUP)
    await lab.logged("another policy is in force")
    assert await lab.stop_bot() == 0


async def as_account(uid: int, lab: Stage, *words: str) -> tuple[int, str]:
    """Runs a command of the product as another account of the machine."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        AS,
        str(uid),
        *words,
        env=lab.environment,
        cwd=lab.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be several accounts")
async def test_a_capture_by_the_command_line(lab: Stage) -> None:
    def with_line(rules: dict[str, Any]) -> None:
        rules["rules"][0]["approve"]["by"] = ["reaction", "command line"]
        rules["rules"][0]["grant"]["read-record"] = ["responders"]

    with folder_for_all() as folder:
        path = f"{folder}/vmdump.sock"
        people = [{"uid": 60001, "person": ALICE}, {"uid": 60002, "person": BOB}]
        change_rules(lab, with_line)
        change_settings(lab, lambda site: site.update(command_line={"socket": path, "people": people}))
        await lab.start_bot()
        asked = ("request", "DumpTest", "--channel", CHANNEL_ID, "--reason", "case 4711", "--socket", path)
        assert (await as_account(60009, lab, *asked))[0] == 1
        status, said = await as_account(60001, lab, *asked)
        assert status == 0, said
        request = lab.request_id(await lab.approval_message())
        digest = said.strip().rpartition(" ")[2]
        vote = ("approve", request, "--vm", "DumpTest", "--digest", digest, "--socket", path)
        status, said = await as_account(60001, lab, *vote)
        assert (status, "You are not one of the approvers" in said) == (1, True)
        status, said = await as_account(60002, lab, *vote)
        assert (status, "By the command line" in said) == (0, True)
        record = await lab.closed()
        assert record["request"]["outcome"] == "captured"
        assert len(lab.world.nmis) == 1
        status, said = await as_account(60001, lab, "record", request, "--socket", path, "--out", str(folder))
        assert (status, "cannot be written" in said) == (1, True)
        folder.chmod(0o777)
        status, said = await as_account(60001, lab, "record", request, "--socket", path, "--out", str(folder))
        assert status == 0, said
        read = json.loads((folder / f"{request}.json").read_text(encoding="utf-8"))
        assert read["request"]["id"] == request
        status, said = await lab.run("record", "site", "--out", "records")
        site = json.loads((lab.folder / "records" / "site.json").read_text(encoding="utf-8"))
        assert [e["data"]["person"] for e in site["entries"] if e["kind"] == "record-read"] == [
            *(ALICE, ALICE, ALICE),
            "uid 0",
        ]
        assert await lab.stop_bot() == 0
        assert not Path(path).exists()  # noqa: ASYNC240
