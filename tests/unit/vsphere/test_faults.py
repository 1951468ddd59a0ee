"""Which faults leave doubt, and what people read of them."""

from __future__ import annotations

import pytest
from pyVmomi import vim, vmodl

from bot.core.errors import Code
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.faults import meaning, nothing_done

ENDPOINT = VCenterEndpoint(name="vc1", host="vc.example.com", username="bot", password=lambda: "secret")


@pytest.mark.parametrize(
    "fault",
    [
        vim.fault.NotFound(),
        vim.fault.NoPermission(),
        vim.fault.InvalidPowerState(),
        vmodl.fault.MethodNotFound(),
        vmodl.fault.NotSupported(),
        vmodl.fault.HostNotConnected(),
    ],
)
def test_refusals_had_no_effect(fault: Exception) -> None:
    assert nothing_done(fault)


@pytest.mark.parametrize(
    "fault",
    [
        vim.fault.HostConfigFault(),
        vim.fault.Timedout(),
        vmodl.fault.SystemError(),
        vmodl.fault.HostNotReachable(),
        vmodl.fault.RequestCanceled(),
        vmodl.RuntimeFault(),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
def test_all_else_leaves_doubt(fault: Exception) -> None:
    assert not nothing_done(fault)


def test_messages_are_short_and_printable() -> None:
    error = meaning(ENDPOINT, vim.fault.HostConfigFault(msg="bad\n\x1b[31m" + "x" * 500))
    assert error.code is Code.VCENTER_FAULT
    fault = str(error.params["fault"])
    assert fault.startswith("HostConfigFault: bad")
    assert fault.isprintable()
    assert len(fault) < 200


def test_a_missing_privilege_is_named() -> None:
    error = meaning(ENDPOINT, vim.fault.NoPermission(privilegeId="Host.Config.NetService"))
    assert error.code is Code.VCENTER_PERMISSION
    assert error.params == {"endpoint": "vc1", "privilege": "Host.Config.NetService"}


def test_an_unexpected_error_is_told_by_its_type(caplog: pytest.LogCaptureFixture) -> None:
    error = meaning(ENDPOINT, KeyError("the password hunter2"))
    assert (error.code, error.params["fault"]) == (Code.VCENTER_FAULT, "KeyError")
    assert "KeyError" in caplog.text
    assert "hunter2" not in caplog.text
