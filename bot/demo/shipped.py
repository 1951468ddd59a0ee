"""The configuration that comes with the product."""

from __future__ import annotations

from pathlib import Path

import bot


def shipped_config() -> Path:
    """The folder with ``vmdump.yaml`` and ``rbac.yaml``: in a wheel inside the package, else beside it."""
    package = Path(bot.__file__).parent
    inside = package / "shipped"
    return inside if inside.is_dir() else package.parent / "config"
