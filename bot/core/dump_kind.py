"""How much of its memory a Windows is set to write when it crashes."""

from __future__ import annotations

from typing import Literal

DumpKind = Literal["complete", "kernel", "active", "automatic", "small", "none"]
