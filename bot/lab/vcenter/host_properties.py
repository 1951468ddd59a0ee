"""A host's properties."""

from typing import Any

from pyVmomi import vim

from bot.lab.host import Host
from bot.lab.vcenter.complete import complete
from bot.lab.vcenter.firewall_properties import firewall_info
from bot.lab.vcenter.host_managers import config_manager, options
from bot.lab.vcenter.inventory import Properties
from bot.lab.vcenter.service_properties import service_info
from bot.lab.world import World


def host_properties(world: World, host: Host, parent: Any) -> Properties:
    """How to compute each property of a host in the compute resource `parent`."""
    return {
        "name": lambda: host.name,
        "parent": lambda: parent,
        "overallStatus": lambda: "green",
        "runtime": lambda: _runtime(host),
        "config": lambda: _config(host),
        "configManager": lambda: config_manager(host),
        "summary": lambda: _summary(host),
        "vm": lambda: [vim.VirtualMachine(vm.moid) for vm in world.vms_on(host)],
        "datastore": lambda: [vim.Datastore(store.moid) for store in world.datastores],
        "network": list,
    }


def _runtime(host: Host) -> Any:
    return complete(
        vim.host.RuntimeInfo(
            connectionState=host.connection_state,
            powerState="poweredOn",
            inMaintenanceMode=host.in_maintenance_mode,
        )
    )


def _config(host: Host) -> Any:
    return complete(
        vim.host.ConfigInfo(
            host=vim.HostSystem(host.moid),
            product=_product(host),
            service=service_info(host),
            firewall=firewall_info(host),
            option=options(host),
            # The certificate's PEM text byte by byte: the type is a list of xsd:byte.
            certificate=list(host.certificate.encode()),
            lockdownMode=host.lockdown_mode,
        )
    )


def _product(host: Host) -> Any:
    return vim.AboutInfo(
        name="VMware ESXi",
        fullName=f"VMware ESXi {host.version} build-{host.build}",
        vendor="VMware, Inc.",
        version=host.version,
        build=host.build,
        osType="vmnix-x86",
        productLineId="embeddedEsx",
        apiType="HostAgent",
        apiVersion=host.api_version,
    )


def _summary(host: Host) -> Any:
    return complete(
        vim.host.Summary(
            host=vim.HostSystem(host.moid),
            runtime=_runtime(host),
            overallStatus="green",
            config=complete(vim.host.Summary.ConfigSummary(name=host.name, port=443, product=_product(host))),
            hardware=complete(
                vim.host.Summary.HardwareSummary(
                    vendor="Lab", model="Lab", memorySize=host.memory_bytes, cpuModel=host.cpu_model
                )
            ),
        )
    )
