"""What is handed to a guest's shell, run by the real one of this machine as VMware Tools would."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from shlex import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.vsphere.guest_settings import text_script
from bot.vsphere.guest_shell import sendable, shell_program

HOSTILE = [
    "a b",
    "it's",
    'say "x"',
    "$(touch pwned)",
    "`touch pwned`",
    "a;touch pwned",
    "a\nb",
    "-n",
    "a\\",
    "*",
]


def run(script: str, folder: Path) -> tuple[int, bytes]:
    output = folder / "output 'of' it"
    program = shell_program(script, str(output))
    # Tools give the program and its arguments to a shell as one line.
    line = f'"{program.path}" {program.arguments}'
    done = subprocess.run(["/bin/sh", "-c", line], cwd=folder, capture_output=True, check=False, timeout=30)
    assert (done.stdout, done.stderr) == (b"", b"")
    content = output.read_bytes()
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    output.unlink()
    return done.returncode, content


@pytest.mark.parametrize("name", HOSTILE)
def test_a_path_stays_one_path(tmp_path: Path, name: str) -> None:
    file = tmp_path / "in" / name
    file.parent.mkdir()
    file.write_bytes(b"0123456789")
    path = quote(str(file))
    assert run(f"cat {path}", tmp_path) == (0, b"0123456789")
    assert run(f"tail -c +{3} {path} 2>/dev/null | head -c {4}", tmp_path) == (0, b"2345")
    code, _ = run(f"printf %s {quote('new ' + name)} > {path}", tmp_path)
    assert (code, file.read_text()) == (0, f"new {name}")
    assert run(f"rm -f {path}", tmp_path) == (0, b"")
    assert list(tmp_path.rglob("*")) == [file.parent]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_text_file_is_written_to_the_letter_and_removed(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    text = "".join(HOSTILE) + " %s %n \\n\n\n"
    assert run(text_script(str(file), text), tmp_path) == (0, b"")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (text.encode(), 0o644)
    assert run(text_script(str(file), None), tmp_path) == (0, b"")
    assert list(tmp_path.iterdir()) == []


def test_both_streams_and_the_exit_code_come_back(tmp_path: Path) -> None:
    code, output = run("printf %s out; printf %s err >&2; exit 7", tmp_path)
    assert (code, output) == (7, b"outerr")


def test_a_script_cannot_leave_its_own_shell(tmp_path: Path) -> None:
    code, output = run("} ) ' > pwned", tmp_path)
    assert code != 0
    assert output != b""
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=50))
@settings(max_examples=25, deadline=None)
def test_any_text_arrives_or_is_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    try:
        sendable(text)
    except ValueError:
        return
    folder = tmp_path_factory.mktemp("guest")
    assert run(f"printf %s {quote(text)}", folder) == (0, text.encode())
