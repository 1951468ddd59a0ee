"""A guess at what a console picture shows, from its colours."""

from __future__ import annotations

import io

from PIL import Image, UnidentifiedImageError

from bot.core.witness import BLUE_SCREEN_LOOKS

SAMPLE = (64, 48)
"""the picture is shrunk to this before colours are counted"""
LARGEST = 64_000_000
"""pixels; a console has far fewer"""
MOSTLY = 0.6
"""share of the picture"""


class ConsolePictures:
    """Implements ``Pictures``.

    The colours of Windows' stop screens differ by version: navy up to Windows 7, a lighter blue since 8 and
    2012. Both have far more blue than red and green and fill nearly the whole screen; the teal of a logon
    screen has not.
    """

    def looks(self, png: bytes) -> str:
        """``blue screen``, ``dark`` or ``other``; a picture that cannot be read is ``other``."""
        try:
            with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
                if picture.width * picture.height > LARGEST:
                    return "other"
                small = picture.convert("RGB").resize(SAMPLE, Image.Resampling.NEAREST)
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            return "other"
        counts = small.getcolors(maxcolors=SAMPLE[0] * SAMPLE[1]) or []
        total = SAMPLE[0] * SAMPLE[1]
        blue = sum(count for count, colour in counts if isinstance(colour, tuple) and _is_blue(*colour))
        dark = sum(count for count, colour in counts if isinstance(colour, tuple) and max(colour) < 40)
        if blue / total >= MOSTLY:
            return BLUE_SCREEN_LOOKS
        return "dark" if dark / total >= MOSTLY else "other"


def _is_blue(red: int, green: int, blue: int) -> bool:
    return blue >= 100 and blue - red >= 60 and blue - green >= 45
