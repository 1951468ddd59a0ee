"""The stories that the demo tells."""

from bot.demo.stories import asking, capturing, hosts, outages, voting

STORIES = {
    story.name: story for theme in (capturing, voting, asking, hosts, outages) for story in theme.STORIES
}
