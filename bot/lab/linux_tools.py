"""The programs of a simulated Linux."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.lab.guest_file import GuestFile
from bot.lab.linux import Linux, Unit

_MISSING = "No such file or directory"
_DENIED = "Permission denied"
_FOLDERS = {"", "/dev", "/tmp", "/etc", "/etc/sysctl.d", "/etc/default", "/etc/sysconfig", "/var/crash"}  # noqa: S108 - in the guest
# More than that is not read of any file at once.
_MOST = 4 * 2**20


@dataclass(frozen=True)
class Done:
    """How a program ended, and what it has said on which stream."""

    exit_code: int
    said: tuple[tuple[str, bytes], ...] = ()

    @property
    def out(self) -> bytes:
        """What it printed."""
        return b"".join(text for stream, text in self.said if stream == "out")


def printed(text: bytes, code: int = 0) -> Done:
    """A program that printed something."""
    return Done(code, (("out", text),))


def failed(code: int, line: str) -> Done:
    """A program that complained."""
    return Done(code, (("err", f"{line}\n".encode()),))


class Host:
    """What programs work on, at one moment."""

    def __init__(self, linux: Linux, at: datetime) -> None:
        self.linux = linux
        self.at = at

    def read(self, path: str, start: int = 0, length: int = _MOST) -> bytes | None:
        """Bytes of a file; None: there is none of that path."""
        file = self.linux.files.find(path)
        if file is None:
            return None
        with file.open() as source:
            source.seek(start)
            return source.read(min(length, _MOST))

    def refusal(self, path: str) -> str:
        """Why a file cannot be opened for writing; empty: it can."""
        files = self.linux.files
        if path.startswith(("/proc/", "/sys/")):
            known = path.startswith("/proc/sys/") and files.find(path) is not None
            return "" if known else _DENIED
        folder = path.rpartition("/")[0]
        known = folder in _FOLDERS or bool(files.folder(folder) or files.folders(folder))
        return "" if known else _MISSING

    def write(self, path: str, content: bytes) -> str:
        """Write a file that can be opened; why that fails, or nothing."""
        if path.startswith("/proc/sys/"):
            taken = self.linux.set(path, content.decode(errors="replace"), self.at)
            return "" if taken else "Invalid argument"
        if path != "/dev/null":
            self.linux.files.keep(GuestFile(path, self.at, content))
        return ""


Tool = Callable[[Host, list[str], bytes], Done]


def _cat(host: Host, words: list[str], given: bytes) -> Done:
    return _each(words, "cat: {path}: " + _MISSING, host.read) if words else printed(given)


def _head(host: Host, words: list[str], given: bytes) -> Done:
    """`head [-v] -c N [FILE...]`."""
    named = words[:1] == ["-v"]
    option, count, *paths = words[named:]
    if option != "-c":
        return failed(1, f"head: invalid option -- '{option}'")
    if not paths:
        return printed(given[: int(count)])
    shown: list[str] = []

    def start(path: str) -> bytes | None:
        text = host.read(path, length=int(count))
        if text is None or not named:
            return text
        shown.append(path)
        gap = "\n" if len(shown) > 1 else ""
        return f"{gap}==> {path} <==\n".encode() + text

    return _each(paths, "head: cannot open '{path}' for reading: " + _MISSING, start)


def _tail(host: Host, words: list[str], _given: bytes) -> Done:
    """`tail -c +N FILE`."""
    if len(words) != 3 or words[0] != "-c" or not words[1].startswith("+"):
        return failed(1, "tail: invalid option")
    start = max(int(words[1][1:]) - 1, 0)
    text = "tail: cannot open '{path}' for reading: " + _MISSING
    return _each(words[2:], text, lambda path: host.read(path, start))


def _each(paths: list[str], missing: str, read: Callable[[str], bytes | None]) -> Done:
    """One file after the other; those that are not there are complained of."""
    said, code = Done(0).said, 0
    for path in paths:
        text = read(path)
        if text is None:
            said, code = said + failed(1, missing.format(path=path)).said, 1
        else:
            said += (("out", text),)
    return Done(code, said)


def _printf(_host: Host, words: list[str], _given: bytes) -> Done:
    if len(words) != 2 or words[0] != "%s":
        return failed(127, "printf: the lab knows only %s")
    return printed(words[1].encode())


def _rm(host: Host, words: list[str], _given: bytes) -> Done:
    force = words[:1] == ["-f"]
    for path in words[force:]:
        if host.linux.files.find(path) is None and not force:
            return failed(1, f"rm: cannot remove '{path}': {_MISSING}")
        host.linux.files.forget(path)
    return Done(0)


def _test(host: Host, words: list[str], _given: bytes) -> Done:
    option, path = words
    if option not in {"-e", "-r"}:
        return failed(2, f"test: {option}: unary operator expected")
    return Done(0 if host.linux.files.find(path) else 1)


def _umask(_host: Host, _words: list[str], _given: bytes) -> Done:
    """The lab's files have no modes."""
    return Done(0)


def _systemctl(host: Host, words: list[str], _given: bytes) -> Done:
    verb, *rest = words
    now = rest[:1] == ["--now"]
    name = rest[-1]
    unit = host.linux.units.get(name)
    if verb == "is-active":
        active = unit is not None and unit.active
        return printed(b"active\n" if active else b"inactive\n", 0 if active else 3)
    if unit is None:
        return _no_unit(verb, name)
    if verb == "is-enabled":
        return printed(b"enabled\n" if unit.enabled else b"disabled\n", 0 if unit.enabled else 1)
    said = Done(0)
    if verb in {"enable", "disable"}:
        said = _enable(unit, name, wanted=verb == "enable")
    if verb == "start" or (verb == "enable" and now):
        return said if host.linux.start(name, host.at) else _not_started(name, said)
    if verb == "stop" or (verb == "disable" and now):
        host.linux.stop(name, host.at)
    elif verb not in {"enable", "disable"}:
        return failed(1, f"Unknown operation {verb}.")
    return said


def _enable(unit: Unit, name: str, *, wanted: bool) -> Done:
    if unit.enabled == wanted:
        return Done(0)
    unit.enabled = wanted
    link = f"/etc/systemd/system/multi-user.target.wants/{name}"
    words = f"Created symlink {link} → /usr/lib/systemd/system/{name}." if wanted else f"Removed {link}."
    return failed(0, words)


def _not_started(name: str, said: Done) -> Done:
    lines = f"""Job for {name} failed because the control process exited with error code.
See "systemctl status {name}" and "journalctl -xe" for details."""
    return Done(1, said.said + failed(1, lines).said)


def _no_unit(verb: str, name: str) -> Done:
    match verb:
        case "is-enabled":
            return failed(1, f"Failed to get unit file state for {name}: {_MISSING}")
        case "start" | "stop":
            return failed(5, f"Failed to {verb} {name}: Unit {name} not found.")
        case _:
            return failed(1, f"Failed to {verb} unit: Unit file {name} does not exist.")


TOOLS: dict[str, Tool] = {
    "cat": _cat,
    "head": _head,
    "tail": _tail,
    "printf": _printf,
    "rm": _rm,
    "test": _test,
    "umask": _umask,
    "systemctl": _systemctl,
}
