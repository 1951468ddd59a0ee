"""Slack: taking what people do there, and showing them what happens."""
