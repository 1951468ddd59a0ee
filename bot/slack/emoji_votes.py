"""Which reactions mean a vote."""

from __future__ import annotations

from bot.core.vote import Choice

_VOTES = {
    "white_check_mark": Choice.APPROVE,
    "heavy_check_mark": Choice.APPROVE,
    "x": Choice.DENY,
}


def choice_of(reaction: str) -> Choice | None:
    """None for one that means nothing. Skin tones come as a suffix: ``+1::skin-tone-2``."""
    return _VOTES.get(reaction.split("::", 1)[0])
