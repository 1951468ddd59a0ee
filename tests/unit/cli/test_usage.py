"""What the command line says to whom typed it wrong, or gave it wrong files."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from tests.unit.settings.files import RULES, VALID, broken, write

COMMANDS = ("serve", "demo", "record", "verify", "restore", "config")
HEAVY = ("slack_bolt", "slack_sdk", "dbos", "pyVmomi", "asyncssh", "sqlalchemy", "aiohttp", "pydantic", "PIL")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "vmdump: error: the following arguments are required: COMMAND"),
        (["fly"], "vmdump: error: argument COMMAND: invalid choice: 'fly'"),
        (["serve", "--fast"], "vmdump: error: unrecognized arguments: --fast"),
        (["serve", "--log-level", "loud"], "vmdump serve: error: argument --log-level: invalid choice"),
        (["serve", "--config"], "vmdump serve: error: argument --config: expected one argument"),
        (["verify"], "vmdump verify: error: the following arguments are required: ID"),
        (["record", "VD-7K3Q", "VD-7K3R"], "vmdump: error: unrecognized arguments: VD-7K3R"),
        (["config"], "vmdump config: error: the following arguments are required: COMMAND"),
    ],
    ids=" ".join,
)
def test_usage_errors(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert sentence in said.splitlines()[-1]
    assert said.startswith("usage: vmdump")


def test_a_story_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--scenario", "moon-landing"]) == 2
    assert capsys.readouterr().err == (
        "vmdump demo: there is no story moon-landing; --list names those that there are\n"
    )


def test_a_folder_that_cannot_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "taken"
    path.write_text("", encoding="utf-8")
    assert main(["demo", "--keep", str(path)]) == 1
    assert capsys.readouterr().err == f"vmdump demo: nothing can be written below {path}: File exists\n"


def test_the_stories_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--list"]) == 0
    named = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert named[0] == "windows-ssh"
    assert {"denied", "expired", "unknown-vm", "ssh-refused", "slack-429"} <= set(named)


FILES = {
    "missing": (None, "1:1: no such file; expected a YAML file"),
    "empty": ("", "1:1: the file is empty; expected a mapping of keys"),
    "not YAML": ("slack: [\n", "2:1: is not YAML: "),
    "unknown key": (
        broken(VALID, "  app_id", "  colour: blue\n  app_id"),
        "3:3: unknown key 'colour' in slack; expected one of ",
    ),
    "wrong type": (broken(VALID, "T024BE7LH", "7"), "2:12: slack.team_id is a number; expected "),
    "secret in it": (broken(VALID, "env:BOT", "xoxb-secret"), "4:14: slack.bot_token "),
}


@pytest.mark.parametrize(
    "command", [["serve"], ["config", "check"], ["verify", "VD-7K3Q"], ["restore"]], ids=" ".join
)
@pytest.mark.parametrize("fault", FILES)
def test_settings_with_a_fault(
    command: list[str], fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line per fault with its place, exit status 2, and nothing is made beside the file."""
    text, line = FILES[fault]
    path = tmp_path / "vmdump.yaml"
    write(tmp_path, RULES, "rbac.yaml")
    if text is not None:
        write(tmp_path, text)
    there = sorted(tmp_path.iterdir())
    assert main([*command, "--config", str(path)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"{path}:{line}")
    assert said.err.count("\n") == 1
    assert "xoxb-secret" not in said.err + said.out
    assert sorted(tmp_path.iterdir()) == there


def test_every_fault_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = broken(broken(VALID, "T024BE7LH", "7"), "database: sqlite:vmdump.db", "database: carrier pigeon")
    write(tmp_path, RULES, "rbac.yaml")
    assert main(["serve", "--config", str(write(tmp_path, text))]) == 2
    places = [line.split(": ")[0] for line in capsys.readouterr().err.splitlines()]
    assert places == [f"{tmp_path / 'vmdump.yaml'}:{place}" for place in ("2:12", "6:11")]


def test_rules_with_a_fault_keep_the_bot_from_starting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = write(tmp_path, broken(RULES, "quorum: 1", "quorum: none"), "rbac.yaml")
    assert main(["serve", "--config", str(write(tmp_path, VALID))]) == 2
    assert capsys.readouterr().err.startswith(f"{rules}:7:")
    assert not (tmp_path / "vmdump.db").exists()


@pytest.mark.parametrize(
    "words", [[], *([command] for command in COMMANDS), ["config", "check"]], ids=" ".join
)
def test_help_says_what_there_is(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: {' '.join(['vmdump', *words])}")


def test_help_and_usage_errors_load_no_library() -> None:
    """One process for all of them: a command's own help and its errors are as quick as the first."""
    code = f"""
import contextlib, io, sys
from bot.cli import main
every = [[], ["fly"], *([c, "--help"] for c in {COMMANDS}), ["--help"]]
for words in every:
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        main(words)
print(*(m for m in {HEAVY} if m in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("fault", ["not YAML", "unknown key"])
def test_a_fault_in_the_settings_is_told_before_the_bot_is_loaded(fault: str, tmp_path: Path) -> None:
    path = write(tmp_path, str(FILES[fault][0]))
    code = f"""
import sys
from bot.cli import main
status = main(["serve", "--config", {str(path)!r}])
print(status, *(m for m in ("dbos", "slack_bolt", "pyVmomi", "asyncssh") if m in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"
