import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.request import new_id
from bot.slack.command_text import clean, first_word, options, request_id


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("DumpTest", "DumpTest"),
        ("  a &lt;b&gt; &amp;amp; c ", "a <b> &amp; c"),
        ("&amp;lt;", "&lt;"),
        ("<http://web01.example.com|web01.example.com> down", "web01.example.com down"),
        ("<!channel> <@U1|bob>", "<!channel> <@U1|bob>"),
        ("a\x00b\x1b[31m\u202egnp.exe\u200f", "ab[31mgnp.exe"),
        ("a\tb\nc", "a b c"),
        ("half \ud800 a character", "half  a character"),
    ],
)
def test_what_was_typed_is_what_is_read(typed: str, meant: str) -> None:
    assert clean(typed) == meant


@pytest.mark.parametrize(
    ("text", "word", "rest", "quoted"),
    [
        ("DumpTest", "DumpTest", "", False),
        ("DumpTest support  case 4711", "DumpTest", "support  case 4711", False),
        ('"SQL Server 1" it hangs', "SQL Server 1", "it hangs", True),
        ("'SQL Server 1'", "SQL Server 1", "", True),
        ("“SQL Server 1” it hangs", "SQL Server 1", "it hangs", True),
        ("„SQL Server 1“ x", "SQL Server 1", "x", True),
        ("«SQL Server 1» x", "SQL Server 1", "x", True),
        ("「SQL Server 1」 x", "SQL Server 1", "x", True),
        ("\u2018SQL 1\u2019", "SQL 1", "", True),
        ("'Bob's VM' x", "Bob's VM", "x", True),
        ("O'Brien x", "O'Brien", "x", False),
        ('""', "", "", True),
    ],
)
def test_names_with_blanks_are_quoted(text: str, word: str, rest: str, quoted: bool) -> None:
    assert first_word(text) == (word, rest, quoted)


@pytest.mark.parametrize(
    ("text", "route", "rest"),
    [
        ("--route api it hangs", "api", "it hangs"),
        ("--route=ssh", "ssh", ""),
        ("\u2014route bundle x", "bundle", "x"),
        ("--Route API x", "api", "x"),
        ("it hangs --route api", None, "it hangs --route api"),
        ("--routes api", None, "--routes api"),
        ("--route", None, "--route"),
        ("", None, ""),
    ],
)
def test_a_route_is_named_before_the_reason(text: str, route: str | None, rest: str) -> None:
    assert options(text, ("route",), ()) == ({} if route is None else {"route": route}, rest)


@pytest.mark.parametrize(
    ("text", "given", "rest"),
    [
        ("--override it hangs", {"override": ""}, "it hangs"),
        ("--override", {"override": ""}, ""),
        ("--override --route api it hangs", {"override": "", "route": "api"}, "it hangs"),
        ("\u2014route=ssh \u2014Override x", {"override": "", "route": "ssh"}, "x"),
        ("--override=yes x", {"override": ""}, "=yes x"),
        ("--overrides x", {}, "--overrides x"),
        ("it --override x", {}, "it --override x"),
    ],
)
def test_options_come_before_the_reason_in_any_order(text: str, given: dict[str, str], rest: str) -> None:
    assert options(text, ("route",), ("override",)) == (given, rest)


@pytest.mark.parametrize("text", ['"SQL Server 1', "“SQL", '"', "'tis", '"a"b', "「a"])
def test_a_quote_that_is_not_closed_is_no_name(text: str) -> None:
    assert first_word(text) is None


@pytest.mark.parametrize(
    "word", ["VD-7K3Q", "vd-7k3q", "vd7k3q", "7K3Q", "7k3q", "VD\u20137K3Q", "`VD-7K3Q`", "vd_7k3q"]
)
def test_an_id_is_read_however_it_is_written(word: str) -> None:
    assert request_id(word) == "VD-7K3Q"


@pytest.mark.parametrize(
    "word", ["", "VD-", "VD-7K3", "VD-7K3QQ", "VD-7K0Q", "XX-7K3Q", "7K3Q-VD", "DumpTest"]
)
def test_what_is_no_id_is_refused(word: str) -> None:
    assert request_id(word) is None


@given(st.data())
def test_every_id_that_is_given_out_is_read(data: st.DataObject) -> None:
    made = new_id(lambda alphabet: data.draw(st.sampled_from(alphabet)))
    assert request_id(made) == request_id(made.lower()) == request_id(made.removeprefix("VD-")) == made


@given(st.text())
def test_clean_text_is_clean_and_can_be_stored(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in cleaned)
