"""The shell of a simulated Linux: the few programs and constructs that are needed to look after its dumps.

Texts and exit codes are those of bash, coreutils and systemd as RHEL has them. What it does not know ends
with 127, as a program that is not there does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.lab.commands import Outcome
from bot.lab.linux import Linux
from bot.lab.linux_tools import TOOLS, Done, Host, failed

SHELL = "/bin/sh"
_TOKEN = re.compile(
    r"""[ \t]*(?:(?P<mark>2>&1|2>|>|\|\||&&|\||;|\n)"""
    r"""|(?P<word>(?:'[^']*'|"[^"$`\\]*"|\\[^\n]|[^\s'"\\;&|<>$`()*?\[\]#~!{}])+)|(?P<end>$))"""
)
_PART = re.compile(r"""'([^']*)'|"([^"]*)"|\\(.)|([^'"\\]+)""", re.DOTALL)


class NotUnderstood(Exception):
    """The line says something that this shell does not know."""


@dataclass(frozen=True)
class _Token:
    text: str
    mark: bool


@dataclass
class _Command:
    words: list[str]
    out: str | None = None
    silent: bool = False
    merged: bool = False


def run(linux: Linux, arguments: str, at: datetime) -> Outcome:
    """Run the shell with these arguments, as VMware Tools hand them over."""
    try:
        words = [token.text for token in _tokens(arguments)]
    except NotUnderstood:
        return Outcome(127)
    if len(words) != 2 or words[0] != "-c":
        return Outcome(127)
    return Outcome(_Shell(linux, at).run(words[1]).exit_code)


class _Shell:
    def __init__(self, linux: Linux, at: datetime) -> None:
        self._host = Host(linux, at)

    def run(self, script: str) -> Done:
        """What a script does, line after line; what it does not understand it says at once."""
        try:
            steps = list(_steps(_tokens(script)))
        except NotUnderstood:
            return failed(127, f"{SHELL}: line 1: this shell does not know that")
        code, said = 0, Done(0).said
        for joint, pipe in steps:
            if (joint == "&&" and code) or (joint == "||" and not code):
                continue
            if pipe[0].words[0] == "exit":
                return Done(int(pipe[0].words[1]), said)
            done = self._piped(pipe)
            code, said = done.exit_code, said + done.said
        return Done(code, said)

    def _piped(self, pipe: list[_Command]) -> Done:
        done, before = Done(0), Done(0).said
        for command in pipe:
            before += tuple(chunk for chunk in done.said if chunk[0] == "err")
            done = self._redirected(command, done.out)
        return Done(done.exit_code, before + done.said)

    def _redirected(self, command: _Command, given: bytes) -> Done:
        if command.out is not None and (refused := self._host.refusal(command.out)):
            return failed(1, f"{SHELL}: line 1: {command.out}: {refused}")
        done = self._command(command.words, given)
        said = done.said
        if command.silent:
            said = tuple(chunk for chunk in said if chunk[0] == "out")
        if command.merged:
            said = tuple(("out", text) for _, text in said)
        if command.out is None:
            return Done(done.exit_code, said)
        out = Done(0, said).out
        if refused := self._host.write(command.out, out):
            return failed(1, f"{SHELL}: line 1: {command.words[0]}: write error: {refused}")
        return Done(done.exit_code, tuple(chunk for chunk in said if chunk[0] == "err"))

    def _command(self, words: list[str], given: bytes) -> Done:
        name, *arguments = words
        if name == "exec":
            return self._command(arguments, given)
        if name in {SHELL, "sh"} and len(arguments) == 2 and arguments[0] == "-c":
            return self.run(arguments[1])
        tool = TOOLS.get(name)
        if tool is None or (name == "systemctl" and not self._host.linux.has_systemd):
            return failed(127, f"{SHELL}: line 1: {name}: command not found")
        return tool(self._host, arguments, given)


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise NotUnderstood
        at = found.end()
        if found["mark"]:
            tokens.append(_Token(found["mark"], mark=True))
        elif found["word"]:
            parts = _PART.findall(found["word"])
            tokens.append(_Token("".join(map("".join, parts)), mark=False))
    return tokens


def _steps(tokens: list[_Token]) -> Iterator[tuple[str, list[_Command]]]:
    """Pipelines, each with what joins it to the one before."""
    joint, pipe, command = ";", [], _Command([])
    rest = iter([*tokens, _Token(";", mark=True)])
    for token in rest:
        if not token.mark:
            command.words.append(token.text)
        elif ">" in token.text:
            _redirect(command, token.text, rest)
        else:
            if command.words:
                pipe.append(command)
            elif pipe or token.text not in {";", "\n"}:
                raise NotUnderstood
            command = _Command([])
            if token.text != "|":
                if pipe:
                    yield joint, pipe
                joint, pipe = token.text, []


def _redirect(command: _Command, mark: str, rest: Iterator[_Token]) -> None:
    if mark == "2>&1":
        command.merged = True
        return
    target = next(rest)
    if target.mark or command.merged:
        raise NotUnderstood
    if mark == ">":
        command.out = target.text
    elif target.text == "/dev/null":
        command.silent = True
    else:
        raise NotUnderstood
