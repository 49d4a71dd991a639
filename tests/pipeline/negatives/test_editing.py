"""Edits built from replaced spans: minimal, disjoint, reversible."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.negatives.editing import Replacement, build_edits
from structclip_schemas.edits import Edit, apply_edits, undo_edits

_WORDS = st.lists(
    st.sampled_from(["a", "an", "the", "red", "cup", "table", "dog,", "on", "it.", "Élan"]), max_size=5
).map(" ".join)


@st.composite
def _replaced(draw: st.DrawFn) -> tuple[str, list[Replacement]]:
    """A caption with disjoint spans of whole words replaced by other words (or none, unless all words go)."""
    words = draw(
        st.lists(st.sampled_from(["a", "red", "cup", "on", "the", "blue", "table", ".", ","]), min_size=1, max_size=12)
    )
    starts = [len(" ".join(words[:i])) + (i > 0) for i in range(len(words))]
    ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
    cuts = sorted(draw(st.sets(st.integers(0, len(words)), max_size=6)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    return " ".join(words), [Replacement(starts[i], ends[j - 1], draw(_WORDS)) for i, j in spans]


@given(_replaced())
def test_edits_do_what_the_replacements_say(case: tuple[str, list[Replacement]]) -> None:
    """Applying the edits gives the words that replacing the spans gives."""
    caption, replacements = case
    wanted, position = "", 0
    for r in replacements:
        wanted += caption[position : r.start] + r.after
        position = r.end
    edited = apply_edits(caption, build_edits(caption, replacements))
    assert "".join(edited.split()) == "".join((wanted + caption[position:]).split())


@given(_replaced())
def test_edits_can_be_undone(case: tuple[str, list[Replacement]]) -> None:
    """Undoing the edits gives the caption back, character for character."""
    caption, replacements = case
    edits = build_edits(caption, replacements)
    assert undo_edits(apply_edits(caption, edits), edits) == caption


@given(_replaced())
def test_edits_are_minimal(case: tuple[str, list[Replacement]]) -> None:
    """No edit starts or ends with a word that stays, none is empty, none touches the next."""
    caption, replacements = case
    edits = build_edits(caption, replacements)
    for edit in edits:
        before, after = edit.before.split(), edit.after.split()
        assert edit.before != edit.after
        assert not before or not after or (before[0] != after[0] and before[-1] != after[-1])
    assert all(left.end < right.start for left, right in pairwise(edits))


def test_a_deletion_takes_the_white_space_after_it() -> None:
    """The gap closes behind a deleted word."""
    assert build_edits("a red cup", [Replacement(0, 9, "a cup")]) == (Edit(2, 6, "red ", ""),)


def test_a_deletion_before_a_full_stop_takes_the_white_space_before_it() -> None:
    """No white space is left before the mark."""
    edits = build_edits("a cup here.", [Replacement(0, 10, "a cup")])
    assert apply_edits("a cup here.", edits) == "a cup."


def test_an_insertion_has_no_width() -> None:
    """Where words only come in, start is end."""
    assert build_edits("a cup", [Replacement(0, 5, "a red cup")]) == (Edit(2, 2, "", "red "),)


def test_overlapping_replacements_are_refused() -> None:
    """Two replacements of one word are a fault of the caller."""
    with pytest.raises(ValueError, match="overlap"):
        build_edits("red cup", [Replacement(0, 7, "blue jar"), Replacement(4, 7, "pot")])
