"""Go programs built against govmomi as Debian packages it, without a network."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

GOPATH = Path("/usr/share/gocode")
SOURCES = Path(__file__).parent


def missing() -> str | None:
    """What is not installed here."""
    if shutil.which("go") is None:
        return "Go is not installed (Debian: golang-go)"
    if not (GOPATH / "src/github.com/vmware/govmomi").is_dir():
        return "govmomi is not installed (Debian: golang-github-vmware-govmomi-dev)"
    return None


def build(name: str, folder: Path) -> Path:
    """The program of ``tests/contract/<name>``, built into ``folder``.

    Go compiles the whole API the first time: minutes on a small machine, unless a ``GOCACHE`` is given.
    """
    settings = {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOFLAGS": ""}
    settings |= {"GOCACHE": os.environ.get("GOCACHE", str(folder / "cache"))}
    settings |= {"PATH": os.environ["PATH"], "HOME": str(folder)}
    program = folder / name
    with (folder / "lock").open("w") as lock:
        # Those who build at the same time would compile the same twice.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            files = sorted(map(str, (SOURCES / name).glob("*.go")))
            command = ["go", "build", "-o", str(program), *files]
            done = subprocess.run(command, env=settings, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
    return program


def built(name: str, factory: pytest.TempPathFactory) -> Path:
    """The program, built once for all workers. Skips, or fails in CI, where that cannot be done."""
    lacking = missing()
    if lacking is not None:
        if os.environ.get("VMDUMP_CI") == "1":
            pytest.fail(lacking)
        pytest.skip(lacking)
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "go"
    folder.mkdir(exist_ok=True)
    return build(name, folder)
