"""Touching objects."""

import spacy

from structclip_pipeline.parser.compounds import merge_compounds, name_compounds
from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
from structclip_pipeline.parser.tokens import read_tokens
from structclip_pipeline.parser.training.alignment import Alignment
from structclip_pipeline.parser.training.counting import count_compounds

_NLP = spacy.blank("en")


def test_a_touching_object_becomes_an_attribute():
    """In "a brown bear cubs near water" the bear modifies the cubs, who inherit what was said of it."""
    relations = (TokenRelation(0, 2, "near", -1), TokenRelation(1, 2, "near", -1))
    graph = TokenGraph(((2, 3), (3, 4), (5, 6)), (TokenAttribute(0, 1, 2),), relations)
    merged = merge_compounds(graph)
    assert merged.objects == ((3, 4), (5, 6))
    assert set(merged.attributes) == {TokenAttribute(0, 1, 2), TokenAttribute(0, 2, 3)}
    assert merged.relations == (TokenRelation(0, 1, "near", -1),)


def test_related_neighbours_stay_apart():
    """Where a relation joins two touching objects ("computer screen": have), both stay."""
    graph = TokenGraph(((0, 1), (1, 2)), (), (TokenRelation(0, 1, "have", -1),))
    assert merge_compounds(graph) == graph


def test_a_known_compound_names_its_object():
    """No street of "busy city streets" has the property "city", in whatever number they are."""
    tokens = read_tokens(_NLP("busy city streets"))
    graph = TokenGraph(((2, 3),), (TokenAttribute(0, 0, 1), TokenAttribute(0, 1, 2)))
    named = name_compounds(tokens, graph, {"city street"})
    assert named == TokenGraph(((1, 3),), (TokenAttribute(0, 0, 1),))
    assert name_compounds(tokens, graph, {"city bus"}) == graph


def test_a_word_that_says_something_else_is_no_part_of_a_compound():
    """It may be another object, part of a longer attribute, another object's attribute too, or a verb."""
    tokens = read_tokens(_NLP("big city street and shop"))
    both = (TokenAttribute(0, 1, 2), TokenAttribute(1, 1, 2))
    for graph in (
        TokenGraph(((1, 2), (2, 3))),
        TokenGraph(((2, 3),), (TokenAttribute(0, 0, 2),)),
        TokenGraph(((2, 3), (4, 5)), both),
        TokenGraph(((0, 1), (2, 3)), (), (TokenRelation(0, 1, "V", 1),)),
    ):
        assert name_compounds(tokens, graph, {"city street"}) == graph


def test_compounds_are_counted_where_nearly_all_graphs_agree():
    """Six times of seven are enough, five of six are not, nor four of four, and a longer object is none."""
    whole, parts = TokenGraph(((1, 3),)), TokenGraph(((2, 3),), (TokenAttribute(0, 1, 2),))

    def count(*graphs):
        return count_compounds([Alignment(g) for g in graphs], [read_tokens(_NLP("old city streets"))] * len(graphs))

    assert count(*[whole] * 6, parts) == ("city street",)
    assert count(*[whole] * 5, parts) == ()
    assert count(*[whole] * 4) == ()
    assert count(*[TokenGraph(((0, 3),))] * 9) == ()
