"""The scorer, against the formula written out."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.parser.scoring import Counts, count_tuples, score_graphs

_NAMES = st.sampled_from(["man", "dog", "bench", "hat"])
_TRIPLES = st.lists(
    st.one_of(
        st.tuples(_NAMES),
        st.tuples(_NAMES, st.just("is"), st.sampled_from(["red", "old"])),
        st.tuples(_NAMES, st.sampled_from(["on", "near"]), _NAMES),
    ),
    max_size=6,
)


def test_f1_of_tuples():
    """Two of three predicted tuples are right, two of four gold ones found: F1 is 4 / 7."""
    predicted = [[("man", "is", "tall"), ("dog",)]]
    gold = [[("man", "ride", "dogs"), ("man", "is", "old")]]
    assert score_graphs(predicted, gold).spice == pytest.approx(100 * 4 / 7)


def test_sets_match_whatever_the_order():
    """Order and number of repeats do not matter for set match; another word does."""
    gold = [[("man", "on", "bench"), ("bench", "is", "red")]] * 2
    predicted = [[("benches", "is", "red"), ("man", "on", "bench")], [("man", "on", "bench"), ("bench", "is", "blue")]]
    assert score_graphs(predicted, gold).set_match == 50


def test_two_empty_graphs_agree():
    """Nothing predicted where nothing is to be found counts as right."""
    assert score_graphs([[]], [[]]).spice == 100


def test_micro_f1_by_kind():
    """Objects man, dog, hat against man, dog, bench: F1 4 / 6; one of two attributes; no relation shared."""
    predicted = [[("man", "on", "dog"), ("dog", "is", "red"), ("hat",)]]
    gold = [[("men", "near", "dogs"), ("dog", "is", "red"), ("bench", "is", "old")]]
    counts = count_tuples(predicted, gold)
    assert counts["objects"] == Counts(3, 3, 2)
    assert counts["attributes"] == Counts(1, 2, 1)
    assert counts["relations"] == Counts(1, 1, 0)
    assert [round(counts[kind].f1, 1) for kind in ("objects", "attributes", "relations")] == [66.7, 66.7, 0]


def test_f1_of_nothing_is_whole():
    """A kind that neither side states counts as right."""
    assert count_tuples([[("man",)]], [[("man",)]])["relations"].f1 == 100


def _count_by_hand(graphs):
    """Per kind a multiset of (caption, tuple): what is stated, each caption's repeats once."""
    stated = {1: Counter(), 2: Counter(), 3: Counter()}
    for caption, triples in enumerate(graphs):
        for triple in triples:
            stated[1][caption, triple[0]] = 1
            if len(triple) == 3 and triple[1] == "is":
                stated[2][caption, triple[0], triple[2]] = 1
            elif len(triple) == 3:
                stated[1][caption, triple[2]] = 1
                stated[3][caption, *triple] = 1
    return stated


@given(st.lists(st.tuples(_TRIPLES, _TRIPLES), max_size=5))
def test_counts_agree_with_a_multiset_over_the_corpus(pairs):
    """Counting per caption equals counting one multiset of the whole corpus."""
    predicted, gold = [p for p, _ in pairs], [g for _, g in pairs]
    ours, theirs = _count_by_hand(predicted), _count_by_hand(gold)
    counts = count_tuples(predicted, gold)
    for size, kind in ((1, "objects"), (2, "attributes"), (3, "relations")):
        expected = (ours[size].total(), theirs[size].total(), (ours[size] & theirs[size]).total())
        assert (counts[kind].predicted, counts[kind].gold, counts[kind].shared) == expected
