"""Looking up what a registry told. Case is not looked at."""

from __future__ import annotations

from bot.core.guest_readings import RegistryValue, WindowsReadings

CRASH_CONTROL = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\CrashControl"
MEMORY_MANAGEMENT = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management"
RELIABILITY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Reliability"
CURRENT_VERSION = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
KEYS = (CRASH_CONTROL, MEMORY_MANAGEMENT, RELIABILITY, CURRENT_VERSION)


class Registry:
    def __init__(self, readings: WindowsReadings) -> None:
        self._keys = {
            key.lower(): None if values is None else {name.lower(): one for name, one in values.items()}
            for key, values in readings.keys.items()
        }

    def told(self, key: str) -> bool:
        """Whether it is known what values the key has; what is not among them is not set."""
        return self._keys.get(key.lower()) is not None

    def lacks(self, key: str) -> bool:
        """Whether it is known that there is no such key."""
        return key.lower() in self._keys and not self.told(key)

    def value(self, key: str, name: str) -> RegistryValue | None:
        return (self._keys.get(key.lower()) or {}).get(name.lower())

    def number(self, key: str, name: str) -> int | None:
        """None where it is not told, not set, or no number."""
        found = self.value(key, name)
        return found.data if found is not None and isinstance(found.data, int) else None

    def text(self, key: str, name: str) -> str | None:
        found = self.value(key, name)
        return found.data if found is not None and isinstance(found.data, str) else None

    def texts(self, key: str, name: str) -> tuple[str, ...]:
        """The strings of REG_MULTI_SZ."""
        return tuple(filter(None, (self.text(key, name) or "").split("\n")))
