"""The two programs of a simulated Windows: `reg.exe`, and `cmd.exe /c` that may redirect its output."""

import re
from dataclasses import dataclass

from bot.lab.registry import Registry, Value

_SYSTEM = "c:\\windows\\system32\\"
_REDIRECTED = re.compile(r'(?P<command>.*?)(?:\s*1?>\s*(?P<file>"[^"]+"|\S+?))?(?P<merged>\s+2>&1)?\s*')
_HIVES = {"hklm": "HKEY_LOCAL_MACHINE"}
_NOT_FOUND = "ERROR: The system was unable to find the specified registry key or value.\n"
_DONE = "The operation completed successfully.\n"
_BAD_SYNTAX = "ERROR: Invalid syntax.\n"


@dataclass(frozen=True)
class Outcome:
    """How a program ended: its exit code, and what it has written into the file of that path, if into any."""

    exit_code: int
    written: str = ""
    file: str | None = None


@dataclass(frozen=True)
class _Ran:
    exit_code: int
    out: str = ""
    err: str = ""


def exists(program: str) -> bool:
    """Whether there is a program of that full path."""
    return program.lower() in {f"{_SYSTEM}reg.exe", f"{_SYSTEM}cmd.exe"}


def run(registry: Registry, program: str, arguments: str) -> Outcome:
    """Run a program that exists."""
    if program.lower().endswith("reg.exe"):
        return Outcome(_reg(registry, _words(arguments)).exit_code)
    match = re.fullmatch(r"\s*(?:/[^c\s]+\s+)*/c\s+(.*)", arguments, re.IGNORECASE | re.DOTALL)
    return _cmd(registry, match[1].strip()) if match else Outcome(1)


def _cmd(registry: Registry, line: str) -> Outcome:
    # cmd takes off the first and the last quotation mark where there are others between them.
    if line.startswith('"') and line.endswith('"') and line.count('"') > 2:
        line = line[1:-1]
    match = _REDIRECTED.fullmatch(line)
    if match is None:
        return Outcome(1)
    program, *words = _words(match["command"]) or [""]
    if program.lower() in {"reg", "reg.exe", f"{_SYSTEM}reg.exe"}:
        ran = _reg(registry, words)
    else:
        ran = _Ran(1, err=f"'{program}' is not recognized as an internal or external command.\n")
    if match["file"] is None:
        return Outcome(ran.exit_code)
    file = match["file"].strip('"')
    if not re.match(r"[A-Za-z]:\\", file):
        return Outcome(1)
    return Outcome(ran.exit_code, ran.out + (ran.err if match["merged"] else ""), file)


def _reg(registry: Registry, words: list[str]) -> _Ran:
    verb = words[0].lower() if len(words) > 1 else ""
    if verb in {"add", "delete"}:
        return _reg_write(registry, verb, words)
    if verb != "query":
        return _Ran(1, err=_BAD_SYNTAX)
    options = [word.lower() for word in words[2:]]
    wanted = None
    if "/v" in options[:-1]:
        at = options.index("/v")
        wanted = options[at + 1]
        del options[at : at + 2]
    if not set(options) <= {"/s", "/reg:64"}:
        return _Ran(1, err=_BAD_SYNTAX)
    path = _full(words[1])
    keys = [path] if registry.key(path) is not None else []
    if "/s" in options:
        keys += registry.below(path)
    found = "".join(_listed(registry, key, wanted) for key in keys)
    if wanted is None and "/s" not in options:
        found += "".join(f"{key}\n" for key in registry.children(path))
    return _Ran(0, found) if found else _Ran(1, err=_NOT_FOUND)


def _reg_write(registry: Registry, verb: str, words: list[str]) -> _Ran:
    """`reg add KEY /v NAME /t TYPE /d DATA /f`, `reg delete KEY /v NAME /f`."""
    options = dict(zip(words[2::2], words[3::2], strict=False))
    key, name = _full(words[1]), options.get("/v", "")
    if words[-1] != "/f" or set(options) != ({"/v", "/t", "/d"} if verb == "add" else {"/v"}):
        return _Ran(1, err=_BAD_SYNTAX)
    if verb == "delete":
        if registry.value(key, name) is None:
            return _Ran(1, err=_NOT_FOUND)
        registry.write(key, name, None)
    elif (value := _parsed(options["/t"], options["/d"])) is None:
        return _Ran(1, err=_BAD_SYNTAX)
    else:
        registry.write(key, name, value)
    return _Ran(0, _DONE)


def _parsed(kind: str, data: str) -> Value | None:
    match kind:
        case "REG_DWORD" | "REG_QWORD":
            return Value(kind, int(data, 0)) if re.fullmatch(r"\d+|0x[0-9a-f]+", data) else None
        case "REG_MULTI_SZ":
            return Value(kind, tuple(data.split(r"\0")))
        case "REG_SZ" | "REG_EXPAND_SZ" | "REG_BINARY":
            return Value(kind, data)
        case _:
            return None


def _full(path: str) -> str:
    hive, _, rest = path.partition("\\")
    return f"{_HIVES.get(hive.lower(), hive)}\\{rest}".rstrip("\\")


def _listed(registry: Registry, key: str, wanted: str | None) -> str:
    """A key and its values, or the one wanted; nothing where it has none such."""
    values = {
        name: value
        for name, value in (registry.key(key) or {}).items()
        if wanted is None or name.lower() == wanted
    }
    if not values:
        return ""
    lines = "".join(f"    {name}    {value.kind}    {_shown(value)}\n" for name, value in values.items())
    return f"\n{registry.written(key)}\n{lines}\n"


def _shown(value: Value) -> str:
    if isinstance(value.data, int):
        return f"0x{value.data:x}"
    return value.data if isinstance(value.data, str) else r"\0".join(value.data)


def _words(line: str) -> list[str]:
    r"""As the C library of Windows splits a command line: `\"` within quotation marks is a word's own."""
    words = re.findall(r'"((?:[^"\\]|\\+(?!")|(?:\\\\)+(?=")|\\")*)"|(\S+)', line)
    return [re.sub(r'(\\+)("|$)', _halved, quoted) or plain for quoted, plain in words]


def _halved(found: re.Match[str]) -> str:
    """Backslashes before a quotation mark stand for half as many."""
    return "\\" * (len(found[1]) // 2) + found[2]
