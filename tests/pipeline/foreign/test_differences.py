"""Edits between a caption and what another project made of it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.foreign.differences import edits_between, respace
from structclip_pipeline.negatives.words import tokens
from structclip_schemas.edits import apply_edits, undo_edits

words = st.sampled_from(["a", "A", "red", "Red", "cup", "on", "dog's", "close-up", "the", ",", ".", "Élan", "3"])
texts = st.lists(words, max_size=12).map(" ".join)


@given(texts, texts)
def test_edits_give_the_negatives_words(caption, negative):
    """Applied, the edits give the words of the negative; undone, the caption, character for character."""
    edits = edits_between(caption, negative)
    made = apply_edits(caption, edits)
    assert [t for t, _, _ in tokens(made)] == [t for t, _, _ in tokens(respace(caption, negative))]
    assert undo_edits(made, edits) == caption


@given(texts, texts)
def test_edits_are_minimal(caption, negative):
    """Edits change something, are disjoint, do not touch, and share no word at either end."""
    edits = edits_between(caption, negative)
    assert all(a.end < b.start for a, b in pairwise(edits))
    for edit in edits:
        assert edit.before != edit.after
        before, after = edit.before.split(), edit.after.split()
        if before and after and len(before) + len(after) > 2:
            assert before[0] != after[0]
            assert before[-1] != after[-1]


@given(st.permutations(["a", "red", "cup", "holds", "one", "old", "dog"]), st.data())
def test_an_exchange_of_two_spans_is_two_edits(order, data):
    """Two disjoint spans of different words that change places are found as such, wherever they stand."""
    a, b, c, d = sorted(data.draw(st.lists(st.integers(0, 7), min_size=4, max_size=4, unique=True)))
    negative = [*order[:a], *order[c:d], *order[b:c], *order[a:b], *order[d:]]
    edits = edits_between(" ".join(order), " ".join(negative))
    assert len(edits) == 2


@pytest.mark.parametrize(
    ("caption", "negative", "edits"),
    [
        ("A child petting a yak.", "A yak petting a child .", [("child", "yak"), ("yak", "child")]),
        (
            "A boy is holding a red bat.",
            "a red bat is holding a boy.",
            [("A", "a"), ("boy", "red bat"), ("red bat", "boy")],
        ),
        ("a dog's tail", "a cat 's tail", [("dog's", "cat 's")]),
        ("a man on a horse", "a man on a big horse", [("", " big")]),
        ("a man on a big horse", "a man on a horse", [("big ", "")]),
        ("a cup", "one red cup", [("a", "one red")]),
    ],
)
def test_edits_of_a_caption(caption, negative, edits):
    """A tokenizer's spaces are no edit; what moved, came or went is."""
    assert [(e.before, e.after) for e in edits_between(caption, negative)] == edits
