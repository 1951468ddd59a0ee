"""The systemd unit: known keys only, tight, and in step with the program."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.cli import DEFAULT_CONFIG, _parser
from bot.ops.stopping import STOP_SECONDS

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy/vmdump.service"
PROGRAM = "/opt/vmdump/bin/vmdump"
EXPOSURE = 15
"""of 100, by systemd's own measure; what is left is the network and the shared kernel"""


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        if os.environ.get("VMDUMP_CI"):
            pytest.fail("systemd is not installed")
        pytest.skip("systemd is not installed")
    return subprocess.run([program, *words], capture_output=True, text=True)


def installed(folder: Path, text: str) -> Path:
    """The unit as it would be read where the program is installed."""
    program = folder / "vmdump"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = folder / "vmdump.service"
    unit.write_text(text.replace(PROGRAM, str(program)))
    return unit


def service() -> configparser.SectionProxy:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep capitals
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    return unit["Service"]


def test_systemd_understands_all_of_it(tmp_path: Path) -> None:
    done = analyze("verify", "--man=no", installed(tmp_path, UNIT.read_text()))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_mistake_would_be_seen(tmp_path: Path) -> None:
    unit = UNIT.read_text().replace("ProtectHome=", "ProtectHouse=")
    done = analyze("verify", "--man=no", installed(tmp_path, unit))
    assert "Unknown key name 'ProtectHouse'" in done.stderr or "Unknown key 'ProtectHouse'" in done.stderr


def test_it_is_as_closed_as_it_can_be() -> None:
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", UNIT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_starts_a_command_with_the_default_configuration() -> None:
    program, *words = service()["ExecStart"].split()
    options = _parser().parse_args(words)
    assert (program, options.config) == (PROGRAM, [DEFAULT_CONFIG])


def test_it_waits_for_the_stop_and_starts_again_for_ever() -> None:
    found = service()
    assert float(found["TimeoutStopSec"]) > STOP_SECONDS
    assert found["Restart"] == "always"


def test_the_manual_installs_it_as_it_is() -> None:
    manual = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    assert "deploy/vmdump.service" in manual
    assert PROGRAM.removesuffix("/bin/vmdump") in manual
    assert f"useradd --system --home-dir /var/lib/{service()['StateDirectory']}" in manual
