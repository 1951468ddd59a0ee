"""A call that was given up is not sent later."""

from __future__ import annotations

import pytest

from bot.vsphere.departure import CalledOff, Departure


def test_called_off_before_it_was_sent() -> None:
    departure = Departure()
    assert departure.call_off()
    with pytest.raises(CalledOff):
        departure.depart()


def test_given_up_after_it_was_sent() -> None:
    departure = Departure()
    departure.depart()
    assert not departure.call_off()


def test_given_up_after_vcenter_refused_it() -> None:
    departure = Departure()
    departure.depart()
    departure.came_back()
    assert departure.call_off()
    with pytest.raises(CalledOff):
        departure.depart()
