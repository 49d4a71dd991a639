"""Control characters are seen, not obeyed."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.inspection.characters import visible


@given(st.text(st.characters(exclude_categories=())))
def test_spans_stay_true_and_no_control_character_stays(text):
    """One code point for one, and none that a terminal obeys or XML forbids."""
    shown = visible(text)
    assert len(shown) == len(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in "\ufffe\uffff"]


@given(st.text(st.characters(categories=["L", "N", "P", "S", "M", "Zs"])))
def test_plain_text_is_shown_as_it_is(text):
    """Letters, digits, punctuation, symbols, marks and spaces stay."""
    assert visible(text) == text
