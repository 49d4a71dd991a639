"""Noun phrases around objects."""

import pytest
import spacy

from structclip_pipeline.parser.locating import read_caption
from structclip_pipeline.parser.phrases import find_phrases
from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
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
    ("a herd of cows", (3, 4), [], (0, 4)),
    ("near a large flock of white birds", (6, 7), [(5, 6)], (1, 7)),
    ("on two slices of cold pizza", (5, 6), [(4, 5)], (1, 6)),
    ("a bunch of different types of food", (6, 7), [], (0, 7)),
    ("the other bag", (2, 3), [], (0, 3)),
    ("on other bags", (2, 3), [], (1, 3)),
    ("a funny looking hat", (3, 4), [(1, 2)], (0, 4)),
])  # fmt: skip
def test_phrases_reach_back_to_their_determiner(caption, noun, attributes, phrase):
    """A phrase covers determiner, counts, attributes and noun, and stops at other words."""
    graph = TokenGraph((noun,), tuple(TokenAttribute(0, *a) for a in attributes))
    assert find_phrases(read_tokens(_NLP(caption)), graph, frozenset()) == [phrase]


def test_slices_that_are_an_object_are_no_measure():
    """Where the graph speaks of the slices, the pizza's phrase is the pizza."""
    graph = TokenGraph(((1, 2), (3, 4)))
    assert find_phrases(read_tokens(_NLP("two slices of pizza")), graph, frozenset()) == [(0, 2), (3, 4)]


def test_a_phrase_stops_at_another_object():
    """In "the man 's hat" the hat's phrase does not take the man."""
    graph = TokenGraph(((1, 2), (3, 4)))
    assert find_phrases(read_tokens(_NLP("the man 's hat")), graph, frozenset()) == [(0, 2), (3, 4)]


def test_a_gapped_predicate_leaves_the_noun_inside_whole():
    """In "playing in a grassy field with a frisbee" the field keeps its article and its attribute."""
    tokens = read_tokens(_NLP("men playing in a grassy field with a frisbee"))
    graph = TokenGraph(
        ((0, 1), (5, 6), (8, 9)),
        (TokenAttribute(1, 4, 5),),
        (TokenRelation(0, 1, "V in", 1), TokenRelation(0, 2, "V with", 1)),
    )
    caption = read_caption(tokens, graph, {})
    places = frozenset(i for r in graph.relations for i in caption.locate(graph, r))
    assert places == {1, 2, 6}
    assert find_phrases(tokens, graph, places) == [(0, 1), (3, 6), (7, 9)]


@pytest.mark.parametrize(("caption", "modifier", "noun", "phrases"), [
    ("down a snowy slope", (2, 3), (3, 4), [(2, 3), (1, 4)]),
    ("near a tree-covered hill", (2, 3), (5, 6), [(2, 3), (1, 6)]),
    ("near a snow dusted hill", (2, 3), (4, 5), [(2, 3), (1, 5)]),
    ("on snow covered hills", (1, 2), (3, 4), [(1, 2), (1, 4)]),
    ("a man 's hat", (1, 2), (3, 4), [(0, 2), (3, 4)]),
])  # fmt: skip
def test_the_article_before_a_modifying_object_is_the_nouns(caption, modifier, noun, phrases):
    """In "a snowy slope" the article belongs to the slope, whose phrase holds the snow; a possessor keeps its own."""
    assert find_phrases(read_tokens(_NLP(caption)), TokenGraph((modifier, noun)), frozenset()) == phrases
