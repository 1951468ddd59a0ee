"""A virtual machine's `vmware.log`, as its host writes it."""

from datetime import datetime

_NMI_HARDWARE_FAILURE = (0x80, 0x4F4454, 0, 0, 0)
_FIRST_MSR = 0x40000100


class VmwareLog:
    """The file's lines. `begin_anew` is what happens at a power cycle, or when it has become too long."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    @property
    def data(self) -> bytes:
        """The file."""
        return "".join(f"{line}\n" for line in self._lines).encode()

    def write(self, at: datetime, text: str, *, thread: str = "vmx") -> None:
        """Add a line."""
        self._lines.append(f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z {thread} - {text}")

    def blue_screen(self, at: datetime) -> None:
        """What a Windows leaves here when it stops for an NMI: its bug check and the four arguments.

        Seen on ESXi 7 and 8; whether older hosts write it too is unknown.
        """
        for msr, value in enumerate(_NMI_HARDWARE_FAILURE, start=_FIRST_MSR):
            self.write(at, f"WinBSOD: Synthetic MSR[0x{msr:x}] 0x{value:x}", thread="vcpu-0")

    def begin_anew(self, at: datetime) -> None:
        """Start another file in its place."""
        self._lines = []
        self.write(at, "Log for VMware ESX")
