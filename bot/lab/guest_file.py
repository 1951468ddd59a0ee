"""The files inside a simulated machine."""

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

Family = Literal["windows", "linux"]


@dataclass(frozen=True)
class GuestFile:
    """A file in the guest: its path there, when it was last written (UTC), and its content.

    The content lies in a file of the lab, or is given, or is so many bytes that the system keeps for itself.
    """

    path: str
    modified: datetime
    stored: Path | bytes | int

    @property
    def size(self) -> int:
        """Bytes; of what the kernel makes up when it is read, none."""
        if self.path.startswith(("/proc/", "/sys/")):
            return 0
        if isinstance(self.stored, Path):
            return self.stored.stat().st_size
        return self.stored if isinstance(self.stored, int) else len(self.stored)

    def open(self) -> BinaryIO:
        """For reading. PermissionError: the system keeps it for itself."""
        match self.stored:
            case Path() as path:
                return path.open("rb")
            case bytes() as content:
                return io.BytesIO(content)
            case _:
                raise PermissionError(self.path)


class Files:
    """Files by their full path. A folder is there as long as something is in it."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._files: dict[str, GuestFile] = {}

    def keep(self, file: GuestFile) -> None:
        """Put a file into the guest, over one of the same path."""
        self._files[self._key(file.path)] = file

    def forget(self, path: str) -> None:
        """Remove a file; nothing happens where there is none."""
        self._files.pop(self._key(path), None)

    def find(self, path: str) -> GuestFile | None:
        """The file of that path, if there is one."""
        return self._files.get(self._key(path))

    def folder(self, path: str) -> list[GuestFile]:
        """The files directly in that folder, by name."""
        inside = [key for key, rest in self._below(path) if "/" not in rest]
        return [self._files[key] for key in sorted(inside)]

    def folders(self, path: str) -> dict[str, datetime]:
        """The folders directly in that folder, by name, and when something in each was written last."""
        found: dict[str, datetime] = {}
        for key, rest in self._below(path):
            if "/" in rest:
                file = self._files[key]
                name = file.path.replace("\\", "/")[len(key) - len(rest) :].partition("/")[0]
                found[name] = max(file.modified, found.get(name, file.modified))
        return dict(sorted(found.items()))

    def write(self, path: str, text: str, at: datetime) -> None:
        """Keep a small text file."""
        self.keep(GuestFile(path, at, text.encode()))

    def text(self, path: str) -> str | None:
        """What a small text file says; None: there is none of that path."""
        file = self.find(path)
        return None if file is None else file.open().read().decode()

    def _below(self, path: str) -> list[tuple[str, str]]:
        """The keys of all files below a folder, with what follows the folder's path in each."""
        prefix = self._key(path).rstrip("/") + "/"
        return [(key, key.removeprefix(prefix)) for key in self._files if key.startswith(prefix)]

    def _key(self, path: str) -> str:
        """Windows compares names without regard to case, and takes either slash."""
        return path.replace("\\", "/").lower() if self._family == "windows" else path
