"""What the model says of a key: found by the way to it, told in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from bot.settings.duration import format_duration
from bot.settings.kinds import Kind, Section
from bot.settings.tree import Loc


def key_of(name: str, field: FieldInfo) -> str:
    """The key in the file."""
    return field.alias or name


def fields_of(section: type[Section]) -> dict[str, FieldInfo]:
    """By the key in the file."""
    return {key_of(name, field): field for name, field in section.model_fields.items()}


def bare_type(annotation: Any) -> Any:
    """The type without its annotations and without "or nothing"."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return bare_type(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return bare_type(next(a for a in get_args(annotation) if a is not NoneType))
    return annotation


def section_of(annotation: Any) -> type[Section] | None:
    """The section that a key holds, alone or as items; None for plain values."""
    bare = bare_type(annotation)
    if isinstance(bare, type) and issubclass(bare, Section):
        return bare
    items = _items(bare)
    return None if items is None else section_of(items)


def is_list(annotation: Any) -> bool:
    return get_origin(bare_type(annotation)) is tuple


def is_map(annotation: Any) -> bool:
    return get_origin(bare_type(annotation)) is dict


def find(section: type[Section], loc: Loc) -> tuple[Any, list[Any]]:
    """Annotation and metadata of what stands at the end of the way; ``(None, [])`` where there is nothing."""
    annotation: Any = section
    metadata: list[Any] = []
    for step in loc:
        bare = bare_type(annotation)
        if isinstance(bare, type) and issubclass(bare, Section):
            field = fields_of(bare).get(str(step))
            if field is None:
                return None, []
            annotation, metadata = field.annotation, list(field.metadata)
        else:
            annotation, metadata = _items(bare), []
    return annotation, metadata


def kind_of(annotation: Any, metadata: Sequence[Any]) -> Kind | None:
    """The kind of the key itself, not of its items; where one narrows another, the narrower."""
    # Nested annotations are flattened, the inner ones first.
    kinds = [m for m in (*_marks(annotation), *metadata) if isinstance(m, Kind)]
    return kinds[-1] if kinds else None


def expected(annotation: Any, metadata: Sequence[Any]) -> str:
    """In words, such as ``a duration such as 30s, from 100ms to 10m``."""
    kind = kind_of(annotation, metadata)
    if kind is not None:
        return kind.phrase + _bounds([*metadata, *_marks(annotation)])
    bare = bare_type(annotation)
    if get_origin(bare) is tuple:
        return f"a list; each item: {expected(_items(bare), [])}"
    if get_origin(bare) is Literal:
        return " or ".join(map(str, get_args(bare)))
    return "a mapping"


def _bounds(marks: Sequence[Any]) -> str:
    """Only durations state their bounds apart; other kinds have them in their words."""
    if not any(isinstance(m, Kind) and m.phrase.startswith("a duration") for m in marks):
        return ""
    least = next((m.ge for m in marks if isinstance(m, Ge)), None)
    most = next((m.le for m in marks if isinstance(m, Le)), None)
    if not isinstance(least, int | float) or not isinstance(most, int | float):
        return ""
    return f", from {format_duration(least)} to {format_duration(most)}"


def _items(bare: Any) -> Any:
    arguments = get_args(bare)
    if get_origin(bare) is tuple:
        return arguments[0]
    return arguments[1] if get_origin(bare) is dict else None


def _marks(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        for mark in annotation.__metadata__:
            yield from mark.metadata if isinstance(mark, FieldInfo) else (mark,)
        yield from _marks(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from _marks(part)
