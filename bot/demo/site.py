"""The second configuration file, which points the shipped one at the lab."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bot.demo.shipped import shipped_config
from bot.lab.slack import LabSlack
from bot.lab.world import World


def write_site(folder: Path, world: World, slack: LabSlack, *, http: bool = False) -> list[Path]:
    """Writes what is particular to this lab; gives the configuration files in their order."""
    shipped = shipped_config()
    site = _site(folder, world, slack)
    if http:
        listen = {"mode": "http", "listen": "127.0.0.1:0", "signing_secret": "env:SLACK_SIGNING_SECRET"}
        site["slack"] |= listen
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(site, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return [shipped / "vmdump.yaml", path]


def credentials(world: World, slack: LabSlack) -> dict[str, str]:
    """The environment that the configuration's references name."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "VC1_PASSWORD": world.vcenter.password,
        "ESXI_ROOT": world.host("esx-03.example.com").root_password,
        "GUEST_WINDOWS": world.vm("DumpTest").guest.password,
    }


def _site(folder: Path, world: World, slack: LabSlack) -> dict[str, Any]:
    host = world.host("esx-03.example.com")
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(host.known_hosts_line + "\n", encoding="utf-8")
    return {
        "slack": {"api_url": slack.api_url},
        "database": "sqlite:vmdump.db",
        "record_dir": "records",
        "vcenters": [
            {
                "name": "vc1",
                "host": world.vcenter.host,
                "port": world.vcenter.port,
                "username": world.vcenter.username,
                "password": "env:VC1_PASSWORD",
                "tls": {"ca_file": str(world.vcenter.ca_file)},
                "protected": ["vcsa", "vmdump-bot"],
            }
        ],
        "hosts": [
            {
                "match": host.name,
                "ssh": {
                    "address": host.address,
                    "port": host.ssh_port,
                    "password": "env:ESXI_ROOT",
                    "known_hosts": str(known_hosts),
                    # Both, as in the article that this host comes from.
                    "services": ["TSM", "TSM-SSH"],
                },
            }
        ],
        "guests": [
            {
                "match": {"guest": "windows"},
                "username": world.vm("DumpTest").guest.username,
                "password": "env:GUEST_WINDOWS",
                "dump_file": r"C:\MemoryDump\MEMORY.DMP",
            }
        ],
        # The lab's world runs on compressed time, so the bot looks more often and waits less long.
        "timeouts": {"connect": "2s", "call": "3s", "ssh": "3s", "command": "2s", "slack": "5s"},
        "watch": {"crash": "3s", "dump": "60s", "settle": "20s", "poll": "200ms"},
        "reconcile": "1s",
        "dispatch": "200ms",
    }
