"""How much of its memory a guest writes when it crashes."""

from __future__ import annotations

from typing import Literal

Wish = Literal["complete", "kernel", "active", "automatic"]
"""what a Windows can be armed to write"""
DumpKind = Wish | Literal["small", "none"]
