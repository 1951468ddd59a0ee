"""What a dump says of itself, in the words of the core."""

from __future__ import annotations

import pytest

from bot.core.errors import Code, VmdumpError
from bot.guest.windows_dump import WindowsDumps


@pytest.mark.parametrize("start", [b"", b"MZ", b"PAGEDU64", b"\x00" * 16384, b"PAGEDUMP" + b"\xff" * 9000])
def test_what_is_no_dump_is_said_with_its_size(start: bytes) -> None:
    with pytest.raises(VmdumpError) as refused:
        WindowsDumps().read(start, 1234567)
    assert refused.value.code is Code.DUMP_FORMAT
    assert "the file has 1,234,567 bytes" in str(refused.value.params["reason"])
