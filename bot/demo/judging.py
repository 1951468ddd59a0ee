"""Whether a story ended as it must: judged at the lab and by the product's own commands, not by its words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from bot.core.entry import SITE
from bot.demo.stage import HOST, Stage
from bot.demo.story import Story
from bot.lab.slack import Message

Entries = list[dict[str, Any]]
TARGET = "vm-101"
"""the one VM of the lab that an NMI may reach"""
TROUBLE = re.compile(r"^.*(?: WARNING | ERROR | CRITICAL |Traceback|Warning: ).*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Before:
    """How the host was before the bot came."""

    services: dict[str, bool]


def note(stage: Stage) -> Before:
    return Before(_services(stage))


async def faults(stage: Stage, story: Story, before: Before, record: dict[str, Any] | None) -> list[str]:
    """What is not as it must be; empty when all is well. ``record`` is None if no request was opened."""
    entries: Entries = [] if record is None else record["entries"]
    found = [
        *_outcome(stage, story, record),
        *_nmis(stage, story),
        *_host(stage, story, before),
        *_thread(stage, story, record),
    ]
    # Verifying a request verifies the site's journal too.
    found += await _verified(stage, SITE if record is None else record["request"]["id"])
    said = _refusals(entries)
    if len(said) < len(story.told):
        said += _refusals(await _site(stage))
    return [*found, *_told(stage, story, said)]


def trouble(stage: Stage) -> list[str]:
    """The lines of the bot's log that a well-behaved story does not leave."""
    return TROUBLE.findall(stage.log.read_text(encoding="utf-8"))


def log_faults(stage: Stage, story: Story) -> list[str]:
    """What the log warns of and should not, and the other way round; to be asked when the bot has ended."""
    lines = trouble(stage)
    return [
        *(f"in the log: {line}" for line in lines if not any(words in line for words in story.log)),
        *(f"not in the log: {words}" for words in story.log if not any(words in line for line in lines)),
    ]


def kind_of(message: Message, record: dict[str, Any]) -> str:
    """The kind of entry that a message of the bot shows."""
    if message.metadata is None:
        raise ValueError(f"the bot did not post: {message.text}")
    return str(record["entries"][message.metadata["event_payload"]["seq"] - 1]["kind"])


def _outcome(stage: Stage, story: Story, record: dict[str, Any] | None) -> list[str]:
    if record is None:
        files = stage.records()
        return [f"there is a record, {files[0].name}, of a request that must not be"] if files else []
    found = []
    outcome = record["request"]["outcome"]
    if outcome != story.outcome:
        found.append(f"the outcome is {outcome}, it must be {story.outcome}")
    closed = next((e["data"] for e in record["entries"] if e["kind"] == "closed"), None)
    if closed is None or not closed["restored"] == closed["changes"] == len(story.started):
        found.append("the record does not say that every change was put back")
    return found


def _nmis(stage: Stage, story: Story) -> list[str]:
    nmis = stage.world.nmis
    found = []
    if len(nmis) != story.nmis:
        found.append(f"{len(nmis)} NMIs reached the machine, it must be {story.nmis}")
    if any(nmi.moid != TARGET for nmi in nmis):
        found.append("an NMI reached another machine")
    return found


def _host(stage: Stage, story: Story, before: Before) -> list[str]:
    now = _services(stage)
    found = [
        f"{name} is {'on' if now[name] else 'off'} and was not before"
        for name, was in before.services.items()
        if now[name] is not was
    ]
    calls = [(e.call, e.argument) for e in stage.world.effects if e.call.endswith("Service")]
    wanted = [("StartService", name) for name in story.started]
    wanted += [("StopService", name) for name in reversed(story.started)]
    if calls != wanted:
        found.append(f"the host's services were called {calls}, it must be {wanted}")
    told = [event.host and event.host.name for event in stage.world.events.of_kind("GeneralUserEvent")]
    if told != ([HOST, HOST] if wanted else []):
        found.append(f"vCenter's own log was told {len(told)} times")
    return found


def _thread(stage: Stage, story: Story, record: dict[str, Any] | None) -> list[str]:
    messages = stage.messages()
    kinds = () if record is None else tuple(kind_of(message, record) for message in messages)
    found = []
    if kinds != story.thread or len(kinds) != len(messages):
        found.append(f"the thread tells {', '.join(kinds)}; it must be {', '.join(story.thread)}")
    if any(reply.thread_ts != messages[0].ts for reply in messages[1:]):
        found.append("not all messages are in one thread")
    return found


def _told(stage: Stage, story: Story, said: list[tuple[str, str]]) -> list[str]:
    """What people read alone, and whether the record says the same."""
    people = stage.slack.workspace
    heard = [(people.people[str(w.person)].name, w.message.text) for w in stage.private_answers()]
    found = []
    if len(heard) != len(story.told) or not all(
        who == refusal.who and refusal.words in text
        for (who, text), refusal in zip(heard, story.told, strict=True)
    ):
        found.append(f"said to one person alone: {heard}; it must be {story.told}")
    wanted = sorted((people.person(refusal.who).id, str(refusal.code)) for refusal in story.told)
    if sorted(said) != wanted:
        found.append(f"refusals in the record: {said}; it must be {wanted}")
    return found


def _refusals(entries: Entries) -> list[tuple[str, str]]:
    data = [e["data"] for e in entries if e["kind"] in {"ask-refused", "vote-refused"}]
    return [(d["person"], d["code"]) for d in data]


async def _verified(stage: Stage, journal: str) -> list[str]:
    status, output = await stage.run("verify", journal)
    return [] if status == 0 else [f"vmdump verify {journal} says:\n{output}"]


async def _site(stage: Stage) -> Entries:
    """The journal of what has no request, as an auditor gets it."""
    status, output = await stage.run("record", SITE, "--out", "records")
    if status != 0:
        raise RuntimeError(f"vmdump record {SITE} says:\n{output}")
    record = json.loads((stage.folder / "records" / f"{SITE}.json").read_text(encoding="utf-8"))
    entries: Entries = record["entries"]
    return entries


def _services(stage: Stage) -> dict[str, bool]:
    host = stage.world.host(HOST)
    return {name: host.service(name).running for name in ("TSM", "TSM-SSH")}
