import sys
import time
from pathlib import Path

import pytest

from bot.core.errors import Code, VmdumpError
from bot.settings import credentials
from bot.settings.credentials import Credential


def program(script: str, *arguments: str) -> Credential:
    return Credential.parse({"exec": (sys.executable, "-c", script, *arguments)})


def cause(credential: Credential, **placeholders: str) -> str:
    with pytest.raises(VmdumpError) as caught:
        credential.read(**placeholders)
    assert caught.value.code is Code.CREDENTIAL
    assert caught.value.params["reference"] == credential.reference
    assert caught.value.__cause__ is None
    assert "S3CRET" not in repr(caught.value.params)
    return str(caught.value.params["cause"])


def test_a_variable_is_read_at_each_use(monkeypatch: pytest.MonkeyPatch) -> None:
    token = Credential.parse("env:VMDUMP_TEST")
    assert cause(token) == "is not set"
    monkeypatch.setenv("VMDUMP_TEST", "one")
    assert token.read() == "one"
    monkeypatch.setenv("VMDUMP_TEST", "two")
    assert token.read() == "two"


def test_a_file_loses_one_newline_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    password = Credential.parse(f"file:{path}")
    assert cause(password) == "No such file or directory"
    for content, secret in ((b"a\n", "a"), (b"a\r\n", "a"), (b"a\n\n", "a\n"), (b" a ", " a ")):
        path.write_bytes(content)
        assert password.read() == secret
    for content, why in (
        (b"\n", "is empty"),
        (b"S3CRET\xff", "is not UTF-8 text"),
        (b"x" * 70000, "is longer than 64 KiB"),
    ):
        path.write_bytes(content)
        assert cause(password) == why


def test_a_program_gets_its_arguments_whole_and_no_shell() -> None:
    vault = program("import sys; print(sys.argv[1:])", "esxi/{host}", "$(id)")
    assert vault.read(host="a b; rm") == "['esxi/a b; rm', '$(id)']"


def test_a_program_that_does_not_answer_well() -> None:
    assert cause(program("print('S3CRET'); exit(3)")) == "ended with exit status 3"
    assert cause(program("pass")) == "is empty"
    assert (
        cause(program("import sys\nwhile True: sys.stdout.write('S3CRET' * 1000)")) == "is longer than 64 KiB"
    )
    assert cause(Credential.parse({"exec": ("/no/such/program",)})) == "No such file or directory"


def test_a_program_is_stopped_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "EXEC_SECONDS", 0.3)
    begun = time.monotonic()
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    assert cause(program(child)) == "gave no answer in 0.3 s"
    assert time.monotonic() - begun < 30


def test_what_fills_an_argument_never_becomes_an_option() -> None:
    vault = program("pass", "{host}")
    assert cause(vault, host="--debug").startswith("what stands for {host} begins with a dash")
    assert cause(vault) == "nothing is known for {host} here"


def test_only_the_reference_shows() -> None:
    vault = Credential.parse({"exec": ("vault", "--token=S3CRET")})
    assert repr(vault) == str(vault) == "Credential(exec:vault)"
    assert vault.missing() == "there is no such program"
