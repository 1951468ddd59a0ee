"""A guest that nobody gave credentials for: it is captured, and the record does not pretend to know more."""

import pytest

from bot.demo.stage import Stage
from tests.scenario.kit import change_settings, data, kinds, trouble

pytestmark = pytest.mark.slow


async def test_without_a_rule_for_the_guest(lab: Stage) -> None:
    change_settings(lab, lambda site: site.update(guests=[]))
    await lab.start_bot()
    await lab.ask()
    plan = await lab.approval_message()
    assert "where the guest writes its dump is not known" in plan.text
    assert "it will not be verified" in plan.text
    await lab.react("bob", plan)
    record = await lab.closed()

    assert record["request"]["outcome"] == "not verified"
    assert data(record, "not-verified")["code"] == "no-guest-credentials"
    assert "judged" not in kinds(record)
    assert len(lab.world.nmis) == 1
    said = [message.text for message in lab.messages()]
    assert any(
        "*Not verified.* No entry under `guests` in the settings fits DumpTest" in text for text in said
    )
    assert "*Closed: not verified.*" in said[-1]
    assert data(record, "closed")["restored"] == data(record, "closed")["changes"] == 2
    request = record["request"]["id"]
    markdown = (lab.folder / "records" / f"{request}.md").read_text(encoding="utf-8")
    assert "- Outcome: **not verified**" in markdown
    assert (await lab.run("verify", request))[0] == 0
    assert await lab.stop_bot() == 0
    assert trouble(lab) == []
