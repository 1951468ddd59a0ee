"""The registry of a simulated Windows, as far as memory dumps are concerned."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_CONTROL = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control"
CRASH_CONTROL = rf"{_CONTROL}\CrashControl"
MEMORY_MANAGEMENT = rf"{_CONTROL}\Session Manager\Memory Management"
CURRENT_VERSION = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
RELIABILITY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Reliability"
_BUILDS = {"Windows Server 2008 R2": "7601", "Windows Server 2012 R2": "9600", "Windows Server 2022": "20348"}

Kind = Literal["REG_DWORD", "REG_QWORD", "REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ", "REG_BINARY"]


@dataclass(frozen=True)
class Value:
    """A value of a key: numbers hold an int, REG_MULTI_SZ a tuple of strings, REG_BINARY hexadecimal."""

    kind: Kind
    data: int | str | tuple[str, ...]


class Registry:
    """Keys by their full path, each with its values by name. Case is kept, and not looked at.

    A switch for stories: `protected`, by a program that undoes what comes from outside.
    """

    def __init__(self) -> None:
        self.protected = False
        self._keys: dict[str, tuple[str, dict[str, Value]]] = {}

    def key(self, path: str) -> dict[str, Value] | None:
        """The values of a key by name; None: there is no such key."""
        found = self._keys.get(path.lower())
        return found[1] if found else None

    def value(self, path: str, name: str) -> Value | None:
        """A value of a key; None: there is no such one."""
        values = self.key(path) or {}
        return next((value for each, value in values.items() if each.lower() == name.lower()), None)

    def copy(self) -> "Registry":
        """One that does not change with this one."""
        made = Registry()
        made._keys = {key: (written, dict(values)) for key, (written, values) in self._keys.items()}
        return made

    def below(self, path: str) -> Iterator[str]:
        """The full paths of the keys below one, at any depth."""
        prefix = f"{path.lower()}\\"
        return (written for key, (written, _) in sorted(self._keys.items()) if key.startswith(prefix))

    def children(self, path: str) -> list[str]:
        """The full paths of the keys directly below one, those too that only hold others."""
        depth = path.count("\\") + 2
        return sorted({"\\".join(key.split("\\")[:depth]) for key in self.below(path)})

    def written(self, path: str) -> str:
        """A key's path in the case it was made in. KeyError: there is no such key."""
        return self._keys[path.lower()][0]

    def set(self, path: str, name: str, kind: Kind, data: int | str | tuple[str, ...]) -> None:
        """Set a value, over one of that name; makes the key."""
        _, values = self._keys.setdefault(path.lower(), (path, {}))
        self.remove(path, name)
        values[name] = Value(kind, data)

    def write(self, path: str, name: str, value: Value | None) -> None:
        """Set or remove a value, as somebody does from outside."""
        if self.protected:
            return
        if value is None:
            self.remove(path, name)
        else:
            self.set(path, name, value.kind, value.data)

    def remove(self, path: str, name: str) -> None:
        """Remove a value; nothing happens where there is none."""
        values = self.key(path) or {}
        for each in [each for each in values if each.lower() == name.lower()]:
            del values[each]


def armed(dump_path: str, page_file_mb: int, system: str = "Windows Server 2012 R2") -> Registry:
    """What a Windows has that writes a complete dump to that path, and a page file of so many MiB.

    ValueError: nobody has told the lab of that release of Windows.
    """
    if system not in _BUILDS:
        raise ValueError(f"a Windows of unknown build: {system}")
    registry = Registry()
    for name, number in (("AutoReboot", 1), ("CrashDumpEnabled", 1), ("LogEvent", 1), ("Overwrite", 1)):
        registry.set(CRASH_CONTROL, name, "REG_DWORD", number)
    registry.set(CRASH_CONTROL, "DumpFile", "REG_EXPAND_SZ", dump_path)
    registry.set(CRASH_CONTROL, "MinidumpDir", "REG_EXPAND_SZ", r"%SystemRoot%\Minidump")
    registry.set(CRASH_CONTROL, "DumpFilters", "REG_MULTI_SZ", ("dumpfve.sys",))
    page_file = rf"C:\pagefile.sys {page_file_mb} {page_file_mb}"
    registry.set(MEMORY_MANAGEMENT, "PagingFiles", "REG_MULTI_SZ", (page_file,))
    registry.set(MEMORY_MANAGEMENT, "ExistingPageFiles", "REG_MULTI_SZ", (r"\??\C:\pagefile.sys",))
    for name in ("TimeStampInterval", "BootStatusPolicy"):
        registry.set(RELIABILITY, name, "REG_DWORD", 1)
    for name, text in (
        ("ProductName", system),
        ("CurrentBuild", _BUILDS[system]),
        ("SystemRoot", r"C:\Windows"),
    ):
        registry.set(CURRENT_VERSION, name, "REG_SZ", text)
    return registry
