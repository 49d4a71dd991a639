"""Touching objects."""

from structclip_pipeline.parser.compounds import merge_compounds
from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation


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
