"""``/vmdump DumpTest``, from the slash command to the closed record, looked at from every side."""

import hashlib
import json
from typing import Any

from bot.demo.judging import kind_of
from bot.demo.stage import HOST, Stage
from bot.demo.story import CAPTURED
from bot.lab.slack import Message
from tests.scenario.kit import data, touched


def main_job(lab: Stage, record: dict[str, Any]) -> None:
    thread_tells_it_in_order(lab, record)
    picture_is_shown(lab, record)
    lab_saw_it(lab)
    both_records_are_there(lab, record)


def thread_tells_it_in_order(lab: Stage, record: dict[str, Any]) -> None:
    messages = lab.messages()
    plan = messages[0]
    assert not any(message.edited for message in messages)
    for words in (
        "<@U0ALICE042> asks for a memory dump of *DumpTest*",
        "*This CRASHES DumpTest*",
        "*Reason* support case 4711",
        "ESXi Shell off → on → off · SSH off → on → off",
        record["request"]["digest"][:8],
    ):
        assert words in plan.text
    said = dict(zip(CAPTURED, (message.text for message in messages), strict=True))
    assert "Approved by <@U024BE7LH>" in said["voted"]
    assert f"World 3199732 on {HOST}" in said["nmi-sent"]
    assert "*The dump is good.* C:\\MemoryDump\\MEMORY.DMP" in said["judged"]
    head = record["head"]
    assert "*Closed: captured.*" in said["closed"]
    assert "2 of 2 changes, read back twice" in said["closed"]
    assert f"journal head `{head[:8]}…{head[-4:]}`" in said["closed"]
    assert record["entries"][-1]["hash"] == head


def picture_is_shown(lab: Stage, record: dict[str, Any]) -> None:
    (shown,) = (message for message in lab.messages() if image_of(message))
    assert kind_of(shown, record) == "crash-seen"
    file = lab.slack.workspace.files[image_of(shown)]
    assert file.state == "ready"
    assert file.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert hashlib.sha256(file.content).hexdigest() == data(record, "crash-seen")["picture"]


def image_of(message: Message) -> str:
    return next((str(b["slack_file"]["id"]) for b in message.blocks if b["type"] == "image"), "")


def lab_saw_it(lab: Stage) -> None:
    world = lab.world
    assert [(nmi.world_id, nmi.vm, nmi.host) for nmi in world.nmis] == [(3199732, "DumpTest", HOST)]
    effects = [(e.call, e.argument) for e in touched(world) if e.call != "LogUserEvent"]
    assert effects == [
        ("StartService", "TSM"),
        ("StartService", "TSM-SSH"),
        ("vmdumper nmi", "3199732"),
        ("StopService", "TSM-SSH"),
        ("StopService", "TSM"),
    ]
    assert all(effect.applied for effect in world.effects)
    on_vm, on_host = world.events.of_kind("GeneralUserEvent")
    assert on_vm.vm is world.vm("DumpTest")
    assert (on_host.vm, on_host.host) == (None, world.host(HOST))
    first_start = next(effect.at for effect in world.effects if effect.call == "StartService")
    assert max(on_vm.at, on_host.at) < first_start
    for event in (on_vm, on_host):
        for words in ("memory dump of DumpTest", "U0ALICE042", "U024BE7LH", "support case 4711"):
            assert words in event.message


def both_records_are_there(lab: Stage, record: dict[str, Any]) -> None:
    request = record["request"]["id"]
    folder = lab.folder / "records"
    assert sorted(path.name for path in folder.iterdir()) == [f"{request}.json", f"{request}.md"]
    assert json.loads((folder / f"{request}.json").read_text(encoding="utf-8")) == record
    text = (folder / f"{request}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {request}: DumpTest\n")
    assert f"head `{record['head']}`" in text
    assert text.count("\n| ") == len(record["entries"]) + 1
