"""Finding a VM by name, by asking vCenter and in the inventory that is kept.

``python -m tests.bench.inventory``. vCenter is govmomi's simulator, whose own time is in the figures too.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from bot.core.names import By
from bot.requests.finding_vm import candidates
from bot.vsphere import PyVmomiVCenter
from tests.contract.govmomi_build import build, missing
from tests.contract.vcsim_server import Vcsim, serving


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.inventory", description=__doc__)
    parser.add_argument("--machines", type=int, default=10_000, metavar="N", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default: %(default)s")
    chosen = parser.parse_args()
    if chosen.machines < 5 or chosen.rounds < 1:
        parser.error("at least five machines and one round")
    lacking = missing()
    if lacking is not None:
        parser.exit(1, f"{lacking}\n")
    with tempfile.TemporaryDirectory(prefix="vmdump-bench-") as folder:
        program = build("vcsim", Path(folder))
        print(asyncio.run(measure(program, chosen.machines, chosen.rounds)))


async def measure(program: Path, machines: int, rounds: int) -> str:
    name = f"copy-{machines // 2:05}"
    async with serving(program, "-machines", str(machines)) as vcsim, AsyncExitStack() as stack:
        # Long enough for a busy machine: a question that was given up is no figure.
        endpoint = replace(vcsim.endpoint, call_seconds=600, socket_seconds=300, watch_seconds=120)
        # Never entered, so it keeps nothing.
        asking = PyVmomiVCenter(endpoint)
        stack.push_async_exit(asking)
        asked = [await _seconds(asking, name, found=1) for _ in range(rounds)]
        began = time.perf_counter()
        keeping = await stack.enter_async_context(PyVmomiVCenter(endpoint))
        while keeping._inventory.names() is None:  # noqa: ASYNC110 - a thread fills it
            await asyncio.sleep(0.01)
        filled = time.perf_counter() - began
        kept = [await _seconds(keeping, name, found=1) for _ in range(rounds)]
        known = [await _renamed(vcsim, keeping, n) for n in range(rounds)]
        stood, unlike = await _standstill(_seconds(keeping, f"{name}x", found=0))
    ratios = sorted(a / k for a, k in zip(asked, kept, strict=True))
    lines = [
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}; {machines} VMs",
        "",
        f"Median of {rounds} look-ups of one name, ms",
        f"by asking vCenter              {_ms(median(asked))}",
        f"in the inventory that is kept  {_ms(median(kept))}",
        f"ratio: min {ratios[0]:.0f}, median {median(ratios):.0f}, max {ratios[-1]:.0f}",
        "",
        f"to fill that inventory         {_ms(filled)}",
        f"a rename is known after        {_ms(median(known))}",
        f"to find names near a wrong one {_ms(unlike)}",
        f"in which the loop stood for    {_ms(stood)}",
    ]
    return "\n".join(lines)


async def _seconds(vcenter: PyVmomiVCenter, query: str, found: int) -> float:
    began = time.perf_counter()
    answer = await candidates({"vc1": vcenter}, query)
    took = time.perf_counter() - began
    assert len(answer.meant) == found, query
    return took


async def _renamed(vcsim: Vcsim, keeping: PyVmomiVCenter, n: int) -> float:
    """Seconds from the end of vCenter's own task until the cache has the new name of a VM."""
    name = f"renamed {n}"
    before = keeping._inventory.names()
    assert before is not None
    await vcsim.administrator.rename(next(iter(before)).moid, name)
    began = time.perf_counter()
    while not (now := keeping._inventory.names()) or not now.find(By.NAME, name):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.001)
    return time.perf_counter() - began


async def _standstill(work: Awaitable[float]) -> tuple[float, float]:
    """The longest that the event loop did nothing else meanwhile, and what the work says."""
    turns: list[float] = []

    async def turn() -> None:
        while True:
            turns.append(time.perf_counter())
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        turning = tasks.create_task(turn())
        answer = await work
        turning.cancel()
    return max(b - a for a, b in pairwise(turns)), answer


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:10.2f}"


if __name__ == "__main__":
    main()
