"""Edits rebuild and undo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_schemas.edits import Edit, apply_edits, folded_words, undo_edits


@st.composite
def edited_captions(draw: st.DrawFn) -> tuple[str, tuple[Edit, ...]]:
    caption = draw(st.text(max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(caption)), max_size=6)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    return caption, tuple(Edit(a, b, caption[a:b], draw(st.text(max_size=6))) for a, b in spans)


@given(edited_captions())
def test_undo_restores_the_caption(case):
    """Undoing a variant's edits gives back the caption, character for character."""
    caption, edits = case
    assert undo_edits(apply_edits(caption, edits), edits) == caption


@given(edited_captions())
def test_edits_equal_replacing_slices_from_the_right(case):
    """Applying edits equals replacing the slices one by one from the right end."""
    caption, edits = case
    slow = caption
    for edit in reversed(edits):
        slow = slow[: edit.start] + edit.after + slow[edit.end :]
    assert apply_edits(caption, edits) == slow


def test_an_edit_that_does_not_find_its_text_is_refused():
    """An edit whose before differs from the caption is an error, never a silent change."""
    with pytest.raises(ValueError, match="does not fit"):
        apply_edits("a cat", (Edit(2, 5, "dog", "cow"),))


def test_overlapping_edits_are_refused():
    """Edits that overlap are an error."""
    with pytest.raises(ValueError, match="does not fit"):
        apply_edits("a cat", (Edit(0, 3, "a c", "x"), Edit(2, 5, "cat", "y")))


def test_folding_ignores_case_marks_and_an():
    """Two texts that differ in case, punctuation and a/an only have the same folded words."""
    assert folded_words("An Apple.") == folded_words("a apple")
