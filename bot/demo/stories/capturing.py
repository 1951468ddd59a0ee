"""How a capture goes, by what the guest does and what is known of it."""

from __future__ import annotations

from bot.core.request import Outcome
from bot.demo.settings import change_settings
from bot.demo.stage import HOST, Stage
from bot.demo.stories.deeds import approve
from bot.demo.story import BOTH, CAPTURED, COME_BACK, OPENED, Story


async def _ignored(stage: Stage) -> None:
    stage.world.vm("DumpTest").guest.nmi_ignored = True


async def _ssh_runs(stage: Stage) -> None:
    await stage.world.set_service(stage.world.host(HOST), "TSM-SSH", running=True, user="root")


async def _no_dump(stage: Stage) -> None:
    guest = stage.world.vm("DumpTest").guest
    guest.dump_written = False
    guest.forget(guest.dump_path)
    change_settings(stage, lambda site: site["watch"].update(settle="2s"))


async def _no_credentials(stage: Stage) -> None:
    change_settings(stage, lambda site: site.update(guests=[]))


STORIES = (
    Story(
        "windows-ssh",
        "alice asks, bob approves, the guest crashes, dumps and comes back",
        Outcome.CAPTURED,
        approve,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
    ),
    Story(
        "rehearsal",
        "everything but the NMI: the host is opened, looked at and closed, and each part has its time",
        Outcome.REHEARSED,
        approve,
        thread=(*OPENED, "released", "rehearsed", "closed"),
        started=BOTH,
        asks="rehearse DumpTest before the next incident",
    ),
    Story(
        "ssh-already-on",
        "somebody had SSH on before: it is used and stays on",
        Outcome.CAPTURED,
        approve,
        thread=CAPTURED,
        nmis=1,
        started=("TSM",),
        prepare=_ssh_runs,
    ),
    Story(
        "nmi-ignored",
        "the guest takes the NMI and runs on",
        Outcome.NO_CRASH,
        approve,
        thread=(*OPENED, "nmi-sent", "released", "no-crash", "closed"),
        nmis=1,
        started=BOTH,
        prepare=_ignored,
    ),
    Story(
        "no-dump-file",
        "the guest crashes and comes back, and leaves no dump",
        Outcome.INCOMPLETE,
        approve,
        thread=(*OPENED, "nmi-sent", *COME_BACK, "not-verified", "closed"),
        nmis=1,
        started=BOTH,
        prepare=_no_dump,
    ),
    Story(
        "no-guest-credentials",
        "nobody gave the bot a login for the guest: captured, and not said to be verified",
        Outcome.NOT_VERIFIED,
        approve,
        thread=(*OPENED, "nmi-sent", *COME_BACK, "not-verified", "closed"),
        nmis=1,
        started=BOTH,
        prepare=_no_credentials,
    ),
)
