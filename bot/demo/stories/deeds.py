"""What people do in several stories."""

from __future__ import annotations

from bot.demo.stage import Stage


async def approve(stage: Stage) -> None:
    await stage.react("bob", await stage.approval_message())


async def deny(stage: Stage) -> None:
    await stage.react("bob", await stage.approval_message(), "x")
