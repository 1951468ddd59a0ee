"""The straight-line script: what the bot does between approval and NMI, with nothing around it.

A process of its own, as the bot is. It logs in to vCenter, says ``ready``, and for every line that it reads
it does the work once, puts the services back, and prints when it had come to each mark. vCenter is asked over
a plain pyVmomi connection and in the bot's own words, so that both ask the same; everything else is what
somebody in a hurry would write: no commits, no threads, no second thoughts.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import asyncssh
from pydantic import BaseModel
from pyVim.connect import SmartConnect
from pyVmomi import vim

from bot.core.target import Machine
from bot.esxi.process_list_xml import COMMAND, parse_xml
from bot.vsphere.cluster import read_cluster
from bot.vsphere.endpoint import GuestRule, VCenterEndpoint
from bot.vsphere.esxcli import read_worlds
from bot.vsphere.guest_files import GuestPath, read_guest_file
from bot.vsphere.host import read_host, set_service
from bot.vsphere.log_part import read_log_part
from bot.vsphere.machine import read_machine
from bot.vsphere.session import Link
from bot.vsphere.signs import read_signs
from bot.vsphere.surroundings import read_surroundings


class Task(BaseModel):
    """Whom to talk to, and about what; given to the process as its first line."""

    host: str
    port: int
    ca_file: Path
    username: str
    password: str
    vm: str
    esx: str
    services: tuple[str, ...]
    guest_username: str
    guest_password: str
    dump_file: str
    ssh_host: str
    ssh_port: int
    ssh_password: str
    known_hosts: Path


class Script:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._tls = ssl.create_default_context(cafile=str(task.ca_file))
        self._instance: Any = SmartConnect(
            host=task.host,
            port=task.port,
            user=task.username,
            pwd=task.password,
            sslContext=self._tls,
        )
        self._stub = self._instance._stub
        self._link = Link(self._connect, self._stub, self._instance.RetrieveContent())
        self._marks: list[tuple[str, float]] = []
        self._endpoint = VCenterEndpoint(
            name="vc1",
            host=task.host,
            username=task.username,
            password=lambda: task.password,
            port=task.port,
            ca_file=task.ca_file,
        )

    async def crash(self) -> list[tuple[str, float]]:
        """From here to the NMI is what is measured."""
        self._marks = []
        path = self._plan()
        self._tell("vm", vim.VirtualMachine(self._task.vm, self._stub))
        self._tell("host", vim.HostSystem(self._task.esx, self._stub))
        for service in self._task.services:
            self._start(service)
        await self._fire(path)
        return self._marks

    def put_back(self) -> None:
        for service in reversed(self._task.services):
            set_service(self._link, self._task.esx, service, running=False)(self._stub, self._link)

    def _plan(self) -> str:
        """Where the machine's configuration file lies."""
        machine = self._machine()
        read_host(self._link, self._task.esx)
        if machine.cluster_moid is not None:
            read_cluster(self._link, machine.cluster_moid, self._task.vm)
        read_surroundings(self._link, self._task.vm)
        rule = GuestRule(
            covers=lambda _: True,
            username=self._task.guest_username,
            password=lambda _: self._task.guest_password,
        )
        read_guest_file(self._link, GuestPath(self._machine(), rule, self._task.dump_file))
        screen = self._connect()
        screen.request("GET", f"/screen?id={self._task.vm}", headers={"Cookie": self._link.cookie})
        screen.getresponse().read()
        screen.close()
        read_log_part(self._link, self._endpoint, self._task.vm, None)
        self._mark("plan-confirmed")
        return machine.target.vmx_path

    def _tell(self, subject: str, entity: Any) -> None:
        self._mark("vcenter-told")
        self._instance.CurrentTime()
        self._link.content.eventManager.LogUserEvent(entity, f"benchmark: memory dump by NMI ({subject})")

    def _start(self, service: str) -> None:
        read_host(self._link, self._task.esx)
        self._mark("change-intended")
        start = set_service(self._link, self._task.esx, service, running=True)
        self._instance.CurrentTime()
        start(self._stub, self._link)
        self._mark("change-made")

    async def _fire(self, path: str) -> None:
        self._mark("prepared")
        async with asyncssh.connect(
            self._task.ssh_host,
            self._task.ssh_port,
            username="root",
            password=self._task.ssh_password,
            known_hosts=str(self._task.known_hosts),
            client_keys=None,
            agent_path=None,
            config=None,
        ) as shell:
            worlds = parse_xml(str((await shell.run(COMMAND, check=True)).stdout).encode())
            read_worlds(self._link, self._task.esx)
            self._mark("world-found")
            world = next(world for world in worlds if world.config_file == path)
            at = self._instance.CurrentTime()
            self._machine()
            read_signs(self._link, self._task.vm, at)
            self._mark("nmi-intended")
            await shell.run(f"/sbin/vmdumper {world.world_id} nmi", check=True)

    def _machine(self) -> Machine:
        return read_machine(self._link, "vc1", self._task.vm)

    def _connect(self) -> HTTPSConnection:
        return HTTPSConnection(self._task.host, self._task.port, context=self._tls)

    def _mark(self, name: str) -> None:
        self._marks.append((name, time.time()))


async def main() -> None:
    script = Script(Task.model_validate_json(sys.stdin.readline()))
    print("ready", flush=True)
    for _ in sys.stdin:
        marks = await script.crash()
        script.put_back()
        print(json.dumps(marks), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
