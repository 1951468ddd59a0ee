"""Builds what a real guest boots from: a kernel, its first file system, and a disk with everything else."""

import gzip
import lzma
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bot.lab.qemu.cpio import Member, archive
from bot.lab.qemu.error import RealGuestError
from bot.lab.qemu.needs import Needs

# Bytes. Sparse; the guest's system takes 60 MiB of it, and each vmcore some 30.
_DISK = 768 << 20
# seconds
_BUILDING = 120.0
# Below the root; those of the guest's files come with them.
_FOLDERS = ("bin", "dev", "proc", "run", "sys", "tmp", "var/crash", "boot")


@dataclass(frozen=True)
class Image:
    """The files that QEMU is given. The disk is written to."""

    kernel: Path
    initrd: Path
    disk: Path


def build(folder: Path, needs: Needs, texts: Mapping[str, str]) -> Image:
    """Build it in a folder that is new or empty, in a second or two; `texts` are further files of the guest.

    Raises RealGuestError.
    """
    root = folder / "root"
    for each in _FOLDERS:
        (root / each).mkdir(parents=True, exist_ok=True)
    initrd = root / "boot/initrd.img"
    initrd.write_bytes(_initrd(needs))
    _copy(needs.kernel, root / "boot/vmlinuz")
    _copy(needs.busybox, root / "bin/busybox")
    for tool in _run([needs.busybox, "--list"]).split():
        if tool != "busybox":
            (root / "bin" / tool).symlink_to("busybox")
    for name, path in needs.in_guest.items():
        _copy(path, root / "sbin" / name)
    for library in _libraries(needs.in_guest.values()):
        _copy(library, root / library.relative_to("/"))
    for name in ("init", "save-vmcore"):
        _write(root / "sbin" / name, _script(name))
    for file, text in texts.items():
        _write(root / file.removeprefix("/"), text.encode())
    disk = folder / "disk.img"
    # Whoever builds it, the guest's root is root's.
    options: list[str | Path] = ["-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", root]
    _run([needs.here["mke2fs"], *options, disk, f"{_DISK >> 10}k"])
    return Image(root / "boot/vmlinuz", initrd, disk)


def _initrd(needs: Needs) -> bytes:
    members = [Member(name) for name in ("bin", "dev", "disk", "modules")]
    members += [Member("bin/busybox", needs.busybox.read_bytes()), Member("init", _script("first"))]
    for number, module in enumerate(needs.modules):
        members.append(Member(f"modules/{number:02}.ko", _unpacked(module)))
    return gzip.compress(archive(members))


def _unpacked(module: Path) -> bytes:
    data = module.read_bytes()
    return lzma.decompress(data) if module.suffix == ".xz" else data


def _script(name: str) -> bytes:
    return files("bot.lab.qemu").joinpath("files", f"{name}.sh").read_bytes()


def _libraries(programs: Iterable[Path]) -> list[Path]:
    """The shared libraries of programs, and the loader that they name."""
    printed = _run(["ldd", *programs])
    return sorted({Path(path) for path in re.findall(r"(/\S+) \(0x", printed)})


def _run(command: Sequence[str | Path]) -> str:
    environment = os.environ | {"LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=True, timeout=_BUILDING, env=environment
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or ""
        raise RealGuestError(f"The real guest's disk cannot be made: {error} {said}".strip()) from error
    return done.stdout


def _copy(source: Path, to: Path) -> None:
    _write(to, source.read_bytes())


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o755)
