"""Datastore paths as the host's shell sees them."""

from __future__ import annotations

import pytest

from bot.vsphere.vmx_path import vmx_path

NFS = "/vmfs/volumes/643475f9-d1354340"
VSAN = "/vmfs/volumes/vsan:523d6567f1251470-01fff6533f4bec49"


@pytest.mark.parametrize(
    ("path", "name", "url", "resolved"),
    [
        ("[nfs01] DumpTest/DumpTest.vmx", "nfs01", f"ds://{NFS}/", f"{NFS}/DumpTest/DumpTest.vmx"),
        ("[nfs01] DumpTest/DumpTest.vmx", "nfs01", NFS, f"{NFS}/DumpTest/DumpTest.vmx"),
        ("[nfs01] DumpTest/DumpTest.vmx", "nfs01", f"{NFS}/", f"{NFS}/DumpTest/DumpTest.vmx"),
        ("[vsanDatastore] 7c78/a (2).vmx", "vsanDatastore", f"ds://{VSAN}/", f"{VSAN}/7c78/a (2).vmx"),
        ("[a] b] c/d e.vmx", "a] b", f"ds://{NFS}/", f"{NFS}/c/d e.vmx"),
        ("[other] a/a.vmx", "nfs01", f"ds://{NFS}/", "[other] a/a.vmx"),
        ("[nfs01] a/a.vmx", "nfs01", "netfs://nas//export/", "[nfs01] a/a.vmx"),
    ],
)
def test_resolved_or_left_alone(path: str, name: str, url: str, resolved: str) -> None:
    assert vmx_path(path, [("unrelated", "ds:///vmfs/volumes/1/"), (name, url)]) == resolved
