"""What people do in several stories."""

from __future__ import annotations

from typing import Any

from bot.demo.settings import change_rules
from bot.demo.stage import Stage


async def approve(stage: Stage) -> None:
    await stage.react("bob", await stage.approval_message())


async def deny(stage: Stage) -> None:
    await stage.react("bob", await stage.approval_message(), "x")


def let_alice_override(stage: Stage) -> None:
    def change(rules: dict[str, Any]) -> None:
        rules["rules"][0]["grant"]["override-readiness"] = ["responders"]

    change_rules(stage, change)
