"""Span rules of the contract."""

from dataclasses import replace

import pytest

from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject
from structclip_schemas.spans import graph_faults, splits_grapheme

CAPTION = "a red cup on a table"
CUP = SceneObject(6, 9, "cup", "cup", 0, 9)
TABLE = SceneObject(15, 20, "table", "table", 13, 20)
GRAPH = SceneGraph((CUP, TABLE), (Attribute(0, "red", "red", 2, 5),), (Relation(0, 1, "on", "on", 10, 12),))


def test_a_graph_that_keeps_the_contract_has_no_faults():
    """A correct graph gives an empty list."""
    assert graph_faults(CAPTION, GRAPH) == []


@pytest.mark.parametrize(
    ("graph", "fault"),
    [
        (replace(GRAPH, objects=(replace(CUP, end=99), TABLE)), "out of range"),
        (replace(GRAPH, objects=(replace(CUP, text="mug"), TABLE)), "reads 'cup'"),
        (replace(GRAPH, objects=(replace(CUP, phrase_start=7), TABLE)), "does not surround"),
        (replace(GRAPH, attributes=(Attribute(7, "red", "red", 2, 5),)), "belongs to object 7"),
        (replace(GRAPH, relations=(Relation(0, 5, "on", "on", 10, 12),)), "joins objects 0 and 5"),
        (replace(GRAPH, objects=(TABLE, CUP)), "out of order"),
    ],
)
def test_every_broken_rule_is_named(graph, fault):
    """Each rule of the contract, broken on purpose, is named in the fault."""
    assert any(fault in found for found in graph_faults(CAPTION, graph))


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("e\u0301", 1),
        ("\U0001f468\u200d\U0001f469", 1),
        ("\U0001f44d\U0001f3fd", 1),
        ("\U0001f1e9\U0001f1ea", 1),
        ("\r\n", 1),
    ],
)
def test_marks_joiners_tones_and_flags_are_not_cut(text, offset):
    """A cut between a character and what combines with it splits a grapheme."""
    assert splits_grapheme(text, offset)


def test_a_cut_between_two_flags_is_allowed():
    """Between two flags of two letters each there is a boundary."""
    assert not splits_grapheme("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 2)


def test_ordering_renumbers_attributes_and_relations():
    """A graph built out of order names the same objects after ordering."""
    graph = SceneGraph.ordered([TABLE, CUP], [Attribute(1, "red", "red", 2, 5)], [Relation(1, 0, "on", "on", 10, 12)])
    assert graph == GRAPH
    assert [t.lemmas for t in graph.triples()] == [("cup", "on", "table"), ("cup", "is", "red")]
