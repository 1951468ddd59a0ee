"""What the project says of itself is so: commands, locks, links, pages."""

import argparse
import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.cli import _parser
from bot.messages.reference import reference

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci/run").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

HEAVY = {
    "slack_bolt",
    "slack_sdk",
    "dbos",
    "pyVmomi",
    "asyncssh",
    "sqlalchemy",
    "alembic",
    "psycopg",
    "aiohttp",
    "pydantic",
}


def declared(*lists: list[str]) -> dict[str, Requirement]:
    found = [Requirement(text) for texts in lists for text in texts]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {canonicalize_name(n): v for n, v in re.findall(r"^([\w.-]+)==([^ ]+)", text, re.MULTILINE)}


def tracked() -> Iterator[Path]:
    tops = [ROOT / top for top in (".ci", "bot", "config", "docs", "tests")]
    files = [
        path for top in tops for path in top.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    return iter([*files, *(ROOT / name for name in ("README.md", "pyproject.toml", *LOCKS))])


@pytest.mark.parametrize("end", ["pytest", "vmdump demo"])
def test_ci_runs_the_readmes_line(end: str) -> None:
    lines = [
        line for line in README.splitlines() if line.startswith("python3 -m venv ") and line.endswith(end)
    ]
    assert len(lines) == 1
    assert re.search(rf"readme_line '?{end}'?\)", CI)


def test_ci_is_a_script() -> None:
    assert subprocess.run(["bash", "-n", ROOT / ".ci/run"]).returncode == 0
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_every_command_is_in_the_manual() -> None:
    page = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    assert [words for words in commands(_parser()) if f"`vmdump {words}" not in page] == []


def commands(parser: argparse.ArgumentParser, words: str = "") -> Iterator[str]:
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield words.strip()
    for action in inner:
        for name, child in action.choices.items():
            yield from commands(child, f"{words} {name}")


def test_help_is_quick() -> None:
    code = f"""
import sys
from bot.cli import main
try:
    main(["--help"])
except SystemExit:
    print(*(sys.modules.keys() & {HEAVY}), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.startswith("usage: vmdump")
    assert done.stderr.strip() == ""


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    modules = packages_distributions()
    used = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            used |= {name.partition(".")[0] for name in names}
    used -= {"bot", *sys.stdlib_module_names}
    distributions = {canonicalize_name(modules[name][0]) for name in used}
    assert distributions == declared(PROJECT["project"]["dependencies"]).keys()


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_holds_what_is_declared(lock: str) -> None:
    wanted = declared(PROJECT["project"]["dependencies"], PROJECT["build-system"]["requires"])
    if lock == "requirements-dev.lock":
        wanted |= declared(PROJECT["project"]["optional-dependencies"]["dev"])
    versions = locked(lock)
    assert [str(r) for name, r in wanted.items() if not r.specifier.contains(versions.get(name, ""))] == []


def test_both_locks_agree() -> None:
    run, dev = (locked(name) for name in LOCKS)
    assert run.items() <= dev.items()


def test_the_build_backend_is_the_locked_one() -> None:
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert re.findall(r"(?m)^\s*--(?!hash=).*|\w+://.*", text) == []


def test_no_file_names_a_place_on_a_machine() -> None:
    place = re.compile(rb"/(?:[w]ork|[f]arm|[r]oot|[h]ome)/")
    found = [path for path in tracked() if place.search(path.read_bytes())]
    assert [str(path.relative_to(ROOT)) for path in found] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!\w+:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [page.read_text(encoding="utf-8").split(".", 1)[0] for page in pages]
    assert numbers == [f"# {number}" for number in range(1, len(pages) + 1)]
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))


def test_the_errors_page_is_written_from_the_texts() -> None:
    page = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    assert page == reference(), "run python -m bot.messages.reference"
