"""The Dockerfile, without a container engine; ``tests/container/build.py`` carries out its steps."""

from __future__ import annotations

import asyncio
import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import _parser
from bot.ops.endpoint import Health, watched
from bot.ops.metrics import Metrics
from tests.container.dockerfile import ROOT, healthcheck, stages
from tests.unit.store.kit import Store, opened

STAGES = stages()
LAST = STAGES[-1]
HADOLINT = Path(sys.executable).with_name("hadolint")
INSTALL = (ROOT / "docs/install.md").read_text(encoding="utf-8")


def lint(path: Path) -> subprocess.CompletedProcess[str]:
    if not HADOLINT.exists() and not os.environ.get("VMDUMP_CI"):
        pytest.skip("hadolint has no wheel for this machine")
    command: list[str | Path] = [HADOLINT, "--no-color", "--failure-threshold", "style", path]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_linter_finds_nothing() -> None:
    done = lint(ROOT / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_the_linter_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN apt-get install curl && cd /tmp\nUSER root\n")
    done = lint(tmp_path / "Dockerfile")
    assert done.returncode == 1
    assert {"DL3006", "DL3002", "DL3015"} <= set(re.findall(r"DL\d+", done.stdout))


def test_the_base_is_pinned_and_one_that_the_lock_is_for() -> None:
    assert {stage.base for stage in STAGES} == {STAGES[0].base}
    assert re.fullmatch(r"python:3\.1[123]\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?", LAST.base)


def test_nothing_is_installed_without_a_hash() -> None:
    commands = [part for stage in STAGES for run in stage.all("RUN") for part in run.split("&&")]
    fetching = [command for command in commands if re.search(r"pip (install|wheel)", command)]
    assert len(fetching) == 3
    for pip in fetching:
        offline = "--no-deps" in pip and ("--no-index" in pip or "--no-build-isolation" in pip)
        assert "--require-hashes -r requirements.lock" in pip or offline, pip


def test_it_runs_as_nobody_in_particular() -> None:
    uid, _, gid = (LAST.last("USER") or "").partition(":")
    assert uid == gid == "64100"
    made = " ".join(LAST.all("RUN"))
    assert f"--uid {uid}" in made
    assert f"--gid {gid}" in made
    assert f"uid {uid}" in INSTALL
    place = next(i for i, step in enumerate(LAST.steps) if step.word == "USER")
    assert not [step for step in LAST.steps[place:] if step.word in ("RUN", "COPY", "ADD")]


def test_the_last_stage_takes_nothing_but_the_program() -> None:
    assert LAST.all("COPY") == ["--from=build /opt/vmdump /opt/vmdump"]


def test_state_is_in_the_volume_where_the_shipped_settings_put_it() -> None:
    assert LAST.last("VOLUME") == '["/var/lib/vmdump"]'
    shipped = (ROOT / "config/vmdump.yaml").read_text(encoding="utf-8")
    assert "database: sqlite:///var/lib/vmdump/vmdump.db" in shipped


def test_what_it_starts_is_a_command() -> None:
    words = re.findall(r'"([^"]+)"', f"{LAST.last('ENTRYPOINT')} {LAST.last('CMD')}")
    assert words[0] == "vmdump"
    assert _parser().parse_args(words[1:]).log_format == "json"


async def test_the_health_check_asks_the_endpoint(tmp_path: Path) -> None:
    command = healthcheck(LAST)
    assert command[0] == "python"
    assert "127.0.0.1:9109" in command[2]
    assert "127.0.0.1:9109" in INSTALL
    async with opened(tmp_path) as database:
        metrics = Metrics(database, Store(database).clock)
        async with watched("127.0.0.1", 0, Health(lambda: None, {}), metrics) as port:
            assert await status(command[2], port) == 0
        assert await status(command[2], port) != 0


async def status(code: str, port: int) -> int | None:
    moved = code.replace(":9109", f":{port}")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", moved, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait()


def test_only_what_is_copied_is_sent() -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignore if line and not line.startswith("#")]
    assert rules[0] == "*"
    kept = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = {
        word.removeprefix("./")
        for copy in STAGES[0].all("COPY")
        for word in copy.split()[:-1]
        if not word.startswith("--")
    }
    assert kept == copied
    assert all((ROOT / name).exists() for name in kept)
    assert fnmatch.filter(rules, "*pycache*")


def test_the_steps_can_be_carried_out_here() -> None:
    """They are by ``.ci/run``, which takes minutes; here only that it does."""
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "-m tests.container.build" in ci
    assert shutil.which("sh")
