"""Names and inventory paths.

vCenter keeps ``/``, ``\\`` and ``%`` in names as ``%2f``, ``%5c`` and ``%25``. Names are shown decoded.
Paths keep the escapes: in them a name with a slash must not look like a folder, since rules match paths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ESCAPES = {"%2f": "/", "%5c": "\\", "%25": "%"}
_ESCAPE = re.compile("%2f|%5c|%25", re.IGNORECASE)


def decoded(name: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES[found[0].lower()], name)


@dataclass(frozen=True)
class Place:
    """A folder, data centre or vApp."""

    name: str
    """as vCenter keeps it"""
    parent: str | None
    """managed object id"""


def path_of(name: str, parent: str | None, places: Mapping[str, Place], root: str) -> str:
    """``/DC1/vm/prod/DumpTest``; the root folder has no name in it. A place that cannot be seen is ``?``."""
    parts = [name]
    passed = set[str]()
    while parent is not None and parent != root and parent not in passed:
        passed.add(parent)
        place = places.get(parent)
        if place is None:
            parts.append("?")
            break
        parts.append(place.name)
        parent = place.parent
    return "/" + "/".join(reversed(parts))
