"""A virtual machine's properties."""

from collections.abc import Callable
from typing import Any

from pyVmomi import VmomiSupport, vim

from bot.lab.center import Center
from bot.lab.guest import Volume
from bot.lab.vcenter.complete import complete
from bot.lab.vcenter.custom_fields import fields, values
from bot.lab.vcenter.inventory import Properties
from bot.lab.vcenter.signs import OFF, Signs, signs_of
from bot.lab.vcenter.vm_disks import devices, snapshot_info
from bot.lab.vm import Vm

# vCenter cannot read the files of such a machine.
_UNREADABLE = {"inaccessible", "invalid"}
_NOT_WHILE_MIGRATING = ("MigrateVM_Task", "RelocateVM_Task")


def vm_properties(vm: Vm, parent: Callable[[], Any], pool: Callable[[], Any], center: Center) -> Properties:
    """How to compute each property of a machine in the folder that `parent` gives."""
    return {
        "name": lambda: vm.name,
        "parent": parent,
        # A template runs nowhere, so it is in no pool.
        "resourcePool": lambda: None if vm.template else pool(),
        "datastore": lambda: [vim.Datastore(vm.datastore.moid)],
        "network": list,
        "config": lambda: None if vm.connection_state in _UNREADABLE else _config(vm),
        "runtime": lambda: _runtime(vm),
        "guest": lambda: _guest(vm),
        "snapshot": lambda: snapshot_info(vm),
        "guestHeartbeatStatus": lambda: vim.ManagedEntity.Status(_signs(vm).heartbeat),
        "summary": lambda: _summary(vm),
        "overallStatus": lambda: vim.ManagedEntity.Status("green"),
        "availableField": lambda: fields(center),
        "customValue": lambda: values(center, vm),
        "value": lambda: values(center, vm),
        "disabledMethod": lambda: [VmomiSupport.GetWsdlMethod("urn:vim25", each) for each in disabled(vm)],
    }


def disabled(vm: Vm) -> tuple[str, ...]:
    """The methods that the machine does not take at the moment, as the API names them."""
    return (*vm.disabled_methods, *(_NOT_WHILE_MIGRATING if vm.migrating else ()))


def _signs(vm: Vm) -> Signs:
    return signs_of(vm.guest) if vm.powered_on else OFF


def _key(vm: Vm) -> Any:
    return vim.encryption.CryptoKeyId(
        keyId=f"key-{vm.moid}", providerId=vim.encryption.KeyProviderId(id="lab-kms")
    )


def _question(text: str) -> Any:
    choices = [
        vim.ElementDescription(key=str(number), label=label, summary=label)
        for number, label in enumerate(("Retry", "Cancel"))
    ]
    choice = vim.option.ChoiceOption(choiceInfo=choices, defaultIndex=0)
    return vim.vm.QuestionInfo(id="1", text=text, choice=complete(choice))


def _config(vm: Vm) -> Any:
    owner = None
    if vm.managed_by is not None:
        owner = vim.ext.ManagedByInfo(extensionKey=vm.managed_by, type="cluster-agent")
    return complete(
        vim.vm.ConfigInfo(
            name=vm.name,
            guestId=vm.guest_id,
            guestFullName=vm.guest_full_name,
            version=vm.hardware_version,
            uuid=vm.uuid,
            instanceUuid=vm.instance_uuid,
            template=vm.template,
            annotation=vm.annotation,
            managedBy=owner,
            keyId=_key(vm) if vm.encrypted else None,
            files=vim.vm.FileInfo(vmPathName=vm.vmx_path, logDirectory=f"{vm.vmx_path.rpartition('/')[0]}/"),
            hardware=vim.vm.VirtualHardware(
                numCPU=vm.cpus,
                numCoresPerSocket=1,
                memoryMB=vm.memory_mb,
                virtualICH7MPresent=False,
                device=devices(vm),
            ),
            datastoreUrl=[
                vim.vm.ConfigInfo.DatastoreUrlPair(name=vm.datastore.name, url=vm.datastore.vm_url)
            ],
        )
    )


def _runtime(vm: Vm) -> Any:
    return complete(
        vim.vm.RuntimeInfo(
            host=vim.HostSystem(vm.host.moid),
            connectionState=vm.connection_state,
            powerState=vm.power_state,
            faultToleranceState=vm.fault_tolerance,
            cryptoState="unlocked" if vm.encrypted else None,
            question=_question(vm.question) if vm.question is not None else None,
            bootTime=vm.powered_on_at if vm.powered_on else None,
            recordReplayState="inactive",
            consolidationNeeded=vm.consolidation_needed,
        )
    )


def _guest(vm: Vm) -> Any:
    guest = vm.guest
    signs = _signs(vm)
    return vim.vm.GuestInfo(
        toolsVersionStatus2=vm.guest.tools_version,
        toolsRunningStatus=signs.tools,
        guestId=vm.guest_id,
        guestFamily=f"{guest.family}Guest",
        guestFullName=vm.guest_full_name,
        hostName=guest.host_name,
        disk=[_disk(volume) for volume in guest.volumes] if vm.powered_on else [],
        guestState=signs.guest_state,
        guestOperationsReady=signs.operations_ready,
        guestKernelCrashed=signs.kernel_crashed,
    )


def _disk(volume: Volume) -> Any:
    return vim.vm.GuestInfo.DiskInfo(diskPath=volume.path, capacity=volume.capacity, freeSpace=volume.free)


def _summary(vm: Vm) -> Any:
    signs = _signs(vm)
    return complete(
        vim.vm.Summary(
            vm=vim.VirtualMachine(vm.moid),
            runtime=_runtime(vm),
            guest=vim.vm.Summary.GuestSummary(
                guestId=vm.guest_id,
                guestFullName=vm.guest_full_name,
                toolsVersionStatus2=vm.guest.tools_version,
                toolsRunningStatus=signs.tools,
                hostName=vm.guest.host_name,
            ),
            config=vim.vm.Summary.ConfigSummary(
                name=vm.name,
                template=vm.template,
                vmPathName=vm.vmx_path,
                memorySizeMB=vm.memory_mb,
                numCpu=vm.cpus,
                uuid=vm.uuid,
                instanceUuid=vm.instance_uuid,
                guestId=vm.guest_id,
                guestFullName=vm.guest_full_name,
                annotation=vm.annotation,
            ),
            overallStatus="green",
        )
    )
