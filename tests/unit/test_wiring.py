"""Settings in the words of the rooms."""

from pathlib import Path

from bot.settings.loading import load
from bot.wiring import endpoints
from tests.unit.settings.files import RULES, VALID, write


def test_how_long_a_bundle_is_read(tmp_path: Path) -> None:
    for name in ("vc1.txt", "certs/ca.pem", "known_hosts"):
        write(tmp_path, "x", name)
    write(tmp_path, RULES, "rbac.yaml")
    file = write(tmp_path, VALID)
    assert [endpoint.bundle_seconds for endpoint in endpoints(load([file]))] == [1800]
    write(tmp_path, VALID + "timeouts: {bundle: 2h}\n")
    assert [endpoint.bundle_seconds for endpoint in endpoints(load([file]))] == [7200]
