"""Tokens of captions: none cuts a character, whatever the string; ordinary words are left alone."""

from itertools import pairwise

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.parser.spelling import cover_graphemes
from structclip_pipeline.parser.tokens import make_readable, read_tokens

_NLP = spacy.blank("en")
_PIECES = st.sampled_from([
    "a", "é", "e\u0301", ".", "-", " ", "\n", "\r\n", "\u200d", "\ufe0f", "\u0301", "❤", "👨", "🏽", "🇩", "🇪", "1",
    "\u20e3", "©", "ि", "क", "'", "\ud83d",
])  # fmt: skip
_STRINGS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=30), st.lists(_PIECES, max_size=12).map("".join)
)


@settings(max_examples=300, deadline=None)
@given(text=_STRINGS)
def test_no_two_tokens_share_a_character(text):
    """Widened to whole characters, tokens keep apart, so that no two objects are one emoji."""
    readable = make_readable(text)
    assert len(readable) == len(text)
    ranges = [cover_graphemes(text, t.start, t.end) for t in read_tokens(_NLP(readable))]
    assert all(first[1] <= second[0] for first, second in pairwise(ranges))


@pytest.mark.parametrize("text", [
    "A man's hat isn't on the table.", "cafe\u0301 with a naïve piñata", "लाल टोपी पहने", "ผู้ชายสวมหมวก", "כֶּלֶב לָבָן",
    "قطة على طاولة", "a 🍕 on a plate", "a – b … “c” ’s",
])  # fmt: skip
def test_words_are_read_as_they_are(text):
    """Letters with accents, other scripts, single emoji and typographic marks stay as they are."""
    assert make_readable(text) == text


@pytest.mark.parametrize(("text", "texts"), [
    ("a 👩🏽\u200d🦰 waves", ["a", "👩🏽\u200d🦰", "waves"]),
    ("a 🇩🇪 flag", ["a", "🇩🇪", "flag"]),
    ("a red ❤\ufe0f here", ["a", "red", "❤\ufe0f", "here"]),
    ("key 1\ufe0f\u20e3", ["key", "1\ufe0f\u20e3"]),
])  # fmt: skip
def test_a_character_of_several_parts_is_one_token(text, texts):
    """A family, a flag, a heart and a keycap are one token each."""
    assert [text[t.start : t.end] for t in read_tokens(_NLP(make_readable(text)))] == texts
