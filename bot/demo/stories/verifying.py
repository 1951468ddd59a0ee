"""What is found of the dump afterwards."""

from __future__ import annotations

from bot.core.request import Outcome
from bot.demo.settings import change_rules, change_settings
from bot.demo.stage import Stage
from bot.demo.stories.deeds import approve
from bot.demo.story import AFTER_API, BOTH, CAPTURED, COME_BACK, KDUMP, OPENED, STUBBORN, Story
from bot.demo.worlds import MODERN


def _wait_only(stage: Stage, settle: str) -> None:
    change_settings(stage, lambda site: site["watch"].update(settle=settle))


async def _truncated(stage: Stage) -> None:
    stage.world.vm("DumpTest").guest.dump_missing = 1_234_567
    _wait_only(stage, "2s")


async def _stale(stage: Stage) -> None:
    """The dump of an earlier crash is there, and this one leaves none."""
    stage.world.vm("DumpTest").guest.dump_written = False
    _wait_only(stage, "2s")


async def _still_copying(stage: Stage) -> None:
    stage.world.vm("DumpTest").guest.dump_copied = 3.0


async def _kdump(stage: Stage) -> None:
    stage.world.vm("kdump-01").guest.dump_format = "kdump"


async def _of_the_test_folder(stage: Stage) -> None:
    """And its guest was not asked whether it would panic."""
    change_settings(stage, lambda site: site["guests"][1].update(guest_login=False))
    change_rules(stage, lambda rules: rules["rules"][0]["match"]["folder"].append("/DC2/vm/test*"))


STORIES = (
    Story(
        "truncated-dump",
        "the disk of the guest is full before the dump is copied: cut off, and by how much",
        Outcome.INCOMPLETE,
        approve,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        prepare=_truncated,
    ),
    Story(
        "stale-dump",
        "the guest leaves no dump, and an older crash's is taken for what it is",
        Outcome.INCOMPLETE,
        approve,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        prepare=_stale,
    ),
    Story(
        "still-copying",
        "Windows is back and still copies the dump out of its page file: it is waited for",
        Outcome.CAPTURED,
        approve,
        thread=(*OPENED, "nmi-sent", *COME_BACK, "dump-growing", "judged", "closed"),
        nmis=1,
        started=BOTH,
        prepare=_still_copying,
    ),
    Story(
        "linux-kdump",
        "a Linux panics, its crash kernel saves the memory, and the newest dump below /var/crash is judged",
        Outcome.CAPTURED,
        approve,
        world=MODERN,
        targets=(KDUMP,),
        thread=(*OPENED, "nmi-sent", *AFTER_API, "kernel-log", "judged", "closed"),
        nmis=1,
        via="api",
        prepare=_kdump,
        asks="kdump-01 support case 4711",
    ),
    Story(
        "linux-nmi-ignored",
        "a Linux as installed, which nobody could ask beforehand, logs the NMI and runs on",
        Outcome.NO_CRASH,
        approve,
        world=MODERN,
        targets=(STUBBORN,),
        thread=(*OPENED, "nmi-sent", "no-crash", "closed"),
        nmis=1,
        via="api",
        prepare=_of_the_test_folder,
        asks="stubborn-01 support case 4711",
    ),
)
