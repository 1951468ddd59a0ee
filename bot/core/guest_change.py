"""Things altered inside a guest so that it writes a dump when it crashes."""

from __future__ import annotations

from typing import Literal

from bot.core.guest_readings import RegistryType, RegistryValue
from bot.core.value import Value


class _InGuest(Value):
    """Kept after its request: a guest stays armed until somebody has it disarmed."""

    vcenter: str
    vm_moid: str
    vm_name: str

    @property
    def place(self) -> str:
        return self.vm_name

    @property
    def held_for_guest(self) -> bool:
        return False

    @property
    def in_guest(self) -> bool:
        return True


class RegistryChange(_InGuest):
    kind: Literal["registry"] = "registry"
    key: str
    """full path: ``HKEY_LOCAL_MACHINE\\...``"""
    name: str
    former: RegistryValue | None
    """None where there was no such value: putting back removes it"""
    type: RegistryType
    ours: int | str

    @property
    def before(self) -> str:
        """What is approved along with the aim: the value that will be put back."""
        return "not set" if self.former is None else str(self.former.data)

    @property
    def label(self) -> str:
        return self.name

    @property
    def thing(self) -> str:
        return f"{self.vcenter}/{self.vm_moid}/registry/{self.key.lower()}/{self.name.lower()}"

    @property
    def aim(self) -> str:
        return str(self.ours)


class SysctlChange(_InGuest):
    """A parameter of the running kernel."""

    kind: Literal["sysctl"] = "sysctl"
    name: str
    """``kernel.unknown_nmi_panic``"""
    former: str
    ours: str

    @property
    def before(self) -> str:
        return self.former

    @property
    def label(self) -> str:
        return self.name

    @property
    def thing(self) -> str:
        return f"{self.vcenter}/{self.vm_moid}/sysctl/{self.name}"

    @property
    def aim(self) -> str:
        return self.ours


class GuestTextChange(_InGuest):
    """A small text file, such as what sets the parameters at the next start."""

    kind: Literal["guest-text"] = "guest-text"
    path: str
    former: str | None
    """None where there was no such file: putting back removes it"""
    ours: str

    @property
    def before(self) -> str:
        return "not there" if self.former is None else self.former

    @property
    def label(self) -> str:
        return self.path

    @property
    def thing(self) -> str:
        return f"{self.vcenter}/{self.vm_moid}/file/{self.path}"

    @property
    def aim(self) -> str:
        return self.ours


class GuestUnitChange(_InGuest):
    """A service of systemd, started now and at each start."""

    kind: Literal["guest-unit"] = "guest-unit"
    unit: str
    """``kdump.service``"""
    former_active: bool
    former_enabled: bool

    @property
    def before(self) -> str:
        return f"active {self.former_active}, enabled {self.former_enabled}"

    @property
    def label(self) -> str:
        return self.unit

    @property
    def thing(self) -> str:
        return f"{self.vcenter}/{self.vm_moid}/unit/{self.unit}"

    @property
    def aim(self) -> str:
        return "running"


GuestChange = RegistryChange | SysctlChange | GuestTextChange | GuestUnitChange
