"""``esxcli --formatter=xml vm process list``: names survive whatever they hold."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from bot.core.worlds import World
from bot.esxi.process_list_error import ProcessListError

COMMAND = "esxcli --formatter=xml vm process list"
_NS = "{http://www.vmware.com/Products/ESX/5.0/esxcli}"


def parse_xml(output: bytes) -> tuple[World, ...]:
    """Raises ``ProcessListError``. Document types, and with them entities, are refused unread."""
    try:
        text = output.decode("utf-8")
    except UnicodeDecodeError as e:
        raise ProcessListError(f"not UTF-8 at byte {e.start}") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ProcessListError("it declares a document type")
    try:
        root = ET.fromstring(output)  # noqa: S314 - entities need a document type
    except (ET.ParseError, ValueError) as e:
        raise ProcessListError(f"not XML: {e}") from None
    rows = root.find(f"{_NS}root/{_NS}list")
    if root.tag != f"{_NS}output" or rows is None:
        raise ProcessListError("it holds no list")
    return tuple(_world(row) for row in rows)


def _world(row: ET.Element) -> World:
    if row.tag != f"{_NS}structure" or row.get("typeName") != "VirtualMachine":
        raise ProcessListError(f"a row is a {row.get('typeName')}, not a VirtualMachine")
    fields: dict[str, str] = {}
    for field in row:
        name = field.get("name") or ""
        if name in fields or len(field) != 1:
            raise ProcessListError(f"the field {name!r} is ambiguous")
        fields[name] = field[0].text or ""
    try:
        return World(
            world_id=_number(fields["WorldID"]),
            cartel_id=_number(fields["VMXCartelID"]),
            uuid=fields["UUID"],
            display_name=fields["DisplayName"],
            config_file=fields["ConfigFile"],
        )
    except KeyError as e:
        raise ProcessListError(f"a row has no field {e.args[0]}") from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ProcessListError(f"{text[:40]!r} is no number")
    return int(text)
