"""By which way the memory is taken, and what closes one."""

from __future__ import annotations

from typing import Any

from bot.core.request import Outcome
from bot.demo.settings import change_settings
from bot.demo.stage import HOST, Stage
from bot.demo.stories.deeds import approve
from bot.demo.story import AFTER_API, BOTH, CAPTURED, KDUMP, OPENED, PAYDB, SSH, Story
from bot.demo.worlds import MODERN

ASKS = "PayDB support case 4711"


async def _not_implemented(stage: Stage) -> None:
    stage.world.vcenter.send_nmi = "not-implemented"


async def _locked(stage: Stage) -> None:
    stage.world.vm("PayDB").host.lockdown_mode = "lockdownNormal"


async def _move_first(stage: Stage) -> None:
    plan = await stage.approval_message()
    vm, to = stage.world.vm("PayDB"), stage.world.host("esx-12.example.com")
    await stage.world.migrate(vm, to, by_drs=True)
    stage.narrate(f"DRS has moved {vm.name} to {to.name}")
    await stage.react("bob", plan)


async def _old(stage: Stage) -> None:
    center, host = stage.world.vcenter, stage.world.host(HOST)
    center.old_tls = host.old_ssh = True
    await center.restart()

    def change(site: dict[str, Any]) -> None:
        site["vcenters"][0]["tls"]["legacy"] = site["hosts"][0]["ssh"]["legacy"] = True

    change_settings(stage, change)


STORIES = (
    Story(
        "linux-api",
        "a Linux of today, by vCenter's own SendNMI: no SSH is opened, HA and DRS are kept away meanwhile",
        Outcome.CAPTURED,
        approve,
        world=MODERN,
        targets=(KDUMP,),
        thread=(*OPENED, "nmi-sent", *AFTER_API, "kernel-log", "judged", "closed"),
        nmis=1,
        via="api",
        asks="kdump-01 support case 4711",
    ),
    Story(
        "api-not-implemented",
        "vCenter has SendNMI and does not implement it: on by ssh, as bob approved along with it",
        Outcome.CAPTURED,
        approve,
        world=MODERN,
        targets=(PAYDB,),
        thread=(
            *OPENED,
            "handed-over",
            "prepared",
            "nmi-sent",
            "released",
            *AFTER_API,
            "judged",
            "closed",
        ),
        nmis=1,
        started=SSH,
        prepare=_not_implemented,
        asks=ASKS,
    ),
    Story(
        "bundle",
        "the host's support bundle sends the NMI: nobody can tell when, so the guest is watched for it",
        Outcome.CAPTURED,
        approve,
        world=MODERN,
        targets=(PAYDB,),
        thread=(*OPENED, "nmi-unknown", *AFTER_API, "judged", "closed"),
        nmis=1,
        via="bundle",
        asks="PayDB --route bundle support case 4711",
    ),
    Story(
        "lockdown",
        "the host is in lockdown, which the bot never lifts: the plan passes ssh over, and api needs no host",
        Outcome.CAPTURED,
        approve,
        world=MODERN,
        targets=(PAYDB,),
        thread=(*OPENED, "nmi-sent", *AFTER_API, "judged", "closed"),
        nmis=1,
        via="api",
        prepare=_locked,
        asks=ASKS,
    ),
    Story(
        "vmotion-before-nmi",
        "DRS moves the VM before bob approves: api goes with it, what was for the old host is dropped",
        Outcome.CAPTURED,
        _move_first,
        world=MODERN,
        targets=(PAYDB,),
        thread=("planned", "voted", "plan-followed", "prepared", "nmi-sent", *AFTER_API, "judged", "closed"),
        nmis=1,
        via="api",
        asks=ASKS,
    ),
    Story(
        "legacy-55",
        "vCenter 5.5 and a host that know only TLS 1.0 and old SSH: reached with `legacy`, and the log warns",
        Outcome.CAPTURED,
        approve,
        thread=CAPTURED,
        nmis=1,
        started=BOTH,
        log=("vCenter vc1", "hosts esx-03.example.com: legacy is on"),
        prepare=_old,
    ),
)
