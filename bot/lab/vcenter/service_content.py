"""What a vCenter says about itself, and where its managers are."""

from typing import Any

from pyVmomi import vim, vmodl

from bot.lab.center import Center
from bot.lab.vcenter.performance_counters import MANAGER


def service_content(center: Center) -> Any:
    """The ServiceContent: only the managers the lab has."""
    return vim.ServiceInstanceContent(
        rootFolder=vim.Folder("group-d1"),
        propertyCollector=vmodl.query.PropertyCollector("propertyCollector"),
        viewManager=vim.view.ViewManager("ViewManager"),
        about=_about(center),
        sessionManager=vim.SessionManager("SessionManager"),
        authorizationManager=vim.AuthorizationManager("AuthorizationManager"),
        customFieldsManager=vim.CustomFieldsManager("CustomFieldsManager"),
        taskManager=vim.TaskManager("TaskManager"),
        perfManager=MANAGER,
        eventManager=vim.event.EventManager("EventManager"),
        guestOperationsManager=vim.vm.guest.GuestOperationsManager("guestOperationsManager"),
    )


def guest_managers() -> dict[str, Any]:
    """The managers of guest operations, by the name of the property that leads there."""
    return {
        "fileManager": vim.vm.guest.FileManager("guestOperationsFileManager"),
        "processManager": vim.vm.guest.ProcessManager("guestOperationsProcessManager"),
        "guestWindowsRegistryManager": vim.vm.guest.WindowsRegistryManager(
            "guestOperationsWindowsRegistryManager"
        ),
    }


def _about(center: Center) -> Any:
    return vim.AboutInfo(
        name="VMware vCenter Server",
        fullName=f"VMware vCenter Server {center.version} build-{center.build}",
        vendor="VMware, Inc.",
        version=center.version,
        build=center.build,
        localeVersion="INTL",
        localeBuild="000",
        osType="linux-x64",
        productLineId="vpx",
        apiType="VirtualCenter",
        apiVersion=center.api_version,
        instanceUuid=center.instance_uuid,
        licenseProductName="VMware VirtualCenter Server",
        licenseProductVersion=center.api_version,
    )
