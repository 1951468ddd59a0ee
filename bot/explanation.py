"""``vmdump explain``: the decision that a request would meet now, for anybody, rule by rule."""

from __future__ import annotations

from bot.app import open_endpoints
from bot.archive import slack_settings
from bot.core.entry import GENESIS, SITE, chain
from bot.messages.escaping import original
from bot.messages.render import render
from bot.policy_file import PolicyFile
from bot.requests.explain import Question, explained
from bot.settings.model import Settings
from bot.slack.chat import SlackChat
from bot.slack.slack_api import SlackApi
from bot.store.clock import SystemClock


async def explain(settings: Settings, question: Question) -> int:
    """0 if it would be granted, 1 if not. Raises ``VmdumpError`` and ``ConfigFaults``."""
    policies, clock, slack = PolicyFile(settings.rbac), SystemClock(), slack_settings(settings)
    async with (
        SlackApi(slack.api_url, slack.bot_token, timeout=settings.timeouts.slack) as api,
        open_endpoints(settings, None) as (vcenters, _),
    ):
        chat = SlackChat(api, slack.team_id)
        event = await explained(chat, policies, vcenters, clock, question)
    entry = chain(SITE, 1, GENESIS, key="explained", at=clock.now(), actor="vmdump", event=event)
    print(original(render(entry, settings.language).text))
    return 0 if event.explanation.decision.allowed else 1
