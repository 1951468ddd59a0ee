"""The ways to hosts that the settings can name: directly, through a bastion, none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings.loading import load
from tests.unit.settings.files import VALID, broken, faults, write

SSH = "ssh: {password: env:ROOT, known_hosts: known_hosts}"
VIA = "via: {host: jump.example.com, user: hop, key_file: jump_key, known_hosts: jump_hosts}"


def test_a_bastion(tmp_path: Path) -> None:
    text = broken(VALID, SSH, f"ssh: {{password: env:ROOT, known_hosts: known_hosts, {VIA}}}")
    ssh = load([write(tmp_path, text)]).hosts[0].ssh
    assert ssh is not None
    assert ssh.via is not None
    assert (ssh.via.host, ssh.via.port, ssh.via.user) == ("jump.example.com", 22, "hop")
    assert ssh.via.known_hosts == tmp_path / "jump_hosts"


def test_no_way_at_all(tmp_path: Path) -> None:
    (rule,) = load([write(tmp_path, broken(VALID, SSH, "reachable: false"))]).hosts
    assert (rule.reachable, rule.ssh) == (False, None)


@pytest.mark.parametrize(
    ("ssh", "fault"),
    [
        (f"{SSH}\n    reachable: false", "14:5: hosts[0] has ssh but is not reachable; expected either"),
        ("reachable: true", "14:5: hosts[0] is reachable but has no ssh; expected either ssh or"),
        (broken(SSH, "}", f", {broken(VIA, 'key_file: jump_key, ', '')}}}"), "has neither of the ways"),
        (broken(SSH, "}", f", {broken(VIA, 'user: hop, ', '')}}}"), "hosts[0].ssh.via.user is missing"),
        (
            broken(SSH, "}", f", {broken(VIA, ', known_hosts: jump_hosts', '')}}}"),
            "hosts[0].ssh.via.known_hosts is missing; expected the path of a file",
        ),
        (
            broken(SSH, "}", f", {broken(VIA, 'user', 'usr')}}}"),
            "unknown key 'usr' in hosts[0].ssh.via; did you mean 'user'?",
        ),
    ],
)
def test_ways_that_are_none(tmp_path: Path, ssh: str, fault: str) -> None:
    assert fault in "\n".join(faults(write(tmp_path, broken(VALID, SSH, ssh))))
