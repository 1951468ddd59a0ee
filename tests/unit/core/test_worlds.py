"""The one row of the host's list that is the target, or none."""

from __future__ import annotations

import pytest

from bot.core.errors import Code, VmdumpError
from bot.core.target import Target
from bot.core.worlds import World, find_world
from tests.unit.core.things import BIOS, VMX, target, world

COPY = "/vmfs/volumes/643475f9-d1354340/Copy/Copy.vmx"
OTHER_UUID = "56 4d 00 00 00 00 00 00-00 00 00 00 00 00 00 01"


@pytest.mark.parametrize(
    "others",
    [
        (),
        (world(world_id=1, config_file=COPY),),
        (world(world_id=1, uuid=OTHER_UUID),),
        (world(world_id=1, uuid=OTHER_UUID, config_file=COPY, display_name="DumpTest"),),
        (world(world_id=1, uuid=""), world(world_id=2, config_file="")),
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_uuid_and_path_together_find_it(others: tuple[World, ...], last: bool) -> None:
    worlds = (*others, world()) if last else (world(), *others)
    assert find_world(target(), worlds) == world()


def test_the_name_that_is_shown_does_not_matter() -> None:
    assert find_world(target(), (world(display_name="<!channel>"),)).display_name == "<!channel>"


@pytest.mark.parametrize("uuid", [BIOS.upper(), BIOS.replace("-", ""), "42-30 f9eea22a3ce0:023307acaff8d25c"])
def test_a_uuid_is_its_digits(uuid: str) -> None:
    assert find_world(target(), (world(uuid=uuid),)).uuid == uuid


@pytest.mark.parametrize(
    ("wanted", "worlds", "same_uuid"),
    [
        (target(), (), 0),
        (target(), (world(config_file=COPY),), 1),
        (target(), (world(uuid=OTHER_UUID),), 0),
        (target(), (world(config_file=VMX + " "),), 1),
        (target(bios_uuid=""), (world(uuid=""),), 0),
        (target(bios_uuid="42"), (world(uuid="42"),), 0),
        (target(vmx_path=""), (world(config_file=""),), 0),
        (target(vmx_path="[ds1] DumpTest/DumpTest.vmx"), (world(),), 0),
    ],
)
def test_a_doubt_finds_none(wanted: Target, worlds: tuple[World, ...], same_uuid: int) -> None:
    with pytest.raises(VmdumpError) as refused:
        find_world(wanted, worlds)
    assert refused.value.code is Code.WORLD_NOT_FOUND
    assert refused.value.params["same_uuid"] == same_uuid


def test_two_that_fit_are_ambiguous() -> None:
    with pytest.raises(VmdumpError) as refused:
        find_world(target(), (world(), world(world_id=7)))
    assert refused.value.code is Code.WORLD_AMBIGUOUS
    assert refused.value.params["rows"] == 2
