import re

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.cut import MARK, cut, divided


def test_what_fits_stays() -> None:
    assert cut("a &lt; b", 8) == "a &lt; b"


def test_an_entity_is_never_cut_in_two() -> None:
    for length in range(12, 60):
        kept = cut("x &lt;&amp;&gt; " * 20, length)
        assert len(kept) <= length
        assert kept.endswith(MARK.strip())
        assert "&" not in re.sub("&(lt|gt|amp);", "", kept)


def test_a_mention_is_never_cut_in_two() -> None:
    for length in range(12, 60):
        kept = cut("by <@U024BE7LH> and " * 20, length)
        assert kept.count("<") == kept.count(">")


def test_a_code_block_is_closed() -> None:
    assert cut("```" + "x" * 100, 50).count("```") == 2


@given(st.text(alphabet="&ltgamp;<>@`x ", max_size=120), st.integers(12, 100))
def test_it_is_never_longer_than_allowed(text: str, length: int) -> None:
    assert len(cut(text, length)) <= length


def test_a_long_text_is_divided_where_lines_end() -> None:
    assert divided("a" * 30 + "\n" + "b" * 30 + "\nc c", 40) == ["a" * 30, "b" * 30 + "\nc c"]


def test_without_lines_it_is_divided_between_words() -> None:
    assert divided("a" * 30 + " " + "b" * 30, 40) == ["a" * 30, "b" * 30]


def test_neither_an_entity_nor_a_mention_is_divided() -> None:
    for text in ("&lt;&amp;&gt;" * 20, "<@U024BE7LH>" * 20):
        for length in range(30, 60):
            pieces = divided(text, length)
            assert "".join(pieces) == text
            for piece in pieces:
                assert "&" not in re.sub("&(lt|gt|amp);", "", piece)
                assert piece.count("<") == piece.count(">")


def test_a_divided_code_block_stays_one() -> None:
    pieces = divided("say ```" + "x " * 100 + "``` end", 50)
    assert all(piece.count("```") % 2 == 0 for piece in pieces)
    assert "".join(pieces).replace("```", "").replace(" ", "") == "say" + "x" * 100 + "end"


def test_a_word_without_an_end_is_divided_all_the_same() -> None:
    assert "".join(divided("```<" + "x" * 200, 40)).count("x") == 200


@given(st.text(alphabet="&ltgamp;<>@`x \n", max_size=300), st.integers(20, 100))
def test_nothing_is_lost_by_dividing(text: str, length: int) -> None:
    pieces = divided(text, length)
    assert all(len(piece) <= length for piece in pieces)
    assert re.sub("[`\\s]", "", "".join(pieces)) == re.sub("[`\\s]", "", text)
