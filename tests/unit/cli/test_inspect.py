"""``vmdump inspect`` on files, without a configuration."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.inspect_dump import KEYS
from tests.unit.dumps.header_builder import header_64
from tests.unit.dumps.samples import FLAT, sample

SIZE = 0x2000 + (159 + 1048000) * 4096


def dump(folder: Path, size: int = SIZE) -> Path:
    # The name says something else.
    path = folder / "vmcore.flat"
    with path.open("wb") as file:
        file.write(header_64())
        file.truncate(size)
    return path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["inspect", *words])
    out, err = capsys.readouterr()
    return status, out, err


def told(capsys: pytest.CaptureFixture[str], path: Path) -> tuple[int, dict[str, Any]]:
    status, out, err = said(capsys, "--json", str(path))
    assert err == ""
    values: dict[str, Any] = json.loads(out)
    assert tuple(values) == KEYS
    return status, values


def test_complete(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, values = told(capsys, dump(tmp_path))
    assert status == 0
    assert values == {
        "file": str(tmp_path / "vmcore.flat"),
        "format": "windows64",
        "kind": "64-bit complete memory dump",
        "complete": True,
        "size": SIZE,
        "expected_size": SIZE,
        "missing": 0,
        "crash_time": "2017-02-03T04:05:06+00:00",
        "bug_check": "0x80",
        "bug_check_parameters": ["0x4f4454", "0x0", "0x0", "0x0"],
        "os_release": "9600",
        "host_name": None,
        "cpus": 2,
        "memory": SIZE - 0x2000,
        "memory_end": None,
        "pages": 1_048_159,
        "holds_all_memory": True,
        "findings": [],
    }


def test_truncated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = dump(tmp_path, 4_000_000_000)
    status, out, err = said(capsys, str(path))
    assert (status, err) == (1, "")
    rows = dict(line.split("  ", 1) for line in out.splitlines() if line[0] not in "✗?-")
    assert rows["complete"].strip() == "no"
    assert rows["missing"].strip() == "293,267,456 bytes at least"
    assert "✗ truncated: 4,000,000,000 bytes of at least 4,293,267,456, 293,267,456 are missing" in out
    status, values = told(capsys, path)
    assert (status, values["complete"], values["missing"]) == (1, False, 293_267_456)
    assert values["findings"][0]["code"] == "truncated"


def test_what_nobody_can_tell_is_not_complete(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "MEMORY.DMP"
    path.write_bytes(header_64(kind=2))
    status, out, _ = said(capsys, str(path))
    assert status == 1
    assert "cannot be told" in out
    status, values = told(capsys, path)
    assert (status, values["complete"], values["missing"], values["expected_size"]) == (1, None, None, None)


def test_a_real_one_of_linux(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, path = sample(FLAT), tmp_path / "MEMORY.DMP"
    path.write_bytes(file.read(0, file.size))
    status, out, _ = said(capsys, str(path))
    assert status == 0
    assert "crash time     2026-11-23 02:06:44 UTC" in out
    assert "OS release     6.1.0-56-cloud-amd64" in out


@pytest.mark.parametrize("content", [b"", b"MEMORY.DMP", bytes(70_000)])
def test_no_dump(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    path = tmp_path / "MEMORY.DMP"
    path.write_bytes(content)
    status, out, err = said(capsys, str(path))
    assert (status, out) == (2, "")
    assert err.startswith(f"vmdump inspect: {path} is no dump that can be judged: ")
    status, values = told(capsys, path)
    assert (status, values["complete"], values["format"]) == (2, False, None)
    assert values["findings"][0]["code"] == "no-dump"


def test_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    reasons = {"absent": "No such file or directory", "pipe": "Illegal seek", ".": "Is a directory"}
    for name, reason in reasons.items():
        status, out, err = said(capsys, str(tmp_path / name))
        assert (status, out) == (2, "")
        assert err.endswith(f"{reason}\n")


def test_the_file_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = dump(tmp_path)
    path.chmod(0o444)
    before = path.stat().st_mtime_ns
    assert said(capsys, str(path))[0] == 0
    assert path.stat().st_mtime_ns == before
