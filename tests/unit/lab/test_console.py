"""The pictures are PNGs and tell the states apart."""

from io import BytesIO

import pytest
from PIL import Image

from bot.lab.console import SIZE, Scene, draw
from bot.lab.guest import State
from bot.lab.guest_file import Family

STATES: list[State] = ["running", "crashed", "rebooting"]


@pytest.mark.parametrize("family", ["windows", "linux"])
def test_each_state_has_its_picture(family: Family) -> None:
    pictures = [draw(Scene(family, state, "dumptest.example.com", 0)) for state in STATES]
    assert len(set(pictures)) == len(STATES)
    for picture in pictures:
        with Image.open(BytesIO(picture)) as image:
            assert (image.format, image.size) == ("PNG", SIZE)


@pytest.mark.parametrize("family", ["windows", "linux"])
def test_the_progress_is_in_the_picture(family: Family) -> None:
    assert draw(Scene(family, "dumping", "x", 10)) != draw(Scene(family, "dumping", "x", 90))


@pytest.mark.parametrize("family", ["windows", "linux"])
def test_a_system_says_what_it_is(family: Family) -> None:
    assert draw(Scene(family, "running", "x", 0, "2022")) != draw(Scene(family, "running", "x", 0, "2025"))
