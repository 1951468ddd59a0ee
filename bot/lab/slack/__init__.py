"""A Slack workspace that runs in this process: for the demo, for newcomers and for tests."""

from bot.lab.slack.entities import Change, Message, View
from bot.lab.slack.lab_slack import LabSlack
from bot.lab.slack.pings import pings
from bot.lab.slack.rendering import render

__all__ = ["Change", "LabSlack", "Message", "View", "pings", "render"]
