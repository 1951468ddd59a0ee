"""Which kind of system a guest runs."""

from __future__ import annotations

import re

_LINUX = re.compile(
    r"linux|rhel|redhat|centos|rocky|ubuntu|debian|fedora|sles|suse|sjds|nld9|oes|photon|coreos|mandr|crxpod",
    re.IGNORECASE,
)


def family_of(guest_id: str, told_by_tools: str | None) -> str:
    """``windows``, ``linux`` or ``other``.

    The configured id comes first: what VMware Tools said last may be from another system. Ids of future
    Linuxes are caught by what Tools say.
    """
    if guest_id.startswith("win"):
        return "windows"
    if _LINUX.search(guest_id):
        return "linux"
    return {"windowsGuest": "windows", "linuxGuest": "linux"}.get(told_by_tools or "", "other")
