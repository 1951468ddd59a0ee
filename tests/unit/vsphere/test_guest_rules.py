"""Secrets stay out of what is printed."""

from __future__ import annotations

from bot.vsphere import GuestRule, VCenterEndpoint


def test_settings_do_not_print_passwords() -> None:
    shown = repr(VCenterEndpoint(name="a", host="h", username="u", password=lambda: "secret"))
    assert "password=" not in shown
    assert "password=" not in repr(
        GuestRule(covers=lambda _: True, username="u", password=lambda _: "secret")
    )
