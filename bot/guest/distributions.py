"""How each family of Linux distributions loads kdump, and what an administrator types to have it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from bot.guest.kdump_settings import Parse, debian, red_hat, suse

OS_RELEASE = "/etc/os-release"
_RESERVED = "crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M"


@dataclass(frozen=True)
class Distribution:
    ids: frozenset[str]
    """``ID`` or ``ID_LIKE`` of /etc/os-release"""
    unit: str
    settings: str
    parse: Parse
    install: str
    reserve: str
    """it counts from the next restart"""


DISTRIBUTIONS = (
    Distribution(
        ids=frozenset({"rhel", "centos", "rocky", "almalinux", "ol", "amzn", "fedora"}),
        unit="kdump.service",
        settings="/etc/kdump.conf",
        parse=red_hat,
        install="yum install /usr/bin/kdumpctl",
        reserve=f"grubby --update-kernel=ALL --args={_RESERVED}",
    ),
    Distribution(
        ids=frozenset(
            {"sles", "sles_sap", "sle_hpc", "sled", "opensuse-leap", "opensuse-tumbleweed", "suse"}
        ),
        unit="kdump.service",
        settings="/etc/sysconfig/kdump",
        parse=suse,
        install="zypper install kdump",
        reserve=f"sed -i 's/^GRUB_CMDLINE_LINUX_DEFAULT=\"/&{_RESERVED} /' /etc/default/grub; "
        "grub2-mkconfig -o /boot/grub2/grub.cfg",
    ),
    Distribution(
        ids=frozenset({"debian", "ubuntu"}),
        unit="kdump-tools.service",
        settings="/etc/default/kdump-tools",
        parse=debian,
        install="apt-get install kdump-tools",
        reserve=f"sed -i 's/^GRUB_CMDLINE_LINUX=\"/&{_RESERVED} /' /etc/default/grub; update-grub",
    ),
)


def os_release(text: str) -> Mapping[str, str]:
    """Its variables; a line that no shell would read is left out."""
    found = {}
    for line in text.split("\n"):
        name, equals, value = line.strip().partition("=")
        try:
            words = shlex.split(value)
        except ValueError:
            continue
        if equals and len(words) <= 1:
            found[name] = "".join(words)
    return found


def distribution_of(release: Mapping[str, str]) -> Distribution | None:
    """By its own id, else by the first that it says it is like; None for one that is not known."""
    ids = (release.get("ID", ""), *release.get("ID_LIKE", "").split(" "))
    return next((known for one in ids for known in DISTRIBUTIONS if one in known.ids), None)
