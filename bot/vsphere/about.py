"""What a vCenter says of itself."""

from __future__ import annotations

from bot.core.value import Value
from bot.vsphere.session import Link


class About(Value):
    name: str
    version: str
    build: str
    api_version: str
    instance_uuid: str | None
    """None for a host that was given in place of a vCenter"""


def read_about(link: Link) -> About:
    about = link.content.about
    return About(
        name=about.fullName,
        version=about.version,
        build=about.build,
        api_version=about.apiVersion,
        instance_uuid=about.instanceUuid,
    )
