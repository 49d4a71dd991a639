"""Predicates as the training graphs use them."""

import pytest
import spacy

from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
from structclip_pipeline.parser.tokens import read_tokens
from structclip_pipeline.parser.training.alignment import Alignment
from structclip_pipeline.parser.training.counting import count_usage
from structclip_pipeline.parser.usage import follow_usage, read_between

_NLP = spacy.blank("en")
TREE = read_tokens(_NLP("a tree at the edge of the steep slope"))
USAGE = {"> at edge of": ("on edge of", "in corner of"), "> V down": ("V down",)}


def _tree(template, verb=-1):
    return TokenGraph(((1, 2), (8, 9)), (TokenAttribute(1, 7, 8),), (TokenRelation(0, 1, template, verb),))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("in end of", "on edge of"), ("in corner of", "in corner of"), ("on edge of", "on edge of"), ("V on", "V on")],
)
def test_words_do_not_stand_for_what_no_graph_gave_them(given, wanted):
    """The usual predicate takes the place of one never seen, and of no other; a verb stays a verb."""
    assert follow_usage(TREE, _tree(given), USAGE).relations[0].template == wanted


def test_words_between_are_read_without_determiners_and_attributes():
    """Behind a sign of which object is first, with V for the verb."""
    texts = ["two", "red", "dogs", "leading", "down", "to", "the", "parked", "cars"]
    forth = TokenGraph(((2, 3), (8, 9)), (TokenAttribute(1, 7, 8),), (TokenRelation(0, 1, "V down to", 3),))
    assert read_between(texts, forth, forth.relations[0]) == "> V down to"
    assert read_between(texts, forth, TokenRelation(1, 0, "lead", -1)) == "< leading down to"


def test_nothing_is_read_across_objects_verbs_and_neighbours():
    """Another object between, a verb elsewhere or no word between tell nothing."""
    texts = ["man", "on", "horse", "near", "tree"]
    graph = TokenGraph(((0, 1), (2, 3), (4, 5)), (), ())
    assert read_between(texts, graph, TokenRelation(0, 2, "near", -1)) is None
    assert read_between(texts, graph, TokenRelation(0, 1, "V on", 3)) is None
    assert read_between(["dog", "'s"], TokenGraph(((0, 1), (1, 2)), (), ()), TokenRelation(0, 1, "have", -1)) is None


def test_usage_is_counted_where_one_predicate_is_usual():
    """Four times of five are enough, three of four are not, and twice is too little."""

    def count(*templates):
        graphs = [_tree(template) for template in templates]
        return count_usage([Alignment(g) for g in graphs], [TREE] * len(graphs))

    assert count(*["on edge of"] * 4, "near") == {"> at edge of": ("on edge of", "near")}
    assert count(*["on edge of"] * 3, "near") == {}
    assert count("on edge of", "on edge of") == {}
