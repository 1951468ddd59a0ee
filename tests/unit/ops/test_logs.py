"""What the log says, in both forms, and what it never says."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ops.logs import LIBRARIES, Format, configure
from bot.ops.subject import about, concerns
from bot.settings import known_secrets
from bot.settings.credentials import Credential
from bot.settings.known_secrets import KnownSecrets

PASSWORD = 'p&ss\'wörd "4711"'


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in LIBRARIES}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TEST_PASSWORD", PASSWORD)
    return Credential("env", ("TEST_PASSWORD",)).read()


def written(form: Format = "text", level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure(level, form, stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_that_was_read_is_hidden_everywhere(form: Format, password: str) -> None:
    stream = written(form)
    log = logging.getLogger("bot.anything")
    try:
        fail(f"<password>{escape(password)}</password> {password!r}")
    except ValueError:
        log.exception("login with %s failed, %r", password, {"password": password}, stack_info=True)
    log.warning("https://vc/?p=%s and %s", quote(password, safe=""), json.dumps(password))
    logging.getLogger("sqlalchemy.engine").error("parameters %s", (password,))
    text = stream.getvalue()
    assert "4711" not in text
    assert "ValueError" in text
    assert text.count("(hidden)") == 7


def test_json_has_the_parts_apart() -> None:
    stream = written("json")
    with about(request="VD-7K3Q"):
        logging.getLogger("bot.capture").info("line one\nline two")
    logging.getLogger("vmdump").warning("alone")
    first, second = lines(stream)
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "info",
        "logger": "bot.capture",
        "message": "line one\nline two",
        "request": "VD-7K3Q",
    }
    assert second.keys() == {"time", "level", "logger", "message"}


def test_text_cannot_begin_another_record_or_steer_a_terminal() -> None:
    stream = written()
    logging.getLogger("vmdump").info("a VM called %s", "x\n2026-01-01 ERROR vmdump: forged\r\x1b[2J\u202e")
    first, second = stream.getvalue().splitlines()
    assert first.endswith("INFO vmdump: a VM called x")
    assert second == "    2026-01-01 ERROR vmdump: forged\\r\\x1b[2J\\u202e"


async def test_each_task_has_its_own_subject() -> None:
    stream = written("json")
    log = logging.getLogger("vmdump")

    async def deal_with() -> None:
        log.info("before")
        concerns("VD-2222")
        log.info("after")

    with about(delivery="Ev1"):
        task = asyncio.create_task(deal_with())
    with about(request="VD-3333"):
        await task
        log.info("elsewhere")
    log.info("nothing")
    whom = [(line.get("delivery"), line.get("request")) for line in lines(stream)]
    assert whom == [("Ev1", None), ("Ev1", "VD-2222"), (None, "VD-3333"), (None, None)]


def test_libraries_stay_silent_when_everything_else_is_told() -> None:
    stream = written(level="debug")
    for name in LIBRARIES:
        logging.getLogger(f"{name}.inner").debug("floods")
    logging.getLogger("asyncssh").info("Command: secret")
    logging.getLogger("bot.capture").debug("told")
    assert [line.split(": ")[1] for line in stream.getvalue().splitlines()] == ["told"]


def test_configured_twice_it_writes_once() -> None:
    written()
    stream = written()
    logging.getLogger("vmdump").warning("once")
    assert stream.getvalue().count("once") == 1


def test_a_log_that_cannot_be_written_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    stream = written()
    stream.close()
    logging.getLogger("vmdump").warning("into the void")


def test_short_secrets_are_not_looked_for_and_old_ones_forgotten() -> None:
    known = KnownSecrets()
    known.add("abc")
    assert known.hide("abc") == "abc"
    for number in range(known_secrets.MOST + 1):
        known.add(f"secret-{number:04}")
    assert known.hide("secret-0000 secret-0001") == "secret-0000 (hidden)"


def test_of_a_secret_only_hashes_are_remembered() -> None:
    known = KnownSecrets()
    known.add(PASSWORD)
    assert known.hide(f"{PASSWORD}{quote(PASSWORD)} and {PASSWORD!r}") == "(hidden)(hidden) and '(hidden)'"
    other = KnownSecrets()
    other.add(PASSWORD)
    told = str({name: getattr(known, name) for name in vars(known)})
    assert all(PASSWORD[i : i + 4] not in told for i in range(len(PASSWORD) - 3))
    digests = [{form.digest for forms in one._forms.values() for form in forms} for one in (known, other)]
    assert not digests[0] & digests[1], "another process has another key"


@given(st.text(max_size=60), st.lists(st.text(min_size=known_secrets.SHORTEST, max_size=12), max_size=4))
def test_it_hides_what_a_plain_search_would_hide(text: str, secrets: list[str]) -> None:
    known = KnownSecrets()
    for secret in secrets:
        known.add(secret)
    forms = sorted({form for s in secrets for form in known_secrets._forms(s)}, key=len, reverse=True)
    text = "".join([text, *secrets, text[:3], *map(repr, secrets)])
    expected = re.sub("|".join(map(re.escape, forms)), "(hidden)", text) if forms else text
    assert known.hide(text) == expected


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    known = KnownSecrets()
    known.add("hush")
    known.add("hush-hush-and-more")
    assert known.hide("hush-hush-and-more") == "(hidden)"


def test_what_only_resembles_a_secret_stays() -> None:
    known = KnownSecrets()
    known.add("a.c.e")
    assert known.hide("abcde") == "abcde"
    assert known.hide(base64.b64encode(b"a.c.e").decode()) != "(hidden)"
