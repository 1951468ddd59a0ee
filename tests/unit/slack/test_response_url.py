import pytest

from bot.slack.posting import is_response_url
from bot.slack.slack_api import SlackApi

SLACK = "https://slack.com/api/"
SIMULATOR = "http://127.0.0.1:8080/api/"


@pytest.mark.parametrize(
    ("api_url", "url", "good"),
    [
        (SLACK, "https://hooks.slack.com/commands/T1/1/x", True),
        (SLACK, "https://hooks.slack-gov.com/commands/T1/1/x", True),
        (SLACK, "http://hooks.slack.com/commands/T1/1/x", False),
        (SLACK, "https://hooks.slack.com.example.com/x", False),
        (SLACK, "https://hooks.slack.com@example.com/x", False),
        (SLACK, "https://example.com/?hooks.slack.com", False),
        (SLACK, "http://169.254.169.254/latest", False),
        (SLACK, "https://hooks.slack.com:1/x", False),
        (SLACK, "https://[bad", False),
        (SIMULATOR, "http://127.0.0.1:8080/response/x", True),
        (SIMULATOR, "http://127.0.0.1:8081/response/x", False),
    ],
)
def test_answers_go_to_slack_and_nowhere_else(api_url: str, url: str, good: bool) -> None:
    assert is_response_url(SlackApi(api_url, lambda: ""), url) is good
