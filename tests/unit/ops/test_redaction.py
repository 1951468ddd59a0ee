import logging

import pytest

from bot.ops.redaction import redact, safe_logger

SECRETS = [
    "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy",
    "xoxe.xoxb-1-Mi0yLTE3NjUz",
    "xapp-1-A012ABCD0A0-123-abcdef",
    "wss://wss-primary.slack.com/link/?ticket=0a1b2c3d-secret&app_id=A1",
    "https://hooks.slack.com/commands/T1/2/secretsecret",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_hidden_and_the_rest_is_not(secret: str) -> None:
    shown = redact(f"before {secret} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert "secret" not in shown
    assert "xox" not in shown
    assert "xapp" not in shown


def test_arguments_and_tracebacks_are_hidden_too(caplog: pytest.LogCaptureFixture) -> None:
    logger = safe_logger("vmdump.slack.test")
    try:
        int(SECRETS[0])
    except ValueError:
        logger.exception("with %s", SECRETS[1])
    logger.debug("never")
    assert "xoxb" not in caplog.text
    assert "Traceback" in caplog.text
    assert "never" not in caplog.text


def test_it_stays_silent_where_the_root_logger_is_not() -> None:
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    try:
        assert not safe_logger("vmdump.slack.test").isEnabledFor(logging.DEBUG)
    finally:
        root.setLevel(before)
