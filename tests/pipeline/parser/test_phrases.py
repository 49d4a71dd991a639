"""Noun phrases around objects."""

import pytest
import spacy

from structclip_pipeline.parser.phrases import find_phrases
from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph
from structclip_pipeline.parser.tokens import read_tokens

_NLP = spacy.blank("en")


@pytest.mark.parametrize(("caption", "noun", "attributes", "phrase"), [
    ("a large red ball", (3, 4), [(1, 2), (2, 3)], (0, 4)),
    ("two large , red balls", (4, 5), [(0, 1), (1, 2), (3, 4)], (0, 5)),
    ("on the opposite wall", (3, 4), [], (1, 4)),
    ("a group of young people", (4, 5), [(1, 3), (3, 4)], (0, 5)),
    ("he rides his bike", (3, 4), [], (2, 4)),
    ("riding horses", (1, 2), [], (1, 2)),
    ("both of the two dogs", (4, 5), [(3, 4)], (2, 5)),
])  # fmt: skip
def test_phrases_reach_back_to_their_determiner(caption, noun, attributes, phrase):
    """A phrase covers determiner, counts, attributes and noun, and stops at other words."""
    graph = TokenGraph((noun,), tuple(TokenAttribute(0, *a) for a in attributes))
    assert find_phrases(read_tokens(_NLP(caption)), graph, frozenset()) == [phrase]


def test_a_phrase_stops_at_another_object():
    """In "the man 's hat" the hat's phrase does not take the man."""
    graph = TokenGraph(((1, 2), (3, 4)))
    assert find_phrases(read_tokens(_NLP("the man 's hat")), graph, frozenset()) == [(0, 2), (3, 4)]


def test_a_gapped_predicate_leaves_articles_to_the_noun_inside():
    """In "throwing a ball to" the ball keeps its article, though the predicate's hull covers it."""
    graph = TokenGraph(((0, 1), (3, 4), (6, 7)))
    phrases = find_phrases(read_tokens(_NLP("boy throwing a ball to a dog")), graph, frozenset(range(1, 5)))
    assert phrases == [(0, 1), (2, 4), (5, 7)]
