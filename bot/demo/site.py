"""The second configuration file, which points the shipped one at the lab."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bot.demo.shipped import shipped_config
from bot.demo.worlds import ARTICLE, MODERN, Worlds
from bot.lab.host import Host
from bot.lab.slack import LabSlack
from bot.lab.world import World

_SERVICES = {ARTICLE: ["TSM", "TSM-SSH"], MODERN: ["TSM-SSH"]}
"""the article starts both; nothing but SSH is needed"""


def write_site(folder: Path, worlds: Worlds, slack: LabSlack, *, http: bool = False) -> list[Path]:
    """Writes what is particular to this lab; gives the configuration files in their order."""
    shipped = shipped_config()
    site = _site(folder, worlds, slack)
    if http:
        listen = {"mode": "http", "listen": "127.0.0.1:0", "signing_secret": "env:SLACK_SIGNING_SECRET"}
        site["slack"] |= listen
    if MODERN in worlds:
        rules = yaml.safe_load((shipped / "rbac.yaml").read_text(encoding="utf-8"))
        rules["rules"][0]["match"]["folder"] = ["/DC1/vm/prod*", "/DC2/vm/prod*"]
        (folder / "rbac.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
        site["rbac"] = "rbac.yaml"
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(site, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return [shipped / "vmdump.yaml", path]


def credentials(worlds: Worlds, slack: LabSlack) -> dict[str, str]:
    """The environment that the configuration's references name."""
    article = worlds[ARTICLE]
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "ESXI_ROOT": article.hosts[0].root_password,
        "GUEST_WINDOWS": article.vm("DumpTest").guest.password,
        "GUEST_LINUX": article.vm("archive").guest.password,
        **{_password_of(name): world.vcenter.password for name, world in worlds.items()},
    }


def _site(folder: Path, worlds: Worlds, slack: LabSlack) -> dict[str, Any]:
    hosts = [(name, host) for name, world in worlds.items() for host in world.hosts]
    known_hosts = folder / "known_hosts"
    known_hosts.write_text("".join(f"{host.known_hosts_line}\n" for _, host in hosts), encoding="utf-8")
    guests = worlds[ARTICLE]
    return {
        "slack": {"api_url": slack.api_url},
        "database": "sqlite:vmdump.db",
        "record_dir": "records",
        "vcenters": [_vcenter(name, world) for name, world in worlds.items()],
        "hosts": [_host(name, host, known_hosts) for name, host in hosts],
        "guests": [
            {
                "match": {"guest": "windows"},
                "username": guests.vm("DumpTest").guest.username,
                "password": "env:GUEST_WINDOWS",
                "guest_login": True,
                "dump_file": r"C:\MemoryDump\MEMORY.DMP",
            },
            {
                "match": {"guest": "linux"},
                "username": guests.vm("archive").guest.username,
                "password": "env:GUEST_LINUX",
                "guest_login": True,
            },
        ],
        # The lab's world runs on compressed time, so the bot looks more often and waits less long.
        "timeouts": {"connect": "2s", "call": "3s", "ssh": "3s", "command": "2s", "slack": "5s"},
        "watch": {
            "crash": "3s",
            "dump": "60s",
            "dump_per_gib": "0s",
            "settle": "20s",
            "settle_per_gib": "0s",
            "poll": "200ms",
        },
        "reconcile": "1s",
        "dispatch": "200ms",
    }


def _vcenter(name: str, world: World) -> dict[str, Any]:
    return {
        "name": name,
        "host": world.vcenter.host,
        "port": world.vcenter.port,
        "username": world.vcenter.username,
        "password": f"env:{_password_of(name)}",
        "tls": {"ca_file": str(world.vcenter.ca_file)},
        "routes": ["api", "ssh", "bundle"],
        "protected": ["vcsa", "vmdump-bot"],
    }


def _password_of(vcenter: str) -> str:
    return f"{vcenter.upper()}_PASSWORD"


def _host(vcenter: str, host: Host, known_hosts: Path) -> dict[str, Any]:
    return {
        "match": host.name,
        "ssh": {
            "address": host.address,
            "port": host.ssh_port,
            "password": "env:ESXI_ROOT",
            "known_hosts": str(known_hosts),
            "services": _SERVICES[vcenter],
        },
        "https": {"address": host.address, "port": host.https_port},
    }
