"""`esxcli vm process list`: its text and its XML form letter by letter as hosts print it, and that over SOAP.

Order and names of the fields are the same in every public sample, from 5.5 to 8. `vmdumper -l` is less sure:
no sample of a whole line is public. Of the SOAP form there is none with a virtual machine, only that of
another command.
"""

from xml.sax.saxutils import escape

from bot.lab.vm import Vm


def as_text(vms: list[Vm]) -> str:
    """The plain form: a block per machine, with an empty line between two."""
    return "\n".join(
        f"{vm.name}\n"
        f"   World ID: {vm.world_id}\n"
        f"   Process ID: 0\n"
        f"   VMX Cartel ID: {vm.cartel_id}\n"
        f"   UUID: {vm.esxcli_uuid}\n"
        f"   Display Name: {vm.name}\n"
        f"   Config File: {vm.vmx_file}\n"
        for vm in vms
    )


def as_xml(vms: list[Vm]) -> str:
    """What `--formatter=xml` prints: fields in alphabetic order."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<output xmlns="http://www.vmware.com/Products/ESX/5.0/esxcli">\n'
        "<root>\n"
        '   <list type="structure">\n'
        f"{''.join(_structure(vm) for vm in vms)}"
        "   </list>\n"
        "</root>\n"
        "</output>\n"
    )


def as_dumper_list(vms: list[Vm]) -> str:
    """What `vmdumper -l` prints, as far as scripts that read it tell."""
    return "".join(
        f'wid={vm.world_id}\tpid=-1\tcfgFile="{vm.vmx_file}"\tuuid="{vm.esxcli_uuid}"'
        f'\tdisplayName="{vm.name}"\tvmxCartelID={vm.cartel_id}\n'
        for vm in vms
    )


def as_objects(vms: list[Vm]) -> str:
    """What esxcli over SOAP answers: a document of its own, which travels as a string."""
    objects = "".join(
        f'<DataObject xsi:type="VimEsxCLIvmprocesslistVirtualMachine">'
        f"{''.join(f'<{name}>{escape(value)}</{name}>' for name, _, value in _fields(vm))}"
        f"</DataObject>"
        for vm in vms
    )
    return (
        '<obj xmlns="urn:vim25" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" versionId="5.0"'
        f' xsi:type="ArrayOfDataObject">{objects}</obj>'
    )


def _fields(vm: Vm) -> tuple[tuple[str, str, str], ...]:
    """Name, type and value of each, in alphabetic order."""
    return (
        ("ConfigFile", "string", vm.vmx_file),
        ("DisplayName", "string", vm.name),
        ("ProcessID", "integer", "0"),
        ("UUID", "string", vm.esxcli_uuid),
        ("VMXCartelID", "integer", str(vm.cartel_id)),
        ("WorldID", "integer", str(vm.world_id)),
    )


def _structure(vm: Vm) -> str:
    return (
        '      <structure typeName="VirtualMachine">\n'
        + "".join(
            f'         <field name="{name}">\n'
            f"            <{kind}>{escape(value)}</{kind}>\n"
            f"         </field>\n"
            for name, kind, value in _fields(vm)
        )
        + "      </structure>\n"
    )
