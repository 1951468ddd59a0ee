"""A guess from colours at what a console picture shows."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.guest.console_picture import ConsolePictures

NAVY, BLUE_8, BLUE_10 = (0, 0, 128), (16, 112, 170), (0, 120, 215)
Colour = tuple[int, int, int]


def png(*stripes: Colour, size: tuple[int, int] = (640, 480)) -> bytes:
    """Stripes of one height from top to bottom."""
    image = Image.new("RGB", size)
    height = size[1] // len(stripes)
    for n, colour in enumerate(stripes):
        image.paste(colour, (0, n * height, size[0], (n + 1) * height))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("stripes", "looks"),
    [
        ((NAVY,), "blue screen"),
        ((BLUE_8,), "blue screen"),
        ((BLUE_10,), "blue screen"),
        ((BLUE_10, BLUE_10, BLUE_10, (255, 255, 255)), "blue screen"),
        ((BLUE_10, (255, 255, 255)), "other"),
        (((0, 0, 0),), "dark"),
        (((0, 0, 0), (0, 0, 0), (200, 200, 200)), "dark"),
        (((0, 128, 128),), "other"),
        (((200, 200, 200),), "other"),
    ],
)
def test_its_colours_decide(stripes: tuple[Colour, ...], looks: str) -> None:
    assert ConsolePictures().looks(png(*stripes)) == looks


@pytest.mark.parametrize("broken", [b"", b"no picture", png(NAVY)[:200], b"GIF89a" + bytes(100)])
def test_what_cannot_be_read_is_no_witness(broken: bytes) -> None:
    assert ConsolePictures().looks(broken) == "other"


def test_a_picture_that_is_too_large_is_not_decoded() -> None:
    assert ConsolePictures().looks(png((0, 0, 0), size=(16000, 4001))) == "other"
