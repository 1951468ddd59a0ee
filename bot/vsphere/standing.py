"""How what was read stands to a change."""

from __future__ import annotations

from bot.core.change import Stand, Standing


def stand(seen: str, *, ours: bool, before: bool) -> Stand:
    # What was so already and is to become so is as it was.
    standing = Standing.BEFORE if before else Standing.OURS if ours else Standing.OTHER
    return Stand(standing=standing, seen=seen)
