"""Where the words of predicates are found."""

import pytest
import spacy

from structclip_pipeline.parser.locating import read_caption
from structclip_pipeline.parser.places import list_surfaces
from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
from structclip_pipeline.parser.tokens import read_tokens

_NLP = spacy.blank("en")


@pytest.mark.parametrize(("caption", "objects", "template", "verb", "words"), [
    ("man sitting on bench", [(0, 1), (3, 4)], "V on", 1, "sitting on"),
    ("cat on top of the car", [(0, 1), (5, 6)], "on top of", -1, "on top of"),
    ("cat on the top of the car", [(0, 1), (6, 7)], "on top of", -1, "on the top of"),
    ("ball is to the left of a red cube", [(0, 1), (8, 9)], "at the left of", -1, "to the left of"),
    ("stars beneath the cone", [(0, 1), (3, 4)], "under", -1, "beneath"),
    ("stars lying beneath the cone", [(0, 1), (4, 5)], "V under", 1, "lying beneath"),
    ("boy throwing a ball to a dog", [(0, 1), (6, 7)], "V to", 1, "throwing a ball to"),
    ("dog has tail", [(0, 1), (2, 3)], "have", -1, "has"),
    ("tail of dog", [(2, 3), (0, 1)], "have", -1, None),
    ("dog 's tail", [(0, 1), (2, 3)], "have", -1, None),
    ("man in hat", [(0, 1), (2, 3)], "wear", -1, None),
])  # fmt: skip
def test_predicates_are_located(caption, objects, template, verb, words):
    """Verbs with their prepositions, synonyms and gapped words get a span; a predicate without words gets none."""
    tokens = read_tokens(_NLP(caption))
    order = sorted(objects)
    relation = TokenRelation(order.index(objects[0]), order.index(objects[1]), template, verb)
    attributes = tuple(TokenAttribute(1, i, i + 1) for i, t in enumerate(tokens) if t.text == "red")
    graph = TokenGraph(tuple(order), attributes, (relation,))
    places = read_caption(tokens, graph, list_surfaces()).locate(graph, relation)
    found = caption[tokens[places[0]].start : tokens[places[-1]].end] if places else None
    assert found == words
