"""Signs of life, in words."""

from __future__ import annotations

from bot.core.signs import Signs
from bot.messages.catalogue import Texts
from bot.messages.escaping import Markup


def signs_in_words(signs: Signs, t: Texts) -> Markup:
    crashed = {True: "crashed", False: "not-crashed", None: "not-told"}[signs.kernel_crashed]
    return t(
        "signs",
        heartbeat=signs.heartbeat,
        tools=signs.tools,
        guest=signs.guest_state,
        power=signs.power,
        kernel=t(f"signs.{crashed}"),
    )
