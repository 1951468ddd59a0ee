"""What vmdumper's answers mean."""

from __future__ import annotations

import pytest

from bot.capture.ports import NmiAnswer
from bot.esxi.command import Ran
from bot.esxi.vmdumper import command, report

SENDING = b"Sending NMI to guest...\n"


def answer(output: bytes, *, status: int | None = 0, whole: bool = True) -> NmiAnswer:
    return report(Ran(output, status, whole=whole)).answer


def test_the_expected_line_alone_is_sent() -> None:
    assert answer(SENDING) is NmiAnswer.SENT
    assert answer(b"\r\n" + SENDING.replace(b"\n", b"\r\n")) is NmiAnswer.SENT


@pytest.mark.parametrize(
    "output", [SENDING + b"Operation failed with error: Invalid world\n", b"Invalid world\n"]
)
def test_an_invalid_world_got_nothing(output: bytes) -> None:
    assert answer(output) is NmiAnswer.NOT_SENT


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"Sending NMI to guest",
        SENDING + SENDING,
        SENDING + b"Operation failed with error: Busy\n",
        SENDING + b"Invalid world\nSending NMI to guest...\n",
        b"something\nInvalid world\n",
        b"-sh: /sbin/vmdumper: not found\n",
        b"\xff\xfe",
    ],
)
def test_anything_else_is_unknown(output: bytes) -> None:
    assert answer(output) is NmiAnswer.UNKNOWN


def test_a_lost_connection_is_unknown_whatever_was_printed() -> None:
    assert answer(SENDING, status=None, whole=False) is NmiAnswer.UNKNOWN
    assert answer(SENDING + b"Invalid world\n", status=None, whole=False) is NmiAnswer.UNKNOWN


def test_output_is_kept_printable_and_short() -> None:
    output = report(Ran(b"\x1b[31mred\x00\n" + b"x" * 5000, 1, whole=True)).output
    assert len(output) == 2000
    assert output.startswith("\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}\nxxx")


def test_only_an_integer_reaches_the_shell() -> None:
    assert command(3199732) == "/sbin/vmdumper 3199732 nmi"
    for bad in (0, -1, True, 1 << 31, "1; reboot", 1.0):
        with pytest.raises(ValueError, match="positive integer"):
            command(bad)  # type: ignore[arg-type]
