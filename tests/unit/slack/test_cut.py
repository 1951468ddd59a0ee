import re

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.cut import MARK, cut


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
