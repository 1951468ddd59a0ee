"""What is read of ``vmdumper -l``, whose form is known at second hand only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.rehearsal import DumperRow
from bot.esxi.dumper_list import parse

PATH = "/vmfs/volumes/643475f9-d1354340/DumpTest/DumpTest.vmx"
UUID = "42 30 f9 ee a2 2a 3c e0-02 33 07 ac af f8 d2 5c"


def test_the_forms_that_scripts_take_apart() -> None:
    old = f'vmid=4711 pid=-1 cfgFile="{PATH}" uuid="{UUID}" displayName="a b" vmxCartelID=4710'
    later = (
        f'wid=3199732\tpid=-1\tcfgFile="{PATH}"\tuuid="{UUID}"\tdisplayName="DumpTest"\tvmxCartelID=3199731'
    )
    short = "wid=12"
    listed = parse(f"{old}\r\n{later}\n\n{short}\n".encode())
    assert listed.rows == (
        DumperRow(world_id=4711, config_file=PATH),
        DumperRow(world_id=3199732, config_file=PATH),
        DumperRow(world_id=12, config_file=None),
    )
    assert listed.unread == 0


def test_other_lines_are_counted_and_not_guessed_at() -> None:
    listed = parse(b'Usage: vmdumper [-l]\nworld 3199732\nwid=x cfgFile="/a"\n\xff\n')
    assert (listed.rows, listed.unread) == ((), 4)


def test_a_name_does_not_stand_for_a_path() -> None:
    listed = parse(b'wid=7\tdisplayName="x\t cfgFile="/vmfs/volumes/a/evil.vmx""\n')
    assert listed.rows == (DumperRow(world_id=7, config_file=None),)


@given(st.binary(max_size=300))
def test_nothing_is_too_strange(output: bytes) -> None:
    listed = parse(output)
    assert len(listed.rows) + listed.unread <= output.count(b"\n") + 1
