"""`esxcli vm process list` in its text and its XML form, letter by letter as hosts print it.

Order and names of the fields are the same in every public sample, from 5.5 to 8 (facts/vsphere.md 1.3).
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


def _structure(vm: Vm) -> str:
    fields = (
        ("ConfigFile", "string", vm.vmx_file),
        ("DisplayName", "string", vm.name),
        ("ProcessID", "integer", "0"),
        ("UUID", "string", vm.esxcli_uuid),
        ("VMXCartelID", "integer", str(vm.cartel_id)),
        ("WorldID", "integer", str(vm.world_id)),
    )
    return (
        '      <structure typeName="VirtualMachine">\n'
        + "".join(
            f'         <field name="{name}">\n'
            f"            <{kind}>{escape(value)}</{kind}>\n"
            f"         </field>\n"
            for name, kind, value in fields
        )
        + "      </structure>\n"
    )
