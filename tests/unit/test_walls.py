"""The rooms keep to their floors, and a room that does not is noticed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TRESPASSES = {
    "core/trespass.py": "import asyncio",
    "core/trespass_floor.py": "import bot.store.clock",
    "dumps/trespass.py": "import bot.core.value",
    "store/trespass.py": "import bot.messages.units",
    "messages/trespass.py": "import bot.settings.model",
    "settings/trespass.py": "import bot.store.clock",
    "vsphere/trespass.py": "import bot.capture.tools",
    "esxi/trespass.py": "import bot.vsphere.endpoint",
    "capture/trespass.py": "import bot.requests.ports",
    "capture/trespass_adapter.py": "import pyVmomi",
    "requests/trespass.py": "import bot.capture.fire",
    "requests/trespass_engine.py": "import dbos",
    "slack/trespass.py": "import bot.vsphere.endpoint",
    "slack/trespass_capture.py": "import bot.capture.ports",
    "slack/trespass_tables.py": "from bot.store import tables",
    "lab/trespass.py": "import bot.core.value",
    "lab/trespass_client.py": "import slack_sdk",
    "ops/trespass.py": "import bot.capture.tools",
    "store/trespass_ops.py": "import bot.ops.subject",
    "app_trespass.py": "import bot.core.value",
}
"""file below ``bot/``: what it must not import"""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


def test_the_walls_stand() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("trespassing")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "bot", folder / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    for name, line in TRESPASSES.items():
        (folder / "bot" / name).write_text(line + "\n")
    done = lint(folder)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", TRESPASSES)
def test_a_trespass_is_noticed(report: str, name: str) -> None:
    module = "bot." + name.removesuffix(".py").replace("/", ".")
    broken = report.partition("Broken contracts")[2].splitlines()
    assert any(line.split()[1:2] == [module] for line in broken if line.startswith("-")), report
