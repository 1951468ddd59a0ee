"""The published output is read; entities, other documents and odd rows are refused."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.esxi.process_list_error import ProcessListError
from bot.esxi.process_list_xml import parse_xml

VSAN = (Path(__file__).parent / "outputs" / "vsan.xml").read_bytes()
NAME = b"<string>vSAN File Service Node (2)</string>"


def test_a_host_with_vsan() -> None:
    (world,) = parse_xml(VSAN)
    assert (world.world_id, world.cartel_id) == (2103350, 2103347)
    assert world.display_name == "vSAN File Service Node (2)"
    assert world.uuid == "42 36 03 3c 16 95 74 01-d8 c1 cd ae 1c 2f 68 13"
    assert world.config_file == (
        "/vmfs/volumes/vsan:523d6567f1251470-01fff6533f4bec49/"
        "7c788d65-080c-0bbd-a559-78ac4407b2c6/vSAN File Service Node (2).vmx"
    )


_readable = st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff")


@given(st.text(_readable | st.sampled_from("\n\t<&]>\"'"), max_size=40))
def test_names_survive_whatever_they_hold(name: str) -> None:
    output = VSAN.replace(NAME, f"<string>{escape(name)}</string>".encode())
    assert parse_xml(output)[0].display_name == name


BOMB = b'<!DOCTYPE output [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (VSAN.replace(b"?>\n", b"?>\n" + BOMB, 1), "document type"),
        (b"", "not XML"),
        (VSAN[:400], "not XML"),
        (VSAN.replace(b"utf-8", b"utf-16", 1), "not XML"),
        (VSAN.decode().encode("utf-16"), "not UTF-8"),
        (b"<output/>", "no list"),
        (VSAN.replace(b'typeName="VirtualMachine"', b'typeName="Vib"'), "not a VirtualMachine"),
        (VSAN.replace(b"2103350", b"2103350 nmi"), "no number"),
        (VSAN.replace(b"2103350", b"-1"), "no number"),
        (VSAN.replace(b'"WorldID"', b'"World"'), "no field WorldID"),
        (VSAN.replace(b'"ProcessID"', b'"WorldID"'), "ambiguous"),
    ],
)
def test_anything_else_is_refused(output: bytes, reason: str) -> None:
    with pytest.raises(ProcessListError, match=reason):
        parse_xml(output)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_refused(output: bytes) -> None:
    with pytest.raises(ProcessListError):
        parse_xml(output)
