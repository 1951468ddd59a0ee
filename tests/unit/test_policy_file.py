"""What the policy in force asks of others."""

from pathlib import Path

import pytest

from bot.policy_file import PolicyFile
from tests.unit.settings.files import RULES, broken, write


@pytest.mark.parametrize(
    ("match", "names"), [("", False), ('tag: "tier:*", ', True), ('attribute: "tier=*", ', False)]
)
def test_whether_it_names_tags(match: str, names: bool, tmp_path: Path) -> None:
    rules = broken(RULES, 'match: {vm: "*", ', f'match: {{vm: "*", {match}')
    file = write(tmp_path, rules, "rbac.yaml")
    file.chmod(0o600)
    assert PolicyFile(file).names_tags() is names
