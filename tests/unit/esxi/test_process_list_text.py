"""Every published output is read, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.esxi.process_list_error import ProcessListError
from bot.esxi.process_list_text import parse_text

OUTPUTS = Path(__file__).parent / "outputs"
ARTICLE = (OUTPUTS / "article.txt").read_bytes()


def test_the_article() -> None:
    (world,) = parse_text(ARTICLE)
    assert (world.world_id, world.cartel_id, world.display_name) == (3199732, 3199731, "DumpTest")
    assert world.uuid == "42 30 f9 ee a2 2a 3c e0-02 33 07 ac af f8 d2 5c"
    assert world.config_file == "/vmfs/volumes/643475f9-d1354340/DumpTest/DumpTest.vmx"


def test_two_rows_with_an_empty_line_between() -> None:
    worlds = parse_text((OUTPUTS / "two.txt").read_bytes())
    assert [w.world_id for w in worlds] == [107654, 1454883]
    assert [w.cartel_id for w in worlds] == [107651, 1454882]


def test_blanks_brackets_nested_folders_and_a_line_of_one_blank() -> None:
    worlds = parse_text((OUTPUTS / "blanks_and_brackets.txt").read_bytes())
    assert [w.display_name for w in worlds] == [
        "Server 2016 Vcenter",
        "uranium-esx36 [knagaraju] FGT_VM64_ESXI",
    ]
    assert worlds[1].config_file.endswith(
        "/machines/uranium-esx36 [knagaraju] FGT_VM64_ESXI/uranium-esx36 [knagaraju] FGT_VM64_ESXI.vmx"
    )


def test_no_running_vms() -> None:
    assert parse_text(b"") == ()


@pytest.mark.parametrize(
    "output",
    [
        b"esxcli: not found\n",
        ARTICLE.replace(b"   UUID: 42 30", b"   UUID: 42"),
        ARTICLE.replace(b"3199732", b"3199732; reboot"),
        ARTICLE.replace(b"3199732", b""),
        ARTICLE.replace(b"3199732", "\N{FULLWIDTH DIGIT THREE}".encode()),
        ARTICLE.split(b"   Config")[0],
        ARTICLE.replace(b"   Process ID: 0\n", b""),
        ARTICLE.replace(b"DumpTest\n   World", b"Other\n   World"),
        ARTICLE.replace(b"DumpTest\n", b"Dump\nTest\n"),
        b"\xff\xfe" + ARTICLE,
    ],
)
def test_anything_else_is_refused(output: bytes) -> None:
    with pytest.raises(ProcessListError):
        parse_text(output)


@given(st.text(alphabet=st.sampled_from("ab \n:0123World ID"), max_size=60))
def test_a_name_never_takes_another_rows_place(name: str) -> None:
    """Whatever a VM is called: its own row is read right, or the list is refused."""
    forged = ARTICLE.replace(b"DumpTest\n", name.encode() + b"\n")
    try:
        worlds = parse_text(forged)
    except ProcessListError:
        return
    assert [w.world_id for w in worlds] == [3199732]
