"""What of the machine that this runs on makes a real guest: all of it from Debian's packages."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.lab.qemu.error import RealGuestError

_PLACES = ("usr/local/bin", "usr/local/sbin", "usr/bin", "usr/sbin", "bin", "sbin")
# Program: the package that it is in. Those of the guest run in it, the others here.
_HERE = {"qemu-system-x86_64": "qemu-system-x86", "mke2fs": "e2fsprogs", "setpriv": "util-linux"}
_IN_GUEST = {
    "kexec": "kexec-tools",
    "vmcore-dmesg": "kexec-tools",
    "makedumpfile": "makedumpfile",
    "qemu-ga": "qemu-guest-agent",
}
_BUSYBOX, _BUSYBOX_PACKAGE = "busybox", "busybox-static"
_KERNELS, _KERNEL_PACKAGE = "vmlinuz-*-cloud-amd64", "linux-image-cloud-amd64"
# The order to load them in. What a kernel has built in is no file.
_MODULES = (
    "virtio_ring",
    "virtio",
    "virtio_pci_modern_dev",
    "virtio_pci_legacy_dev",
    "virtio_pci",
    "virtio_blk",
    "virtio_console",
)


@dataclass(frozen=True)
class Needs:
    """Files of this machine: `here` and `in_guest` by the programs' names, `modules` in their order."""

    here: dict[str, Path]
    in_guest: dict[str, Path]
    busybox: Path
    kernel: Path
    modules: tuple[Path, ...]


def find_needs(root: Path = Path("/")) -> Needs:
    """Looks below `root`. Raises RealGuestError, which names all packages that are missing."""
    path = os.pathsep.join(str(root / place) for place in _PLACES)
    found = {name: shutil.which(name, path=path) for name in [*_HERE, *_IN_GUEST, _BUSYBOX]}
    paths = {name: Path(where) for name, where in found.items() if where is not None}
    kernels = (root / "boot").glob(_KERNELS)
    kernel = max(kernels, key=lambda each: each.stat().st_mtime, default=None)
    missing = {package for name, package in (_HERE | _IN_GUEST).items() if name not in paths}
    if kernel is None:
        missing.add(_KERNEL_PACKAGE)
    if not _is_static(paths.get(_BUSYBOX)):
        missing.add(_BUSYBOX_PACKAGE)
    if missing or kernel is None:
        packages = " ".join(sorted(missing))
        raise RealGuestError(
            f"A real guest is made of Debian's packages; install what is missing: {packages}"
        )
    return Needs(
        here={name: paths[name] for name in _HERE},
        in_guest={name: paths[name] for name in _IN_GUEST},
        busybox=paths[_BUSYBOX],
        kernel=kernel,
        modules=_modules(root / "lib/modules" / kernel.name.removeprefix("vmlinuz-")),
    )


def _is_static(busybox: Path | None) -> bool:
    """Whether it is the one of busybox-static: the other names a loader at its start."""
    return busybox is not None and b"/ld-linux" not in busybox.read_bytes()[:4096]


def _modules(folder: Path) -> tuple[Path, ...]:
    files = {path.name.partition(".ko")[0]: path for path in (folder / "kernel/drivers").rglob("virtio*.ko*")}
    return tuple(files[name] for name in _MODULES if name in files)
