"""From approval to NMI, bot against script: ``python -m tests.bench``."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.rounds import Round, Run, measure


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default: %(default)s")
    rounds = parser.parse_args().rounds
    if rounds < 1:
        parser.error("at least one round")
    with tempfile.TemporaryDirectory(prefix="vmdump-bench-") as folder:
        print(report(asyncio.run(measure(Path(folder), rounds))))


def report(rounds: list[Round]) -> str:
    ratios = sorted(r.ratio for r in rounds)
    calls = (f"{number} {name}" for name, number in rounds[-1].bot.calls.items())
    lines = [
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}",
        "",
        "From the approving reaction (script: its word to go) to the NMI at the host, ms",
        "round      bot   script   ratio",
        *(
            f"{n:5}  {_ms(r.bot.seconds)}  {_ms(r.script.seconds)}  {r.ratio:6.2f}"
            for n, r in enumerate(rounds, start=1)
        ),
        "",
        f"ratio: min {ratios[0]:.2f}, median {median(ratios):.2f}, max {ratios[-1]:.2f}",
        "",
        "Median of each part, up to the entry that it ends with, ms",
        f"{'':20}    bot   script",
        *_parts(rounds),
        "",
        f"Calls at vCenter and the host, the same of both: {', '.join(calls)}",
    ]
    return "\n".join(lines)


def _parts(rounds: list[Round]) -> list[str]:
    bots, scripts = [r.bot for r in rounds], [r.script for r in rounds]
    return [f"{name:20} {_part(bots, name)}  {_part(scripts, name)}" for name in bots[0].parts]


def _part(runs: list[Run], name: str) -> str:
    """Nothing where the script has no such step."""
    found = [run.parts[name] for run in runs if name in run.parts]
    return _ms(median(found)) if found else " " * 7


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:7.1f}"


if __name__ == "__main__":
    main()
