"""The reference of all keys, as Markdown, from the model itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.settings.duration import format_duration
from bot.settings.fields import expected, fields_of, find, is_list, is_map, section_of
from bot.settings.kinds import Section
from bot.settings.model import Settings
from bot.settings.rbac_model import Rbac

INTRODUCTION = """\
# Configuration

Written by `python -m bot.settings.reference`; a test compares it with the model.

Unknown keys, keys given twice and wrong types are errors, each reported as
`file:line:column: what is wrong, what was expected`. `--config` may be given several times: mappings of
later files are merged into earlier ones key by key, lists and scalars replace. Relative paths start at the
folder of the file that they stand in.

Secrets are given by reference and read at each use: `env:NAME` is an environment variable, `file:/path` a
file without the newline at its end, and `{exec: [program, argument…]}` what a program prints (no shell, at
most 10 s). In the arguments `{host}`, `{username}`, `{vcenter}` and `{vm}` are filled in where they are
known. A secret itself is never accepted.
"""


def render() -> str:
    """The whole page."""
    tables = [_table("vmdump.yaml", Settings), _table("rbac.yaml", Rbac)]
    return "\n".join([INTRODUCTION, *tables])


def _table(title: str, section: type[Section]) -> str:
    rows = ["| key | expected | default | meaning |", "|---|---|---|---|", *_rows("", section)]
    return f"## {title}\n\n" + "\n".join(rows) + "\n"


def _rows(prefix: str, section: type[Section]) -> Iterator[str]:
    for key, field in fields_of(section).items():
        path = f"{prefix}{key}"
        inner = section_of(field.annotation)
        cells = (f"`{path}`", _expected(section, key, field), _default(field, inner), field.description or "")
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"
        if inner is not None:
            suffix = "[]" if is_list(field.annotation) else ".NAME" if is_map(field.annotation) else ""
            yield from _rows(f"{path}{suffix}.", inner)


def _expected(section: type[Section], key: str, field: FieldInfo) -> str:
    if section_of(field.annotation) is not None:
        if is_map(field.annotation):
            return "a mapping of names"
        return "a list of mappings" if is_list(field.annotation) else "a mapping"
    return expected(*find(section, (key,)))


def _default(field: FieldInfo, inner: type[Section] | None) -> str:
    if field.is_required():
        # vmdump.yaml may leave it out: loading puts in the file beside it.
        return (
            "`rbac.yaml`"
            if field.description and "Left out: `rbac.yaml`" in field.description
            else "required"
        )
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is PydanticUndefined or default is None or default in ((), {}) or inner is not None:
        return ""
    return f"`{_spelled(default)}`"


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_duration(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    Path("docs/reference/configuration.md").write_text(render(), encoding="utf-8")
