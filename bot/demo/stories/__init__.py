"""The stories that the demo tells."""

from bot.demo.stories import (
    approving,
    asking,
    capturing,
    hosts,
    others,
    outages,
    readiness,
    real,
    routes,
    verifying,
    voting,
)
from bot.demo.worlds import QEMU, SIMULATED

THEMES = (capturing, verifying, routes, voting, approving, asking, readiness, hosts, others, outages)
STORIES = {story.name: story for theme in THEMES for story in theme.STORIES}
REAL = {story.name: story for story in real.STORIES}
BY_GUEST = {SIMULATED: STORIES, QEMU: REAL}
