"""Mutated captions."""

import random

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
from structclip_pipeline.parser.training.augmentation import Example
from structclip_pipeline.parser.training.mutation import Mutator

EXAMPLES = [
    Example(
        ("a", "man", "sitting", "on", "red", "chairs"),
        TokenGraph(((1, 2), (5, 6)), (TokenAttribute(1, 4, 5),), (TokenRelation(0, 1, "V on", 2),)),
    ),
    Example(("two", "fire", "hydrants"), TokenGraph(((1, 3),), (TokenAttribute(0, 0, 1),))),
]


@given(st.integers(), st.floats(0, 1))
def test_only_marked_words_are_exchanged(seed, rate):
    """Words outside objects, attributes and verbs stay in order, and new words come from marked places."""
    words = Mutator(EXAMPLES, rate).mutate(EXAMPLES[0], random.Random(seed))
    assert [w for w in words if w in ("a", "on")] == ["a", "on"]
    assert set(words) <= {w for e in EXAMPLES for w in e.words}


def test_a_rate_of_zero_changes_nothing():
    """Nothing is exchanged with probability zero."""
    assert Mutator(EXAMPLES, 0.0).mutate(EXAMPLES[0], random.Random(0)) == EXAMPLES[0].words


def test_the_same_source_of_chance_gives_the_same_caption():
    """A mutated caption is a function of the example and the seed."""
    mutator = Mutator(EXAMPLES, 0.5)
    assert mutator.mutate(EXAMPLES[0], random.Random(3)) == mutator.mutate(EXAMPLES[0], random.Random(3))
