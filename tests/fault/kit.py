"""Ending the bot, and what must hold whenever it was ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.capture.watch import GAP
from bot.core.entry import Event, Shows
from bot.demo.stage import HOST, Stage

STEADY_SECONDS = GAP * 1.0
"""a longer silence after the NMI's intent, and signs of life no longer count as continuing"""


def ending_without_nmi(record: dict[str, Any]) -> str:
    """How a capture must end whose NMI never went out: how long the bot was away tells."""
    at = {e["kind"]: datetime.fromisoformat(e["at"]) for e in reversed(record["entries"])}
    silence = (at["signs-read"] - at["nmi-intended"]).total_seconds()
    return "no crash seen" if silence <= STEADY_SECONDS else "unknown"


async def approve(lab: Stage, text: str = "DumpTest support case 4711") -> None:
    await lab.ask(text)
    await lab.react("bob", await lab.approval_message())


async def die_at(lab: Stage, gate: str, *, drop: bool) -> None:
    """Has the capture reach the gate, kills the bot there, and lets the lab go on, or lose the call."""
    lab.world.gates.close(gate)
    await approve(lab)
    await lab.unless_ended(lab.world.gates.reached(gate))
    await lab.kill_bot()
    lab.world.gates.open(gate, drop=drop)


async def end(lab: Stage, *, nmis: int) -> dict[str, Any]:
    """Starts the bot again and waits for the end; what must hold after every kill is checked here."""
    await lab.start_bot()
    record = await lab.closed()
    assert [nmi.world_id for nmi in lab.world.nmis] == [3199732] * nmis
    host = lab.world.host(HOST)
    assert not host.service("TSM").running
    assert not host.service("TSM-SSH").running
    closed = record["entries"][-1]
    assert closed["kind"] == "closed"
    assert closed["data"]["restored"] == closed["data"]["changes"]
    await check_record(lab, record)
    return record


async def check_record(lab: Stage, record: dict[str, Any]) -> None:
    """Its journal is as it was written, and the thread says what it does, once and in order."""
    status, output = await lab.verify(record["request"]["id"])
    assert status == 0, output
    told = [m.metadata["event_payload"]["seq"] for m in lab.messages() if m.metadata]
    in_thread = [e["seq"] for e in record["entries"] if Event.kinds[e["kind"]].shows is Shows.THREAD]
    assert told == in_thread, "the thread has a gap, a double, or is out of order"


def kinds(record: dict[str, Any]) -> list[str]:
    return [entry["kind"] for entry in record["entries"]]
