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

FULL = """\
groups:
  owners: {users: [U024BE7LH, U0G9QF9C6]}
  oncall: {users: [U0DORA0001]}
roles:
  operator: [cancel, restore]
freezes:
  night:
    zone: Europe/Berlin
    days: [mon, sun]
    from: "22:00"
    to: "06:00"
    first: "2026-01-01"
    last: "2026-12-31"
rules:
  - name: production
    match: {tag: "env:prod", attribute: "Owner=*", resource_pool: batch, guest: [windows], route: [api, ssh]}
    request: [U0ALICE042]
    approve:
      from: [owners]
      all_of: [owners, oncall]
      quorum: 2
      by: [reaction, button]
      expires: 15m
      review: 30s
      remind: 5m
      escalate: {after: 10m, to: [oncall]}
      freeze: [night]
      reason: "INC-[0-9]+"
    grant:
      operator: [oncall]
      approve: [oncall]
      break-glass: [oncall]
    deny:
      operator: [U0ALICE042]
      request: ["*"]
    external: true
break_glass: {per_day: 2}
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
