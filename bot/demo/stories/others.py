"""What else goes on: other requests, the cluster, administrators, and a host that does not answer."""

from __future__ import annotations

from bot.core.request import Outcome
from bot.demo.settings import change_settings
from bot.demo.stage import HOST, Stage
from bot.demo.stories.deeds import approve
from bot.demo.story import (
    AFTER_API,
    BOTH,
    CAPTURED,
    COME_BACK,
    DUMPTEST,
    DUMPTEST2,
    OPENED,
    PAYDB,
    SSH,
    Story,
)
from bot.demo.worlds import MODERN
from bot.lab.cluster import MONITORED, monitoring_override

NMI_IS_OUT = "vmdumper:after"
CLUSTER = "Prod-B"
THEIRS = {PAYDB: monitoring_override(MONITORED)}


async def _both_at_once(stage: Stage) -> None:
    await stage.ask("DumpTest2 support case 4711")
    plans = [await stage.said(f"memory dump of *{vm}*") for vm in ("DumpTest", "DumpTest2")]
    for plan in plans:
        await stage.react("bob", plan)


async def _resets(stage: Stage) -> None:
    stage.world.cluster(CLUSTER).ha_resets = True


async def _slow_to_give_up(stage: Stage) -> None:
    """The crash is seen before the third attempt, and the guest dumps for longer than all of them take."""
    change_settings(stage, lambda site: site.update(reconcile="2s"))
    stage.world.pace.dump_bytes_per_second /= 6


async def _host_is_gone(stage: Stage) -> None:
    gates, host = stage.world.gates, stage.world.host(HOST)
    gates.close(NMI_IS_OUT)
    await approve(stage)
    await stage.unless_ended(gates.reached(NMI_IS_OUT))
    host.connection_state = "notResponding"
    gates.open(NMI_IS_OUT)
    stage.narrate(f"{host.name} does not answer vCenter any more")
    for label in ("SSH", "ESXi Shell"):
        await stage.said(f"*Restore failed*: {label} of {HOST} is still on")
    host.connection_state = "connected"
    stage.narrate(f"{host.name} answers vCenter again")


async def _change_too(stage: Stage) -> None:
    gates, host = stage.world.gates, stage.world.vm(PAYDB).host
    gates.close(NMI_IS_OUT)
    await approve(stage)
    await stage.unless_ended(gates.reached(NMI_IS_OUT))
    host.service("TSM-SSH").policy = "on"
    stage.world.cluster(CLUSTER).ha_vms = THEIRS
    gates.open(NMI_IS_OUT)
    stage.narrate(f"dora lets SSH of {host.name} start with the host, and has HA watch PayDB")


STORIES = (
    Story(
        "two-on-one-host",
        "two VMs of one host at once: the second waits until SSH is its own, and both are captured",
        Outcome.CAPTURED,
        _both_at_once,
        targets=(DUMPTEST, DUMPTEST2),
        thread=CAPTURED,
        later=(("planned", "voted", "waiting-for-host", *CAPTURED[2:]),),
        nmis=2,
        started=BOTH,
    ),
    Story(
        "ha-monitoring",
        "HA would reset a VM that has no heartbeat while it dumps: it is told to let this one be",
        Outcome.CAPTURED,
        approve,
        world=MODERN,
        targets=(PAYDB,),
        thread=(*OPENED, "nmi-sent", *AFTER_API, "judged", "closed"),
        nmis=1,
        via="api",
        prepare=_resets,
        asks="PayDB support case 4711",
    ),
    Story(
        "restore-fails-then-heals",
        "the host does not answer when SSH shall be stopped: the thread shouts, until it is done after all",
        Outcome.CAPTURED,
        _host_is_gone,
        thread=(
            *OPENED,
            "nmi-sent",
            "crash-seen",
            "restore-owed",
            "restore-owed",
            "restored-after-all",
            "restored-after-all",
            "released",
            *COME_BACK[2:],
            "judged",
            "closed",
        ),
        nmis=1,
        started=BOTH,
        prepare=_slow_to_give_up,
    ),
    Story(
        "changed-by-others",
        "an administrator changes meanwhile what the bot has changed: left as they left it, and said",
        Outcome.CAPTURED,
        _change_too,
        world=MODERN,
        targets=(PAYDB,),
        thread=(
            *OPENED,
            "nmi-sent",
            "taken-over",
            *AFTER_API[:-1],
            "taken-over",
            "guards-released",
            "judged",
            "closed",
        ),
        nmis=1,
        started=SSH,
        left={
            "SSH of esx-11.example.com": "on, policy on",
            f"HA's entries of {CLUSTER}": str(THEIRS),
        },
        asks="PayDB --route ssh support case 4711",
    ),
)
