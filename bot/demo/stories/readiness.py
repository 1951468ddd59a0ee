"""Whether a dump would succeed, seen beforehand; and guests that are made to write one."""

from __future__ import annotations

import asyncio
from collections import Counter

from bot.core.errors import Code
from bot.core.request import Outcome
from bot.demo.judging import Record
from bot.demo.settings import change_settings
from bot.demo.stage import Stage
from bot.demo.stories.deeds import approve, let_alice_override
from bot.demo.story import BOTH, CAPTURED, COME_BACK, OPENED, Refusal, Story
from bot.demo.worlds import MODERN
from bot.lab.guest_file import GuestFile
from bot.lab.registry import CRASH_CONTROL, MEMORY_MANAGEMENT

NODE_A = "vm-103"
PAGE_FILE = r"C:\pagefile.sys"
ARMED = ("planned", "voted", "armed", "closed", "disarm-asked", "disarmed")


async def _small_page_file(stage: Stage) -> None:
    guest = stage.world.vm("DumpTest").guest
    guest.registry.set(MEMORY_MANAGEMENT, "PagingFiles", "REG_MULTI_SZ", (rf"{PAGE_FILE} 1024 1024",))
    guest.keep(GuestFile(PAGE_FILE, guest.booted_at, 1024 << 20))
    guest.take_settings()


async def _overridden(stage: Stage) -> None:
    await _small_page_file(stage)
    guest = stage.world.vm("DumpTest").guest
    guest.forget(guest.dump_path)
    change_settings(stage, lambda site: site["watch"].update(settle="2s", settle_per_gib="0s"))
    let_alice_override(stage)


async def _read_the_answer(stage: Stage) -> None:
    await stage.told(1)


async def _kernel_dump(stage: Stage) -> None:
    guest = stage.world.vm("DumpTest").guest
    guest.registry.set(CRASH_CONTROL, "CrashDumpEnabled", "REG_DWORD", 2)
    guest.registry.remove(CRASH_CONTROL, "AlwaysKeepMemoryDump")
    guest.take_settings()


async def disarmed(stage: Stage) -> Record:
    """Waits until everything was read back right twice; the record then."""
    await stage.said("is disarmed")
    while not _settled(record := await stage.record()):  # noqa: ASYNC110  # a file tells nobody
        await asyncio.sleep(0.02)
    return record


def _settled(record: Record) -> bool:
    kinds = Counter(entry["kind"] for entry in record["entries"])
    return kinds["change-settled"] == kinds["change-made"]


async def _approve_and_disarm(stage: Stage, vm: str) -> None:
    await approve(stage)
    await stage.said("Closed: armed")
    await stage.ask(f"disarm {vm}")
    await disarmed(stage)


async def _disarm_windows(stage: Stage) -> None:
    await _approve_and_disarm(stage, "DumpTest")


async def _disarm_linux(stage: Stage) -> None:
    await _approve_and_disarm(stage, "node-a")


async def _without_kdump(stage: Stage) -> None:
    guest = stage.world.vm("node-a").guest
    guest.linux.units["kdump.service"].enabled = False
    guest.linux.stop("kdump.service", guest.booted_at)


STORIES = (
    Story(
        "check",
        "alice asks whether a dump would succeed, and asks for none: she alone reads the answer",
        None,
        _read_the_answer,
        answered=("Would a dump of DumpTest succeed?",),
        asks="check DumpTest",
    ),
    Story(
        "page-file-too-small",
        "the guest says that its page file cannot take the dump: refused, and nothing crashes in vain",
        Outcome.REFUSED,
        _read_the_answer,
        told=(Refusal("alice", Code.NOT_READY, "The page file of DumpTest is too small"),),
        prepare=_small_page_file,
    ),
    Story(
        "readiness-overridden",
        "alice, who may, puts up with a page file that is too small: approved as such, and there is no dump",
        Outcome.INCOMPLETE,
        approve,
        thread=(*OPENED, "nmi-sent", *COME_BACK, "not-verified", "closed"),
        nmis=1,
        started=BOTH,
        prepare=_overridden,
        asks="DumpTest --override it has to come up again, dump or not",
    ),
    Story(
        "old-dump-would-be-lost",
        "a dump of an earlier crash is there: the approver reads when it was written, and that it goes",
        Outcome.CAPTURED,
        approve,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
    ),
    Story(
        "arm-windows",
        "a Windows that writes a kernel dump is armed for complete ones, restarted, and disarmed again",
        Outcome.ARMED,
        _disarm_windows,
        thread=("planned", "voted", "restart-intended", *ARMED[2:]),
        prepare=_kernel_dump,
        answered=("DumpTest: what VD-",),
        asks="arm DumpTest --restart before the next incident",
    ),
    Story(
        "arm-linux",
        "a Linux that would log the NMI and run on is armed, at once and for its next starts, and disarmed",
        Outcome.ARMED,
        _disarm_linux,
        world=MODERN,
        targets=(NODE_A,),
        thread=ARMED,
        prepare=_without_kdump,
        answered=("node-a: what VD-",),
        asks="arm node-a",
    ),
)
