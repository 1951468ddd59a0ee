"""Bolt, which verifies signatures and takes envelopes apart; the reception stands in it."""

from __future__ import annotations

import logging

from slack_bolt.async_app import AsyncApp
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped

from bot.core.errors import Code, VmdumpError
from bot.ops.redaction import safe_logger
from bot.slack.reception import Reception
from bot.slack.slack_api import SlackApi
from bot.slack.slack_settings import Mode, SlackSettings


def bolt_app(settings: SlackSettings, api: SlackApi, reception: Reception) -> AsyncApp:
    """An app without listeners: the reception stores and answers all that is meant for us.

    Raises ``VmdumpError``: ``CONFIG`` (cause) for HTTP mode without a signing secret, ``CREDENTIAL``.
    """
    secret = ""
    if settings.mode is Mode.HTTP:
        secret = settings.signing_secret() if settings.signing_secret is not None else ""
        if not secret:
            # Anybody can sign with an empty secret.
            raise VmdumpError(Code.CONFIG, cause="slack: HTTP mode needs signing_secret")
    # Bolt's loggers inherit level and filters from this one. At INFO it prints forged bodies whole.
    log = safe_logger("vmdump.slack.bolt", least=logging.WARNING)
    log.addFilter(_not_about_its_own_look)
    return AsyncApp(
        name="vmdump",
        logger=log,
        client=api.client(settings.bot_token()),
        signing_secret=secret,
        before_authorize=reception,
    )


def _not_about_its_own_look(record: logging.LogRecord) -> bool:
    """Bolt looks for SLACK_BOT_TOKEN by itself, and warns that it does not use what it found there."""
    return record.msg != warning_client_prioritized_and_token_skipped()
