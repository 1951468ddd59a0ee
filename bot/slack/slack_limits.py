"""What Slack allows, and where it says so."""

from __future__ import annotations

ACK_SECONDS = 2.5
"""Slack waits 3 seconds for an acknowledgement (docs.slack.dev/apis/events-api); the rest is for the way."""

SECTION_CHARACTERS = 3000
"""Text of one section block (docs.slack.dev/reference/block-kit/blocks/section-block)."""

BLOCKS = 50
"""Blocks of one message (docs.slack.dev/reference/block-kit/blocks)."""

CHARACTERS_OF_ALL_BLOCKS = 12_000
"""Slack documents no limit for all blocks together and refuses above about 13,200 (bolt-js #2509)."""

TEXT_CHARACTERS = 4000
"""The length of ``text`` that Slack recommends; it cuts at 40,000 (docs.slack.dev, chat.postMessage)."""

ALT_TEXT_CHARACTERS = 2000
"""Description of an image block (docs.slack.dev/reference/block-kit/blocks/image-block)."""

BUTTON_CHARACTERS = 75
"""Label of a button (docs.slack.dev/reference/block-kit/block-elements/button-element)."""

FORM_BLOCKS = 100
"""Blocks of one form (docs.slack.dev/reference/views/modal-views)."""

FORM_TITLE_CHARACTERS = 24
"""Title of a form (docs.slack.dev/reference/views/modal-views)."""

TRIGGER_SECONDS = 3.0
"""How long a form may be shown after an act (docs.slack.dev/interactivity/handling-user-interaction)."""

REACTIONS_PER_SECOND = 40 / 60
"""Readings of reactions: Tier 3 allows 50 a minute (docs.slack.dev/apis/web-api/rate-limits)."""

POSTS_PER_SECOND = 1.0
"""Messages per channel (docs.slack.dev/apis/web-api/rate-limits)."""

POST_BURST = 5
"""Slack allows short bursts above that, unspecified: five is a guess, and a refusal is kept to."""

RESPONSE_URL_SECONDS = 30 * 60
"""Life of a response URL (docs.slack.dev/interactivity/handling-user-interaction)."""

RETRY_AFTER_SECONDS = 30
"""How long to wait where Slack says that there were too many calls, but not for how long."""
