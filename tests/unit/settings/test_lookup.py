from pathlib import Path

import pytest

from bot.settings.loading import load
from tests.unit.policy.world import machine
from tests.unit.settings.files import VALID, broken, write


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("dumptest", True),
        ("dump*", True),
        ("vcsa", False),
        ("502A0C3E-0000-0000-0000-000000000001", True),
        ("4230f9ee-a22a-3ce0-0233-07acaff8d25c", True),
        ("4230f9ee-a22a-3ce0-0233-07acaff8d25d", False),
    ],
)
def test_protected_vms(tmp_path: Path, pattern: str, fits: bool) -> None:
    text = broken(VALID, "name: vc1", f"name: vc1\n    protected: ['{pattern}']")
    assert load([write(tmp_path, text)]).vcenter("vc1").protects(machine().target) is fits


def test_the_first_entry_that_fits_wins(tmp_path: Path) -> None:
    more = "  - match: '*'\n    ssh: {user: other, key_file: k, known_hosts: h}\nguests:"
    settings = load([write(tmp_path, broken(VALID, "guests:", more))])
    rules = [settings.host_rule(name) for name in ("ESX-01", "web")]
    assert [rule and rule.ssh and rule.ssh.user for rule in rules] == ["root", "other"]


def test_guests_are_matched_by_family_and_folder(tmp_path: Path) -> None:
    text = broken(VALID, "guest: windows", "guest: windows, folder: /DC1/vm/prod/*")
    settings = load([write(tmp_path, text)])
    assert settings.guest_rule(machine()) is not None
    assert settings.guest_rule(machine(path="/DC1/vm/test/x")) is None
    assert settings.guest_rule(machine().model_copy(update={"family": "linux"})) is None


def test_nothing_fits(tmp_path: Path) -> None:
    settings = load([write(tmp_path, VALID)])
    assert settings.host_rule("web") is None
    with pytest.raises(KeyError):
        settings.vcenter("vc9")
