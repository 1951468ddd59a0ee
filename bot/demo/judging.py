"""Whether a story ended as it must: judged at the lab and by the product's own commands, not by its words."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.core.entry import SITE
from bot.core.request import Outcome
from bot.demo.condition import Condition, condition_of, differences
from bot.demo.stage import Stage
from bot.demo.story import Story
from bot.lab.slack import Message

Record = dict[str, Any]
Entries = list[dict[str, Any]]
TROUBLE = re.compile(r"^.*(?: WARNING | ERROR | CRITICAL |Traceback|Warning: ).*$", re.MULTILINE)


def note(stage: Stage) -> Condition:
    """How everything is before the bot comes."""
    return condition_of(stage.worlds)


async def faults(stage: Stage, story: Story, before: Condition, *records: Record) -> list[str]:
    """What is not as it must be; empty when all is well. ``records`` are those of all requests."""
    found = [
        *_outcomes(stage, story, records),
        *_nmis(stage, story),
        *differences({**before, **story.left}, condition_of(stage.worlds)),
        *_services(stage, story),
        *_vcenter_told(stage, story),
        *_threads(stage, story, records),
    ]
    # Verifying a request verifies the site's journal too.
    for journal in [record["request"]["id"] for record in records] or [SITE]:
        found += await _verified(stage, journal)
    said = _refusals([entry for record in records for entry in record["entries"]])
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


def kind_of(message: Message, record: Record) -> str:
    """The kind of entry that a message of the bot shows."""
    return str(record["entries"][_shown(message)["seq"] - 1]["kind"])


def _shown(message: Message) -> dict[str, Any]:
    """Which entry a message of the bot shows."""
    if message.metadata is None:
        raise ValueError(f"the bot did not post: {message.text}")
    shown: dict[str, Any] = message.metadata["event_payload"]
    return shown


def _outcomes(stage: Stage, story: Story, records: tuple[Record, ...]) -> list[str]:
    wanted = 0 if story.outcome is None else 1 + len(story.later)
    files = stage.records()
    found = [] if len(files) == wanted else [f"there are {len(files)} records, it must be {wanted}"]
    for record in records:
        outcome = record["request"]["outcome"]
        if outcome != story.outcome:
            found.append(f"the outcome is {outcome}, it must be {story.outcome}")
        found += _closing(story, record)
    return found


def _closing(story: Story, record: Record) -> list[str]:
    """What the record says of the changes, against the journal's own entries of them."""
    entries = record["entries"]
    closed = next((e["data"] for e in entries if e["kind"] == "closed"), None)
    if closed is None:
        return ["the record is not closed"]
    made = {e["data"]["change_id"] for e in entries if e["kind"] == "change-made"}
    settled = {e["data"]["change_id"] for e in entries if e["kind"] == "change-settled"}
    taken = {e["data"]["change_id"] for e in entries if e["kind"] == "taken-over"}
    found = []
    if made != settled | taken or len(taken) != len(story.left):
        found.append(f"changes made: {made}, put back: {settled}, left to others: {taken}")
    restored = (len(settled), len(taken), 0)
    if story.outcome is Outcome.ARMED:
        # At the closing all of it was kept; it was put back later.
        restored = (0, 0, len(made))
    said = tuple(closed[name] for name in ("restored", "taken_over", "kept"))
    if (closed["changes"], *said) != (len(made), *restored):
        found.append("the closing entry does not say what became of every change")
    return found


def _nmis(stage: Stage, story: Story) -> list[str]:
    """Over all sites: machines of different vCenters may share an id."""
    nmis = [(name, nmi) for name, world in stage.worlds.items() for nmi in world.nmis]
    reached = [(name, nmi.moid) for name, nmi in nmis]
    found = []
    if len(nmis) != story.nmis:
        found.append(f"{len(nmis)} NMIs reached machines, it must be {story.nmis}")
    if len(set(reached)) != len(reached):
        found.append("a machine got two NMIs")
    if not set(reached) <= {(story.world, target) for target in story.targets}:
        found.append("an NMI reached another machine")
    if any(nmi.via != story.via for _, nmi in nmis):
        found.append(f"an NMI did not come by {story.via}")
    return found


def _services(stage: Stage, story: Story) -> list[str]:
    """One start and one stop each, in that order, for one request after the other."""
    calls = [
        (effect.call, effect.on, effect.argument)
        for world in stage.worlds.values()
        for effect in world.effects
        if effect.call.endswith("Service") and effect.applied
    ]
    wanted = []
    for target in story.targets:
        host = stage.world.vm(target).host
        label = {name: f"{host.service(name).label} of {host.name}" for name in story.started}
        stopped = [name for name in reversed(story.started) if label[name] not in story.left]
        wanted += [("StartService", host.name, name) for name in story.started]
        wanted += [("StopService", host.name, name) for name in stopped]
    if calls != wanted:
        return [f"services were called {calls}, it must be {wanted}"]
    return []


def _vcenter_told(stage: Stage, story: Story) -> list[str]:
    """vCenter's own log names the host twice for each request: for the machine, and for itself.

    Arming concerns the machine alone.
    """
    events = [e for world in stage.worlds.values() for e in world.events.of_kind("GeneralUserEvent")]
    told = [event.host and event.host.name for event in events]
    times = 2 if "prepared" in story.thread else 1 if story.outcome is Outcome.ARMED else 0
    wanted = [stage.world.vm(target).host.name for target in story.targets for _ in range(times)]
    if told != wanted:
        return [f"vCenter's own log was told of {told}, it must be {wanted}"]
    return []


def _threads(stage: Stage, story: Story, records: tuple[Record, ...]) -> list[str]:
    wanted = (story.thread, *story.later) if records else ()
    found = []
    messages = stage.messages()
    for record, kinds in zip(records, wanted, strict=False):
        journal = record["request"]["id"]
        thread = [message for message in messages if _shown(message)["journal"] == journal]
        told = tuple(kind_of(message, record) for message in thread)
        if told != kinds:
            found.append(f"the thread tells {', '.join(told)}; it must be {', '.join(kinds)}")
        if any(reply.thread_ts != thread[0].ts for reply in thread[1:]):
            found.append("not all messages are in one thread")
    if len(messages) != sum(map(len, wanted)):
        found.append(f"{len(messages)} messages were posted, it must be {sum(map(len, wanted))}")
    return found


def _told(stage: Stage, story: Story, said: list[tuple[str, str]]) -> list[str]:
    """What people read alone, and whether the record says the same."""
    people = stage.slack.workspace
    heard = [(people.people[str(w.person)].name, w.message.text) for w in stage.private_answers()]
    found = []
    answers = [text for _, text in heard if any(words in text for words in story.answered)]
    if not len(answers) == len(story.answered) == len(set(answers)):
        found.append(f"answers to one person alone: {answers}; it must be {story.answered}")
    heard = [(who, text) for who, text in heard if text not in answers]
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
    status, output = await stage.verify(journal)
    return [] if status == 0 else [f"vmdump verify {journal} says:\n{output}"]


async def _site(stage: Stage) -> Entries:
    """The journal of what has no request, as an auditor gets it."""
    status, output = await stage.run("record", SITE, "--out", "records")
    if status != 0:
        raise RuntimeError(f"vmdump record {SITE} says:\n{output}")
    record = json.loads((stage.folder / "records" / f"{SITE}.json").read_text(encoding="utf-8"))
    entries: Entries = record["entries"]
    return entries
