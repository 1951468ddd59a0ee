"""When guests are logged in to, for how long, and how often they are asked while all is well."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings.loading import load
from bot.wiring import guests, times
from tests.unit.settings.files import VALID, broken, faults, write

TLS = "tls: {ca_file: certs/ca.pem}"
USERNAME = "    username: svc\n"


def test_nobody_logs_in_before_the_nmi_and_nothing_is_swept_unless_it_is_said(tmp_path: Path) -> None:
    settings = load([write(tmp_path, VALID)])
    assert [rule.guest_login for rule in guests(settings)] == [False]
    assert settings.vcenters[0].sweep is None
    assert times(settings).guest == 10


def test_what_is_said_counts(tmp_path: Path) -> None:
    text = broken(VALID, USERNAME, f"{USERNAME}    guest_login: true\n")
    text = broken(text, TLS, f"{TLS}\n    sweep: 6h") + "timeouts: {guest: 5s}\n"
    settings = load([write(tmp_path, text)])
    assert [rule.guest_login for rule in guests(settings)] == [True]
    assert settings.vcenters[0].sweep == 6 * 3600
    assert times(settings).guest == 5


@pytest.mark.parametrize(
    ("sweep", "fault"), [("10s", "vcenters[0].sweep is too small"), ("often", "vcenters[0].sweep")]
)
def test_a_sweep_has_its_least_interval(tmp_path: Path, sweep: str, fault: str) -> None:
    found = faults(write(tmp_path, broken(VALID, TLS, f"{TLS}\n    sweep: {sweep}")))
    assert fault in "\n".join(found)
