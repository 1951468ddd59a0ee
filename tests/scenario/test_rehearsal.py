"""Rehearsing a host whose key nobody knows: shown, compared, pinned by an admin, and then trusted."""

from __future__ import annotations

from typing import Any

import asyncssh
import pytest

from bot.demo.judging import kind_of
from bot.demo.settings import change_rules
from bot.demo.stage import HOST, Stage
from bot.lab.slack import Message
from tests.scenario.kit import data, ear, touched

pytestmark = pytest.mark.slow


async def test_a_key_is_pinned_by_an_admin_and_by_its_fingerprint(lab: Stage) -> None:
    (lab.folder / "known_hosts").write_text("")
    fingerprint = asyncssh.import_public_key(lab.world.host(HOST).host_key).get_fingerprint("sha256")
    with ear(lab) as hears:
        await lab.start_bot()
        await lab.ask("rehearse DumpTest")
        plan = await lab.approval_message()
        assert ":warning: no key of the host is known" in plan.text
        await lab.react("bob", plan)
        shown = await lab.said("shows a key that nobody pinned yet")
        assert f"ssh-ed25519 `{fingerprint}`" in shown.text
        await lab.said("*Closed: rehearsal failed.*")
        first = await lab.record()
        request = first["request"]["id"]
        assert data(first, "host-key-shown")["fingerprint"] == fingerprint
        assert not any(lab.world.host(HOST).service(id_).running for id_ in ("TSM", "TSM-SSH"))

        right, wrong = f"pin {request} {fingerprint}", f"pin {request} SHA256:{'A' * 43}"
        assert "not one of them" in await hears.refusal(right, user="alice")
        assert "Nothing is pinned" in await hears.refusal(wrong, user="bob")
        await lab.slack.command(user="bob", channel="inc-42", text=right)
        pinned = await lab.said("pinned the key of")
        assert pinned.thread_ts == shown.thread_ts

    await lab.ask("rehearse DumpTest")
    plan = await second_plan(lab)
    assert "host's key known (ssh-ed25519, pinned)" in plan.text
    await lab.react("bob", plan)
    said = await lab.said("*Rehearsed.*")
    assert "World 3199732" in said.text
    await lab.said("*Closed: rehearsed.*")
    second = (await lab.written(2))[-1]
    assert kind_of(said, second) == "rehearsed"
    assert lab.world.nmis == []
    assert (lab.folder / "known_hosts").read_text() == ""
    with ear(lab) as hears:
        assert "The pin stays" in await hears.refusal(f"unpin {HOST} SHA256:{'A' * 43}", user="bob")
        await lab.slack.command(user="bob", channel="inc-42", text=f"unpin {HOST} {fingerprint}")
        taken_back = await lab.said("took back the pin of")
        assert taken_back.thread_ts == shown.thread_ts
        assert "no SSH key of esx-03.example.com is known" in await hears.refusal("DumpTest")
    for record in (first, second):
        status, output = await lab.verify(record["request"]["id"])
        assert status == 0, output
    assert await lab.stop_bot() == 0


async def test_a_capture_without_a_known_key_is_refused_before_anybody_votes(lab: Stage) -> None:
    (lab.folder / "known_hosts").write_text("")
    with ear(lab) as hears:
        await lab.start_bot()
        refusal = await hears.refusal("DumpTest")
    assert "no SSH key of esx-03.example.com is known" in refusal
    assert "`/vmdump rehearse DumpTest`" in refusal
    assert lab.messages() == []
    assert touched(lab.world) == []


async def second_plan(lab: Stage) -> Message:
    def find(_: Any) -> Message | None:
        plans = [m for m in lab.messages() if "asks to rehearse" in m.text]
        return plans[1] if len(plans) > 1 else None

    found: Message = await lab.unless_ended(lab.slack.workspace.until(find))
    return found


async def test_without_a_rule_nobody_rehearses(lab: Stage) -> None:
    change_rules(lab, lambda rules: rules["rules"][0].pop("rehearse"))
    with ear(lab) as hears:
        await lab.start_bot()
        assert "No rule lets you" in await hears.refusal("rehearse DumpTest")
    assert touched(lab.world) == []
