"""Settings in the words of the rooms."""

from pathlib import Path

from bot.settings.loading import load
from bot.settings.model import Settings
from bot.wiring import endpoints, guests, times
from tests.unit.core.things import machine
from tests.unit.settings.files import RULES, VALID, broken, write


def settings_of(folder: Path, text: str) -> Settings:
    return load([write(folder, text)])


def test_the_first_entry_that_covers_a_guest_says_whether_it_is_logged_in_to(tmp_path: Path) -> None:
    told = broken(VALID, "    username: svc", "    guest_login: true\n    username: svc")
    (rule,) = guests(settings_of(tmp_path, told))
    assert (rule.guest_login, rule.covers(machine()), rule.covers(machine(family="linux"))) == (
        True,
        True,
        False,
    )
    (rule,) = guests(settings_of(tmp_path, VALID))
    assert rule.guest_login is False


def test_how_long_a_guest_is_asked(tmp_path: Path) -> None:
    assert times(settings_of(tmp_path, VALID)).guest == 10
    assert times(settings_of(tmp_path, VALID + "timeouts: {guest: 4s}\n")).guest == 4


def test_how_long_a_bundle_is_read(tmp_path: Path) -> None:
    for name in ("vc1.txt", "certs/ca.pem", "known_hosts"):
        write(tmp_path, "x", name)
    write(tmp_path, RULES, "rbac.yaml")
    file = write(tmp_path, VALID)
    assert [endpoint.bundle_seconds for endpoint in endpoints(load([file]))] == [1800]
    write(tmp_path, VALID + "timeouts: {bundle: 2h}\n")
    assert [endpoint.bundle_seconds for endpoint in endpoints(load([file]))] == [7200]
