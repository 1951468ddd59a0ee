"""`esxcli vm process list` against two outputs of real hosts."""

from pathlib import Path

from bot.lab.article import article_world
from bot.lab.esxi.processes import as_text, as_xml

TEXT = """DumpTest
   World ID: 3199732
   Process ID: 0
   VMX Cartel ID: 3199731
   UUID: 42 30 f9 ee a2 2a 3c e0-02 33 07 ac af f8 d2 5c
   Display Name: DumpTest
   Config File: /vmfs/volumes/643475f9-d1354340/DumpTest/DumpTest.vmx
"""

XML = """<?xml version="1.0" encoding="utf-8"?>
<output xmlns="http://www.vmware.com/Products/ESX/5.0/esxcli">
<root>
   <list type="structure">
      <structure typeName="VirtualMachine">
         <field name="ConfigFile">
            <string>/vmfs/volumes/vsan:523d6567f1251470-01fff6533f4bec49/7c788d65-080c-0bbd-a559-78ac4407b2c6/vSAN File Service Node (2).vmx</string>
         </field>
         <field name="DisplayName">
            <string>vSAN File Service Node (2)</string>
         </field>
         <field name="ProcessID">
            <integer>0</integer>
         </field>
         <field name="UUID">
            <string>42 36 03 3c 16 95 74 01-d8 c1 cd ae 1c 2f 68 13</string>
         </field>
         <field name="VMXCartelID">
            <integer>2103347</integer>
         </field>
         <field name="WorldID">
            <integer>2103350</integer>
         </field>
      </structure>
   </list>
</root>
</output>
"""  # noqa: E501 - letter by letter


def test_text(tmp_path: Path) -> None:
    world = article_world(tmp_path)
    assert as_text([world.vm("DumpTest")]) == TEXT
    two = as_text([world.vm("DumpTest"), world.vm("DumpTest2")])
    assert two.startswith(TEXT + "\nDumpTest2\n")


def test_xml(tmp_path: Path) -> None:
    world = article_world(tmp_path)
    vm = world.vm("DumpTest")
    vm.name = "vSAN File Service Node (2)"
    vm.uuid = "4236033c-1695-7401-d8c1-cdae1c2f6813"
    vm.world_id, vm.cartel_id = 2103350, 2103347
    folder = "/vmfs/volumes/vsan:523d6567f1251470-01fff6533f4bec49/7c788d65-080c-0bbd-a559-78ac4407b2c6"
    vm.directory = "vSAN File Service Node (2)"
    text = as_xml([vm])
    assert text.replace(vm.vmx_file, f"{folder}/vSAN File Service Node (2).vmx") == XML


def test_a_name_cannot_break_the_xml(tmp_path: Path) -> None:
    vm = article_world(tmp_path).vm("DumpTest")
    vm.name = "</string><b>&"
    assert "<string>&lt;/string&gt;&lt;b&gt;&amp;</string>" in as_xml([vm])
