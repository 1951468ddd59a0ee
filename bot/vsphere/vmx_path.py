"""Where a VM's configuration file lies, as the host's shell sees it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_URL = re.compile(r"(?:ds://)?(?P<mount>/vmfs/volumes/[^/]+)/?")


def vmx_path(path: str, datastores: Iterable[tuple[str, str]]) -> str:
    """Resolves ``[nfs01] DumpTest/DumpTest.vmx`` by (name, URL) pairs of ``config.datastoreUrl``.

    URLs read ``/vmfs/volumes/<id>`` or ``ds:///vmfs/volumes/<id>/``, on vSAN with an id ``vsan:…``. A path
    that cannot be resolved stays as it is: it equals nothing that a host lists, so no World ID is found.
    """
    for name, url in datastores:
        file = path.removeprefix(f"[{name}] ")
        found = _URL.fullmatch(url)
        if file != path and found:
            return f"{found['mount']}/{file}"
    return path
