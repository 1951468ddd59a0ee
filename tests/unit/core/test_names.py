"""What is found does not depend on how it came about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.names import By, Names
from bot.core.target import NamedVm

words = st.sampled_from(["a", "A", "é", "e\u0301", "vm-1", "ab%2f", ""])
vms = st.builds(
    NamedVm,
    vcenter=st.just("vc1"),
    moid=st.sampled_from(["vm-1", "vm-2", "vm-3"]),
    name=words,
    path=words.map("/DC1/{}".format),
    instance_uuid=st.sampled_from(["", "502a0c3e-0000-0000-0000-000000000001"]),
    bios_uuid=st.sampled_from(["", "502a0c3e-0000-0000-0000-000000000001"]),
    guest_host_name=st.none() | words,
    guest_addresses=st.lists(words, max_size=2).map(tuple),
)
queries = words | st.sampled_from(["vm-2", "/DC1/a", "502A0C3E000000000000000000000001"])


@given(st.lists(st.tuples(st.lists(vms, max_size=3), st.lists(st.sampled_from(["vm-1", "vm-2"])))), queries)
def test_changes_lead_where_a_fresh_start_leads(
    steps: list[tuple[list[NamedVm], list[str]]], query: str
) -> None:
    kept, expected = Names(), dict[str, NamedVm]()
    for now, gone in steps:
        before, held = kept, list(kept)
        kept = kept.changed(now, gone)
        assert list(before) == held
        for moid in gone:
            expected.pop(moid, None)
        expected.update({vm.moid: vm for vm in now})
    fresh = Names(expected.values())
    assert len(kept) == len(expected)
    assert {vm.moid: vm for vm in kept} == expected
    for by in By:
        assert set(map(repr, kept.find(by, query))) == set(map(repr, fresh.find(by, query)))


@given(vms)
def test_a_vm_is_found_once_by_all_that_it_has(vm: NamedVm) -> None:
    names = Names([vm])
    ids = [vm.moid, vm.path, *(uuid for uuid in (vm.instance_uuid, vm.bios_uuid) if uuid)]
    assert all(names.find(By.ID, text) == (vm,) for text in ids)
    assert names.find(By.NAME, vm.name) == ((vm,) if vm.name else ())
    assert all(names.find(By.GUEST, address) == (vm,) for address in vm.guest_addresses if address)
