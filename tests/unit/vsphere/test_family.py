"""Which kind of system a guest runs."""

from __future__ import annotations

import pytest

from bot.vsphere.family import family_of


@pytest.mark.parametrize(
    ("guest_id", "told", "family"),
    [
        ("windows8Server64Guest", None, "windows"),
        ("winNetEnterprise64Guest", "linuxGuest", "windows"),
        ("rhel6_64Guest", None, "linux"),
        ("other3xLinux64Guest", None, "linux"),
        ("vmwarePhoton64Guest", None, "linux"),
        ("darwin20_64Guest", None, "other"),
        ("freebsd12_64Guest", None, "other"),
        ("brandNewGuest", "linuxGuest", "linux"),
        ("brandNewGuest", "windowsGuest", "windows"),
    ],
)
def test_the_configured_id_comes_first(guest_id: str, told: str | None, family: str) -> None:
    assert family_of(guest_id, told) == family
