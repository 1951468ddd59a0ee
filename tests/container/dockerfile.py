"""The Dockerfile, taken apart as far as ours needs it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Step:
    word: str
    """``RUN``, ``COPY`` and so on"""
    rest: str


@dataclass(slots=True)
class Stage:
    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> str | None:
        return next((step.rest for step in reversed(self.steps) if step.word == word), None)

    def all(self, word: str) -> list[str]:
        return [step.rest for step in self.steps if step.word == word]


def stages(path: Path = ROOT / "Dockerfile") -> list[Stage]:
    """In order. ``ARG`` counts before the first stage only; raises ``ValueError`` for one inside."""
    found: list[Stage] = []
    arguments: dict[str, str] = {}
    for step in _steps(path.read_text(encoding="utf-8")):
        if step.word == "ARG":
            if found:
                raise ValueError("an ARG inside a stage is not understood here")
            name, _, value = step.rest.partition("=")
            arguments[name] = value
        elif step.word == "FROM":
            base, _, name = step.rest.partition(" AS ")
            filled = re.sub(r"\$\{(\w+)\}", lambda m: arguments[m[1]], base)
            found.append(Stage(filled, name or str(len(found))))
        else:
            found[-1].steps.append(step)
    return found


def healthcheck(stage: Stage) -> list[str]:
    """The command in exec form."""
    command: list[str] = json.loads((stage.last("HEALTHCHECK") or "").partition("CMD ")[2])
    return command


def _steps(text: str) -> list[Step]:
    bare = "\n".join(line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    whole = bare.replace("\\\n", " ")
    return [Step(*line.split(maxsplit=1)) for line in whole.splitlines()]
