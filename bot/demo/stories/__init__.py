"""The stories that the demo tells."""

from bot.demo.stories import asking, capturing, hosts, others, outages, routes, voting

THEMES = (capturing, routes, voting, asking, hosts, others, outages)
STORIES = {story.name: story for theme in THEMES for story in theme.STORIES}
