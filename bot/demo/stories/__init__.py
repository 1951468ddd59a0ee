"""The stories that the demo tells."""

from bot.demo.stories import approving, asking, capturing, hosts, others, outages, routes, verifying, voting

THEMES = (capturing, verifying, routes, voting, approving, asking, hosts, others, outages)
STORIES = {story.name: story for theme in THEMES for story in theme.STORIES}
