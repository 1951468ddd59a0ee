"""How a capture goes, by what the guest does and what is known of it."""

from __future__ import annotations

from bot.core.request import Outcome
from bot.demo.settings import change_settings
from bot.demo.stage import HOST, Stage
from bot.demo.stories.deeds import approve
from bot.demo.story import BOTH, CAPTURED, COME_BACK, OPENED, PAYDB, Story
from bot.demo.worlds import MODERN
from bot.lab.vcenter.privileges import KNOWN


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


async def _hangs(stage: Stage) -> None:
    stage.world.vm("DumpTest").guest.hung = "silent"


async def _cluster_is_not_ours(stage: Stage) -> None:
    """The bot may not keep HA away; writing takes long enough for somebody to see it."""
    stage.world.vcenter.privileges = frozenset(KNOWN) - {"Host.Inventory.EditCluster"}
    stage.world.pace.dump_bytes_per_second /= 4
    change_settings(stage, lambda site: site["watch"].update(settle="2s"))


async def _ha_resets(stage: Stage) -> None:
    await approve(stage)
    await stage.said("The guest crashed")
    stage.world.cluster("Prod-B").ha_resets = True
    stage.narrate("HA misses the heartbeat, and takes the writing for no sign of life")


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
    Story(
        "guest-hung",
        "the guest hangs and answers nothing, which is why alice asks: the NMI stops it all the same",
        Outcome.CAPTURED,
        approve,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        prepare=_hangs,
        log=("is left in the guest",),
    ),
    Story(
        "ha-reset-while-dumping",
        "HA resets the guest while it writes its dump: the thread says that it is probably cut short",
        Outcome.INCOMPLETE,
        _ha_resets,
        world=MODERN,
        targets=(PAYDB,),
        thread=(
            *OPENED,
            "nmi-sent",
            "crash-seen",
            "befell",
            "dump-cut",
            "rebooted",
            "not-verified",
            "closed",
        ),
        nmis=1,
        via="api",
        prepare=_cluster_is_not_ours,
        asks="PayDB support case 4711",
    ),
)
