"""How often a method may be called."""

from bot.lab.slack.rate_limits import POST_BURST, RateLimits
from tests.unit.lab_slack.bolt import Clock


def test_posts_are_one_a_second_per_channel_after_a_burst() -> None:
    clock = Clock()
    limits = RateLimits(clock, speed=1)
    for _ in range(POST_BURST):
        assert limits.retry_after("chat.postMessage", "C1") is None
    assert limits.retry_after("chat.postMessage", "C1") == 1
    assert limits.retry_after("chat.postMessage", "C2") is None
    clock.now += 1
    assert limits.retry_after("chat.postMessage", "C1") is None
    assert limits.retry_after("chat.postMessage", "C1") == 1


def test_a_tier_counts_over_a_minute_for_the_whole_workspace() -> None:
    clock = Clock()
    limits = RateLimits(clock, speed=1)
    for _ in range(20):
        assert limits.retry_after("usergroups.users.list", "") is None
    clock.now = 45
    assert limits.retry_after("usergroups.users.list", "") == 15
    clock.now = 60
    assert limits.retry_after("usergroups.users.list", "") is None


def test_compressed_time_shortens_the_wait_but_never_below_a_second() -> None:
    clock = Clock()
    limits = RateLimits(clock, speed=60)
    for _ in range(50):
        assert limits.retry_after("chat.update", "C1") is None
    assert limits.retry_after("chat.update", "C1") == 1
    clock.now += 1
    assert limits.retry_after("chat.update", "C1") is None
