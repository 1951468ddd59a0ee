"""Every code has its sentence, and whoever raises it gives what the sentence needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.errors import Code, VmdumpError
from bot.core.finding import Level
from bot.messages.catalogue import Texts, sentence
from bot.messages.en.errors import ERRORS, NOT_READY
from tests.unit.messages.examples import findings

NEVER_SHOWN = {("usergroups.py", Code.GROUP_UNREADABLE)}
"""only its cause is used: the decision that it leads to names all groups"""
BOT = Path(__file__).parents[3] / "bot"


def raised() -> Iterator[tuple[str, Code, set[str]]]:
    """Every ``VmdumpError(Code.X, a=…)`` in the code, with the names of what it is given."""
    for path in sorted(BOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name)):
                continue
            code = node.args[0]
            named = node.func.id in {"VmdumpError", "OutcomeUnknown"} and isinstance(code, ast.Attribute)
            if named and all(k.arg is not None for k in node.keywords):
                assert isinstance(code, ast.Attribute)
                yield f"{path.name}:{node.lineno}", Code[code.attr], {str(k.arg) for k in node.keywords}


def wanted(code: Code) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", ERRORS[code]))


def test_each_code_has_a_sentence() -> None:
    assert list(ERRORS) == list(dict.fromkeys(ERRORS))
    assert set(ERRORS) == set(Code)
    assert all(text.endswith((".", "{cause}", "{choices}", ")")) for text in ERRORS.values())


@pytest.mark.parametrize(("place", "code", "given"), list(raised()))
def test_whoever_raises_it_gives_what_the_sentence_needs(place: str, code: Code, given: set[str]) -> None:
    assert wanted(code) <= given or (place.partition(":")[0], code) in NEVER_SHOWN


@pytest.mark.parametrize("code", Code)
def test_it_reads_whole(code: Code) -> None:
    params = {name: f"<{name}>" for name in wanted(code)}
    shown = Texts().error(code, params)
    assert all(f"&lt;{name}&gt;" in shown.replace("\u2060", "").replace("\u02cd", "_") for name in params)
    assert sentence(VmdumpError(code, **params)).endswith(f" [{code.value}]")
    assert "?" in Texts().error(code, {}) or not params


def test_all_vms_to_choose_from_are_shown() -> None:
    choices = "\n".join(f"vc1:vm-{n}  /DC1/vm/prod/a folder with a long name/twin" for n in range(10))
    shown = Texts().error(Code.VM_AMBIGUOUS, {"vm": "twin", "choices": choices})
    assert shown.endswith(choices)


@pytest.mark.parametrize("name", NOT_READY)
def test_what_stands_in_the_way_of_a_capture_has_words_and_a_cure(name: str) -> None:
    finding, _, seen = name.partition(".")
    params = {"vm": "DumpTest", "finding": finding, "seen": seen or "this"}
    shown = Texts().error(Code.NOT_READY, params)
    assert "DumpTest" in shown
    assert "?" not in shown
    assert shown != Texts().error(Code.NOT_READY, {**params, "finding": "another"})


def test_each_finding_that_forbids_a_capture_has_them() -> None:
    """Keys of hosts have an error of their own, or say the file."""
    bad = {f.code for f in findings("") if f.level is Level.BLOCK}
    known = {name.partition(".")[0] for name in NOT_READY}
    assert {code for code in bad if not code.partition("-")[2].startswith("key")} == known
