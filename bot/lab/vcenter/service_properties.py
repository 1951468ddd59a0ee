"""A host's services as the API lists them."""

from typing import Any

from pyVmomi import vim

from bot.lab.host import Host


def service_info(host: Host) -> Any:
    """The host's services, as HostServiceSystem and `config.service` list them."""
    return vim.host.ServiceInfo(
        service=[
            vim.host.Service(
                key=service.id,
                label=service.label,
                required=False,
                uninstallable=False,
                running=service.running,
                policy=service.policy,
            )
            for service in host.services
        ]
    )
