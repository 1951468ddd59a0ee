"""For what a request was approved, by more than one thing that says so."""

from __future__ import annotations

from bot.capture.looking import confirmed
from bot.capture.tools import Tools, plan_of
from bot.core.errors import Code, VmdumpError
from bot.core.purpose import Purpose
from bot.core.request import Request


async def approved_as(tools: Tools, request: Request, purpose: Purpose) -> None:
    """Raises ``VmdumpError(NOT_A_CAPTURE)`` unless all agree on the purpose.

    The row says it, its plan says it, the digest that people voted on is that plan's, and the journal says
    that this digest, or less than it, was confirmed: whoever turns a rehearsal into a capture has to forge
    them all.
    """
    plan = plan_of(request)
    if {request.purpose, plan.purpose} != {purpose}:
        raise VmdumpError(Code.NOT_A_CAPTURE, request=request.id)
    found = await confirmed(tools, request)
    if found.digest != plan.digest() or (found.approved or found.digest) != request.digest:
        raise VmdumpError(Code.NOT_A_CAPTURE, request=request.id)
