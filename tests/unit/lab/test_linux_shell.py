"""The shell of the lab's Linux: what it knows it does as a real one, and it knows little."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote

import pytest

from bot.lab.guest import Guest
from bot.lab.linux import CRASH_LOADED, CRASH_SIZE, KERNEL, Distribution
from bot.lab.linux_shell import run

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OUT = "/tmp/out"


def linux(distribution: Distribution = "rhel9") -> Guest:
    return Guest("linux", "web-01", "root", "right", NOW - timedelta(days=3), distribution=distribution)


def said(guest: Guest, script: str) -> tuple[int, str]:
    code = run(guest.linux, f"-c {quote(f'exec /bin/sh -c {quote(script)} > {OUT} 2>&1')}", NOW).exit_code
    return code, guest.files.text(OUT) or ""


def dumps(guest: Guest) -> bool:
    """As it is now; mypy would hold on to what an assertion before has said."""
    return guest.writes_dump


@pytest.mark.parametrize(
    "script",
    [
        "cat a",
        "cat 'b c'",
        "cat nobody",
        "cat nobody 2>/dev/null; cat a",
        "cat nobody && cat a",
        "cat nobody || cat a",
        "head -v -c 3 a nobody 'b c'",
        "head -v -c 3 a nobody 'b c' 2>/dev/null",
        "head -c 4 a",
        "tail -c +3 a | head -c 2",
        "tail -c +3 nobody",
        "cat a | cat | head -c 1",
        "printf %s 'it'\\''s $(x)'",
        'printf %s "two  words" > a; cat a',
        "rm -f a; cat a",
        "rm nobody",
        "test -e a || exit 3; cat a",
        "test -r nobody || exit 3; cat a",
        "cat a\ncat a",
    ],
)
def test_it_says_what_a_real_one_says(tmp_path: Path, script: str) -> None:
    guest = linux()
    for name, text in (("a", "first\n"), ("b c", "second\n")):
        (tmp_path / name).write_text(text)
        guest.files.write(name, text, NOW)
    environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    real = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=30,
    )
    assert said(guest, script) == (real.returncode, real.stdout.decode())


@pytest.mark.parametrize(
    "script",
    [
        "reboot",
        "cat $HOME",
        "cat `x`",
        "cat a &",
        "(cat a)",
        "for x in a; do cat a; done",
        "cat <a",
        "cat |",
        "cat 2>&1 > a",
        "cat 2> a",
    ],
)
def test_what_it_does_not_know_ends_with_127(script: str) -> None:
    code, text = said(linux(), script)
    assert code == 127
    assert text.startswith("/bin/sh: line 1: ")


def test_arguments_that_are_no_script() -> None:
    for arguments in ("-x cat", "", "-c 'open", "-c a b"):
        assert run(linux().linux, arguments, NOW).exit_code == 127


def test_a_sysctl_decides_whether_an_nmi_is_ignored() -> None:
    guest = linux()
    assert not guest.receive_nmi(NOW)
    path = f"{KERNEL}/unknown_nmi_panic"
    assert said(guest, f"cat {path}") == (0, "0\n")
    assert said(guest, f"printf %s yes > {path}")[0] == 1
    assert said(guest, f"printf %s 1 > {path} && cat {path}") == (0, "1\n")
    assert said(guest, f"printf %s 1 > {KERNEL}/nobody")[1].endswith(f"{KERNEL}/nobody: Permission denied\n")
    assert guest.receive_nmi(NOW)


def test_a_sysctl_is_forgotten_at_a_start_and_a_file_is_not() -> None:
    guest = linux()
    path = f"{KERNEL}/unknown_nmi_panic"
    said(guest, f"printf %s 1 > {path}")
    guest.linux.boot(NOW)
    assert said(guest, f"cat {path}") == (0, "0\n")
    said(guest, "printf %s 'kernel.unknown_nmi_panic=1\n' > /etc/sysctl.d/99-vmdump.conf")
    assert said(guest, f"cat {path}") == (0, "0\n")
    guest.linux.boot(NOW)
    assert said(guest, f"cat {path}") == (0, "1\n")


def test_kdump_decides_whether_there_will_be_a_dump() -> None:
    guest = linux()
    assert dumps(guest)
    assert said(guest, "systemctl disable --now kdump.service")[0] == 0
    assert not dumps(guest)
    assert said(guest, f"cat {CRASH_LOADED}; systemctl is-active kdump.service") == (3, "0\ninactive\n")
    assert said(guest, "systemctl is-enabled kdump.service") == (1, "disabled\n")
    assert said(guest, "systemctl start kdump.service") == (0, "")
    assert said(guest, "systemctl is-active kdump.service && systemctl stop kdump.service") == (0, "active\n")
    assert said(guest, "systemctl enable --now kdump.service")[0] == 0
    assert dumps(guest)
    guest.dump_written = False
    assert not dumps(guest)


def test_kdump_does_not_start_without_memory_for_it() -> None:
    guest = linux()
    guest.files.write(CRASH_SIZE, "0\n", NOW)
    guest.linux.boot(NOW)
    code, text = said(guest, "systemctl start kdump.service")
    assert (code, text.splitlines()[0]) == (
        1,
        "Job for kdump.service failed because the control process exited with error code.",
    )
    assert not dumps(guest)


def test_a_unit_that_is_not_there() -> None:
    guest = linux()
    assert said(guest, "systemctl is-active nobody.service") == (3, "inactive\n")
    for verb, code in (("is-enabled", 1), ("enable", 1), ("start", 5)):
        assert said(guest, f"systemctl {verb} nobody.service")[0] == code
    assert said(linux("sles11"), "systemctl is-active kdump.service")[0] == 127


@pytest.mark.parametrize(
    ("distribution", "path", "unit"),
    [
        ("rhel9", "/etc/kdump.conf", "kdump.service"),
        ("rhel7", "/etc/kdump.conf", "kdump.service"),
        ("debian12", "/etc/default/kdump-tools", "kdump-tools.service"),
        ("sles15", "/etc/sysconfig/kdump", "kdump.service"),
    ],
)
def test_each_distribution_has_its_own_places(distribution: Distribution, path: str, unit: str) -> None:
    guest = linux(distribution)
    assert said(guest, f"cat {path}")[0] == 0
    assert said(guest, f"systemctl is-active {unit}") == (0, "active\n")
    assert "crashkernel=" in said(guest, "cat /proc/cmdline")[1]
    assert int(said(guest, f"cat {CRASH_SIZE}")[1]) > 0
    assert said(guest, "head -c 5 /etc/os-release") == (0, "NAME=")
