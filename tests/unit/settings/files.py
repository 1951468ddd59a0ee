"""Small valid files to break."""

from pathlib import Path

import pytest

from bot.settings.loading import load
from bot.settings.place import ConfigFaults
from bot.settings.rbac_file import load_policy

VALID = """\
slack:
  team_id: T024BE7LH
  app_id: A012ABCD0A0
  bot_token: env:BOT
  app_token: env:APP
database: sqlite:vmdump.db
vcenters:
  - name: vc1
    host: vcenter.example.com
    username: vmdump@vsphere.local
    password: file:vc1.txt
    tls: {ca_file: certs/ca.pem}
hosts:
  - match: "esx-*"
    ssh: {password: env:ROOT, known_hosts: known_hosts}
guests:
  - match: {guest: windows}
    username: svc
    password: {exec: [vault, "guest/{vm}"]}
"""

RULES = """\
groups:
  owners: {users: [U024BE7LH]}
rules:
  - name: production
    match: {vm: "*", channel: C0INC42000}
    request: [U0ALICE042]
    approve: {from: [owners], quorum: 1, by: [reaction], expires: 15m}
"""


def write(folder: Path, text: str | bytes, name: str = "vmdump.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def broken(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def faults(*paths: Path) -> list[str]:
    """The lines, with the folder left out."""
    with pytest.raises(ConfigFaults) as caught:
        load(paths)
    return [f"{f.place.file.name}:{f.place.line}:{f.place.column}: {f.text}" for f in caught.value.faults]


def rbac_faults(path: Path) -> list[str]:
    with pytest.raises(ConfigFaults) as caught:
        load_policy(path)
    return [f"{f.place.line}:{f.place.column}: {f.text}" for f in caught.value.faults]
