"""Things related to their own kind."""

import pytest
import spacy

from structclip_pipeline.parser.reciprocity import relate_to_own_kind
from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
from structclip_pipeline.parser.tokens import read_tokens

_NLP = spacy.blank("en")


@pytest.mark.parametrize(("caption", "objects", "relations", "wanted"), [
    ("two trains next to each other", [(1, 2)], [], TokenRelation(0, 0, "next to", -1)),
    ("the trains are next to one another", [(1, 2)], [], TokenRelation(0, 0, "next to", -1)),
    ("two giraffes standing near each other", [(1, 2)], [], TokenRelation(0, 0, "V near", 2)),
    ("cats facing each other", [(0, 1)], [], TokenRelation(0, 0, "V", 1)),
    ("men in shirts talking to each other", [(0, 1), (2, 3)], [TokenRelation(0, 1, "in", -1)],
     TokenRelation(0, 0, "V to", 3)),
    ("two boats side by side", [(1, 2)], [], TokenRelation(0, 0, "side by side with", -1)),
    ("two boys sitting side by side on a bench", [(1, 2), (8, 9)], [TokenRelation(0, 1, "V on", 2)],
     TokenRelation(0, 0, "V side by side with", 2)),
    ("trucks parked side to side", [(0, 1)], [], TokenRelation(0, 0, "V side by side with", 1)),
    ("a man and a woman facing each other", [(1, 2), (4, 5)], [], TokenRelation(0, 1, "V", 5)),
])  # fmt: skip
def test_each_other_relates_a_thing_to_its_own_kind(caption, objects, relations, wanted):
    """Verb and preposition before "each other" join its antecedent to itself, or two things joined by "and"."""
    graph = relate_to_own_kind(read_tokens(_NLP(caption)), TokenGraph(tuple(objects), (), tuple(relations)))
    assert graph.relations == (*relations, wanted)


def test_what_is_related_already_stays():
    """Two things that the graph relates get no second relation."""
    graph = TokenGraph(((0, 1), (2, 3)), (), (TokenRelation(1, 0, "V", 3),))
    assert relate_to_own_kind(read_tokens(_NLP("duck and bear facing each other")), graph) == graph


def test_the_verb_is_no_property_any_more():
    """A participle that becomes the predicate is no attribute beside it."""
    graph = TokenGraph(((0, 1),), (TokenAttribute(0, 1, 2),))
    found = relate_to_own_kind(read_tokens(_NLP("sheep standing next to each other")), graph)
    assert not found.attributes
    assert found.relations[0].template == "V next to"


@pytest.mark.parametrize("caption", ["", "each other", "each other is next to each other", "one another and",
    "side by side", "a side by side with the other"])  # fmt: skip
def test_without_an_antecedent_nothing_is_related(caption):
    """Words without an object before them relate nothing."""
    assert relate_to_own_kind(read_tokens(_NLP(caption)), TokenGraph()) == TokenGraph()


@pytest.mark.parametrize(("caption", "objects"), [
    ("a bathroom with two side by side sinks", [(1, 2), (7, 8)]),
    ("a dog shaking its heads from side to side", [(1, 2), (4, 5)]),
    ("a skier swaying side to side", [(1, 2)]),
    ("boats side by side with a ship", [(0, 1), (6, 7)]),
    ("boats not side by side", [(0, 1)]),
    ("two dogs not far from each other", [(1, 2)]),
])  # fmt: skip
def test_what_is_not_side_by_side(caption, objects):
    """Nor each other's: before a described noun, what swings, a single thing, beside something named, or denied."""
    graph = TokenGraph(tuple(objects))
    assert relate_to_own_kind(read_tokens(_NLP(caption)), graph) == graph


def test_the_verb_is_found_before_words_of_manner():
    """And what was read as a property, "side by side", is a relation."""
    graph = TokenGraph(((0, 1),), (TokenAttribute(0, 3, 6),))
    found = relate_to_own_kind(read_tokens(_NLP("boats tied together side by side")), graph)
    assert found == TokenGraph(((0, 1),), (), (TokenRelation(0, 0, "V side by side with", 1),))


def test_a_pronoun_behind_side_by_side_relates_once():
    """In "boats side by side next to each other" the pronoun alone does."""
    found = relate_to_own_kind(read_tokens(_NLP("boats side by side next to each other")), TokenGraph(((0, 1),)))
    assert len(found.relations) == 1
