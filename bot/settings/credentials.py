"""Secrets by reference: the files say where a secret is, never what it is."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from bot.core.errors import Code, VmdumpError
from bot.settings.kinds import resolve_path
from bot.settings.known_secrets import KNOWN

EXEC_SECONDS = 10.0
MAX_BYTES = 64 * 1024
PLACEHOLDERS = ("host", "username", "vcenter", "vm")
"""what ``{…}`` in an exec reference may stand for; which are known depends on the credential"""

EXPECTED = "env:NAME, file:/path or {exec: [program, argument…]}"

_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """Where a secret is. It is read at each use and kept nowhere; logs know it by its hash."""

    kind: Literal["env", "file", "exec"]
    words: tuple[str, ...]
    """the variable, the absolute path, or the program and its arguments"""

    @property
    def reference(self) -> str:
        """For people; an exec reference without its arguments."""
        return f"{self.kind}:{self.words[0]}"

    def __repr__(self) -> str:
        return f"Credential({self.reference})"

    __str__ = __repr__

    def read(self, **placeholders: str) -> str:
        """The secret, without one newline at its end.

        Blocks, for ``exec`` up to 10 s: call it off the event loop. Raises ``VmdumpError`` with
        ``Code.CREDENTIAL``, ``reference`` and ``cause``; the cause never holds a part of the secret.
        """
        secret = self._bytes(placeholders)
        if len(secret) > MAX_BYTES:
            raise self._error("is longer than 64 KiB")
        try:
            text = secret.decode()
        except UnicodeDecodeError:
            text = None
        if text is None:  # outside the handler: the exception holds the bytes
            raise self._error("is not UTF-8 text")
        text = text if self.kind == "env" else text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise self._error("is not set" if self.kind == "env" else "is empty")
        KNOWN.add(text)
        return text

    def missing(self) -> str | None:
        """Why it cannot be read, as far as that shows without running a program; None if nothing shows."""
        if self.kind == "exec":
            return None if shutil.which(self.words[0]) else "there is no such program"
        try:
            self.read()
        except VmdumpError as error:
            return str(error.params["cause"])
        return None

    def _bytes(self, placeholders: dict[str, str]) -> bytes:
        match self.kind:
            case "env":
                return os.environ.get(self.words[0], "").encode("utf-8", "surrogateescape")
            case "file":
                return self._from_file()
            case "exec":
                return self._from_program([self._filled(word, placeholders) for word in self.words])

    def _from_file(self) -> bytes:
        try:
            with Path(self.words[0]).open("rb") as stream:
                return stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise self._error(error.strerror or "cannot be read") from None

    def _filled(self, word: str, placeholders: dict[str, str]) -> str:
        def value(found: re.Match[str]) -> str:
            name = found.group(1)
            if name not in placeholders:
                raise self._error(f"nothing is known for {{{name}}} here")
            return placeholders[name]

        filled = _PLACEHOLDER.sub(value, word)
        if "\0" in filled or (filled.startswith("-") and not word.startswith("-")):
            # What fills it comes from vCenter: it must not turn into an option.
            raise self._error(f"what stands for {word} begins with a dash or holds a zero byte")
        return filled

    def _from_program(self, command: list[str]) -> bytes:
        try:
            program = subprocess.Popen(  # noqa: S603 - no shell; the command is the administrator's
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise self._error(error.strerror or "cannot be run") from None
        late = threading.Event()

        def stop() -> None:
            late.set()
            _kill_group(program)

        timer = threading.Timer(EXEC_SECONDS, stop)
        timer.start()
        try:
            with program:
                output = program.stdout.read(MAX_BYTES + 1) if program.stdout else b""
                if len(output) > MAX_BYTES:
                    _kill_group(program)
                status = program.wait()
        finally:
            timer.cancel()
        if late.is_set():
            raise self._error(f"gave no answer in {EXEC_SECONDS:g} s")
        if status and len(output) <= MAX_BYTES:
            raise self._error(f"ended with exit status {status}")
        return output

    def _error(self, cause: str) -> VmdumpError:
        return VmdumpError(Code.CREDENTIAL, reference=self.reference, cause=cause)

    @classmethod
    def parse(cls, value: Any) -> Credential:
        """Raises ``ValueError`` that does not repeat the value: it may be the secret itself."""
        if isinstance(value, Credential):
            return value
        if isinstance(value, dict):
            return cls._parse_exec(value)
        if not isinstance(value, str):
            raise ValueError(f"is not a reference to a secret; expected {EXPECTED}")  # noqa: TRY004
        kind, _, rest = value.partition(":")
        if kind == "env" and _ENV_NAME.fullmatch(rest):
            return cls("env", (rest,))
        if kind == "file" and rest and "\0" not in rest:
            return cls("file", (str(resolve_path(rest, value)),))
        if kind == "exec":
            raise ValueError("is an exec reference as text; expected a mapping, {exec: [program, argument…]}")
        raise ValueError(f"is not a reference; a secret itself does not belong here; expected {EXPECTED}")

    @classmethod
    def _parse_exec(cls, value: dict[str, Any]) -> Credential:
        words = value.get("exec")
        if set(value) != {"exec"} or not isinstance(words, tuple | list) or not words:
            raise ValueError(f"is not a reference to a secret; expected {EXPECTED}")
        if not all(isinstance(w, str) and "\0" not in w for w in words) or not words[0]:
            raise ValueError("has an exec argument that is not text; expected texts, in quotes if need be")
        if _PLACEHOLDER.search(words[0]):
            raise ValueError("has a placeholder for its program; expected placeholders in arguments only")
        unknown = {n for w in words for n in _PLACEHOLDER.findall(w)} - set(PLACEHOLDERS)
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise ValueError(f"has a placeholder that is not known; expected some of {known}")
        program = str(resolve_path(words[0], words[0])) if "/" in words[0] else str(words[0])
        return cls("exec", (program, *(str(w) for w in words[1:])))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        del source, handler
        return core_schema.no_info_plain_validator_function(cls.parse)


def _kill_group(program: subprocess.Popen[bytes]) -> None:
    """The program with all that it started: a child could hold the output open for ever."""
    with contextlib.suppress(ProcessLookupError):
        if program.returncode is None:
            os.killpg(program.pid, signal.SIGKILL)
