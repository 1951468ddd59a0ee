"""The kinds of values that the files hold, each with the words for what is expected."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints

from bot.settings.duration import parse_duration
from bot.settings.tree import Sourced


class Section(BaseModel):
    """A mapping of known keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """Says in words what is expected; read by the errors and by the reference."""

    phrase: str
    must_exist: bool = False
    """a file that has to be there"""


def resolve_path(path: str, source: object) -> Path:
    """Absolute; a relative path starts at the folder of the file that the source stands in."""
    folder = source.place.file.parent if isinstance(source, Sourced) else Path()
    return Path(os.path.abspath(folder / path))  # noqa: PTH100 - resolve() would follow links


def _path(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not value or "\0" in value:
        raise ValueError("is not a path")
    return resolve_path(value, value)


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Text = Annotated[str, StringConstraints(min_length=1), Kind("text")]
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"),
    Kind("a name of letters, digits, dots, dashes and underscores"),
]
HostName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9:][A-Za-z0-9.:_-]{0,253}$"),
    Kind("a host name or an address"),
]
Glob = Annotated[str, StringConstraints(min_length=1), Kind("a pattern with * and ?")]
Globs = Annotated[
    tuple[Glob, ...], BeforeValidator(_one_or_more), Field(min_length=1), Kind("a pattern, or a list of them")
]
Port = Annotated[int, Strict(), Field(ge=1, le=65535), Kind("a port from 1 to 65535")]
Switch = Annotated[bool, Strict(), Kind("true or false")]
Duration = Annotated[
    float, BeforeValidator(parse_duration), Kind("a duration such as 500ms, 30s, 15m or 1h30m")
]
"""seconds"""
ExistingFile = Annotated[Path, BeforeValidator(_path), Kind("the path of a file", must_exist=True)]
Folder = Annotated[Path, BeforeValidator(_path), Kind("the path of a folder")]
