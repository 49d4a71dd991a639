"""The aligner: gold triples to spans, on captions made by hand."""

import pytest
import spacy

from structclip_pipeline.parser.token_graph import TokenAttribute, TokenRelation
from structclip_pipeline.parser.tokens import read_tokens
from structclip_pipeline.parser.training.alignment import align

_NLP = spacy.blank("en")


def _align(caption, *triples):
    return align(read_tokens(_NLP(caption)), triples)


def test_a_verb_fills_the_template():
    """The lemmatised verb of a gold predicate points at its form in the caption."""
    graph = _align("a man sitting on a bench", ("man", "sit on", "bench")).graph
    assert graph.objects == ((1, 2), (5, 6))
    assert graph.relations == (TokenRelation(0, 1, "V on", 2),)


def test_a_passive_keeps_its_direction():
    """FACTUAL turns passives around; the aligned relation goes from the later object to the earlier one."""
    graph = _align("giraffes are enclosed in a pen", ("pen", "enclose", "giraffes")).graph
    assert graph.relations == (TokenRelation(1, 0, "V", 2),)


def test_words_written_apart_are_one_object():
    """An object that FACTUAL writes in one word covers both words of the caption."""
    assert _align("horse on side walk", ("horse", "on", "sidewalk")).graph.objects == ((0, 1), (2, 4))


def test_counts_are_number_words():
    """A count in digits stands on its number word."""
    graph = _align("two men walking", ("men", "is", "2")).graph
    assert graph.attributes == (TokenAttribute(0, 0, 1),)


def test_the_nearer_of_two_mentions_is_chosen():
    """A phrase said twice is read at the place nearest to what its triple joins."""
    graph = _align(
        "a man holding a cup and a man riding a horse", ("man", "hold", "cup"), ("man", "ride", "horse")
    ).graph
    assert graph.objects == ((1, 2), (4, 5), (7, 8), (10, 11))
    assert {(r.head, r.tail) for r in graph.relations} == {(0, 1), (2, 3)}


def test_two_objects_of_one_name_get_two_spans():
    """A relation between two objects of the same name joins two mentions."""
    graph = _align("a dog next to another dog", ("dog", "next to", "dog")).graph
    assert graph.objects == ((1, 2), (5, 6))


@pytest.mark.parametrize(
    ("caption", "attribute", "span"),
    [
        ("wood desk", "wooden", (0, 1)),
        ("a group of people", "group of", (1, 3)),
        ("the man on the right", "on the right", (2, 5)),
    ],
)
def test_attributes_are_found(caption, attribute, span):
    """Attributes of one and of several words stand on their words."""
    noun = {"wood desk": "desk", "a group of people": "people"}.get(caption, "man")
    graph = _align(caption, (noun, "is", attribute)).graph
    assert [(a.start, a.end) for a in graph.attributes] == [span]


def test_what_has_no_word_is_lost_and_told():
    """A triple whose object no word stands for is listed as lost, its other object kept."""
    found = _align("water around it", ("water", "surround", "island"))
    assert ("water", "surround", "island") in found.lost
    assert found.graph.objects == ((0, 1),)
