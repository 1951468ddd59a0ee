"""The numbers that Prometheus reads. No names of machines or people, and nothing that grows with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.core.events import BrokeGlass, GlassReviewed
from bot.core.request import Outcome, State
from bot.ops.tally import BOUNDS, Tally
from bot.store.clock import Clock
from bot.store.counting import Waiting, entries_after, waiting
from bot.store.database import Database

AT_ONCE = 500
"""Entries that are read in one go: what is committed meanwhile waits for it."""


class Metrics:
    """Counted from the journals: all that there are at the first reading, then what was added."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.registry = CollectorRegistry()
        """for what only this process knows"""
        ProcessCollector(registry=self.registry)
        self._database = database
        self._clock = clock
        self._tally = Tally()
        self._counted: dict[str, int] = {}
        self._counting = asyncio.Lock()

    def watch(self, name: str, what: str, read: Callable[[], float]) -> None:
        """A number of this process that is read with each page."""
        Gauge(f"vmdump_{name}", what, registry=self.registry).set_function(read)

    async def page(self) -> bytes:
        """In Prometheus' text format. Raises whatever the database raises."""
        async with self._counting:
            await self._count()
        now = await self._database.read(waiting)
        journals = CollectorRegistry()
        journals.register(_Once([*_counted(self._tally), *_waiting(now, self._clock.now())]))
        return generate_latest(journals) + generate_latest(self.registry)

    async def _count(self) -> None:
        while True:
            found = await self._database.read(lambda c: entries_after(c, self._counted, limit=AT_ONCE))
            for entry in found:
                self._tally.add(entry.body)
                self._counted[entry.journal] = entry.seq
            if len(found) < AT_ONCE:
                return


class _Once(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _counted(tally: Tally) -> Iterator[Metric]:
    kinds = CounterMetricFamily("vmdump_entries", "Entries of all journals, by kind.", labels=["kind"])
    for kind, number in sorted(tally.kinds.items()):
        kinds.add_metric([kind], number)
    yield kinds
    outcomes = CounterMetricFamily(
        "vmdump_requests_closed", "Closed requests, by outcome.", labels=["outcome"]
    )
    for outcome in Outcome:
        outcomes.add_metric([outcome.value], tally.outcomes[outcome.value])
    yield outcomes
    yield CounterMetricFamily(
        "vmdump_restore_failures", "Attempts to undo a change that failed.", value=tally.failed_restores
    )
    yield GaugeMetricFamily(
        "vmdump_break_glass_unreviewed",
        "Uses of break-glass that no other approver has looked at.",
        value=tally.kinds[BrokeGlass.kind] - tally.kinds[GlassReviewed.kind],
    )
    kept = zip([*map(str, BOUNDS), "+Inf"], accumulate(tally.to_nmi), strict=True)
    yield HistogramMetricFamily(
        "vmdump_approval_to_nmi_seconds",
        "From the deciding vote to the NMI, in closed requests.",
        buckets=list(kept),
        sum_value=tally.to_nmi_seconds,
    )


def _waiting(now: Waiting, at: datetime) -> Iterator[Metric]:
    living = GaugeMetricFamily(
        "vmdump_requests_living", "Requests that are not closed, by state.", labels=["state"]
    )
    for state in State:
        if state is not State.CLOSED:
            living.add_metric([state.value], now.living.get(state.value, 0))
    yield living
    for name, what, value in (
        ("debts_open", "Changes of hosts that are not proved undone.", now.debts),
        ("debts_failing", "Open debts that people were told of: undoing them keeps failing.", now.failing),
        ("debt_oldest_seconds", "Age of the oldest open debt.", _age(now.oldest_debt, at)),
        ("outbox_backlog", "Entries that are still to be posted.", now.posts),
        ("outbox_oldest_seconds", "Age of the oldest of them.", _age(now.oldest_post, at)),
        ("outbox_given_up", "Entries that Slack refused for good.", now.given_up),
        ("inbox_backlog", "Deliveries from Slack that are not dealt with.", now.deliveries),
        ("inbox_oldest_seconds", "Age of the oldest of them.", _age(now.oldest_delivery, at)),
    ):
        yield GaugeMetricFamily(f"vmdump_{name}", what, value=value)


def _age(since: datetime | None, at: datetime) -> float:
    return 0.0 if since is None else max(0.0, (at - since).total_seconds())
