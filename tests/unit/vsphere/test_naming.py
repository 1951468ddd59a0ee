"""Names and inventory paths."""

from __future__ import annotations

from bot.vsphere.naming import Place, decoded, path_of

PLACES = {
    "datacenter-2": Place("DC1", "group-d1"),
    "group-v3": Place("vm", "datacenter-2"),
    "group-v4": Place("prod%2fnew", "group-v3"),
    "loop": Place("loop", "loop"),
}


def test_escapes_are_decoded_once() -> None:
    assert decoded("a%2fb%5Cc%25") == "a/b\\c%"
    assert decoded("%252f") == "%2f"
    assert decoded("100% %41") == "100% %41"


def test_paths_keep_escapes() -> None:
    assert path_of("x%2fy", "group-v4", PLACES, "group-d1") == "/DC1/vm/prod%2fnew/x%2fy"


def test_places_that_cannot_be_seen() -> None:
    assert path_of("x", "group-v9", PLACES, "group-d1") == "/?/x"
    assert path_of("x", None, PLACES, "group-d1") == "/x"
    assert path_of("x", "loop", PLACES, "group-d1") == "/loop/x"
