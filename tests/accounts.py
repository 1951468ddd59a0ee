"""Where other accounts of the machine can go, for tests that are several of them."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """A folder that every account can enter, whatever the temporary folder of this run is."""
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # a folder of its own is made in it
        if _entered_by_all(Path(place)):
            with tempfile.TemporaryDirectory(dir=place) as folder:
                Path(folder).chmod(0o755)
                yield Path(folder)
            return
    raise RuntimeError("no temporary folder of this machine can be entered by all accounts")


def _entered_by_all(place: Path) -> bool:
    whole = place.resolve()
    return all(part.stat().st_mode & stat.S_IXOTH for part in (whole, *whole.parents))
