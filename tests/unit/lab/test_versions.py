"""Which version of the API a call is answered in."""

import pytest

from bot.lab.vcenter.versions import asked, description


@pytest.mark.parametrize(
    ("action", "version"),
    [
        ('"urn:vim25/5.5"', "vim.version.version9"),
        ("urn:vim25/5.1", "vim.version.version8"),
        ('"urn:vim25/7.0"', "vim.version.version9"),
        ("", "vim.version.version9"),
    ],
)
def test_a_5_5_answers_in_what_it_knows(action: str, version: str) -> None:
    assert asked(action, "5.5") == version


def test_the_description_names_the_newest_and_the_older_ones() -> None:
    text = description("5.5")
    assert "<version>5.5</version><priorVersions><version>5.1</version>" in text
    assert "6.0" not in text
