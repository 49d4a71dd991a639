"""The rules parser, on dependency parses written by hand."""

import pytest
import spacy
from spacy.tokens import Doc

from structclip_pipeline.parser.dependencies import read_graph
from structclip_pipeline.parser.token_graph import VERB

_NLP = spacy.blank("en")


def _parse(table):
    rows = [line.split() for line in table.strip().splitlines()]
    words, pos, heads, deps = zip(*rows, strict=True)
    return read_graph(Doc(_NLP.vocab, words=words, pos=pos, heads=[int(h) for h in heads], deps=deps))


RIDING = """
a DET 2 det
young ADJ 2 amod
man NOUN 2 ROOT
riding VERB 2 acl
a DET 6 det
mountain NOUN 6 compound
bike NOUN 3 dobj
on ADP 3 prep
grass NOUN 7 pobj
"""
GROUP = """
a DET 1 det
group NOUN 4 nsubj
of ADP 1 prep
people NOUN 2 pobj
sit VERB 4 ROOT
near ADP 4 prep
two NUM 7 nummod
dogs NOUN 5 pobj
"""
TAIL = """
the DET 1 det
dog NOUN 3 poss
's PART 1 case
tail NOUN 3 ROOT
"""


@pytest.mark.parametrize(("table", "objects", "attributes", "relations"), [
    (RIDING, [(2, 3), (5, 7), (8, 9)], [(0, 1, 2)], [(0, 1, VERB, 3), (0, 2, "V on", 3)]),
    (GROUP, [(3, 4), (7, 8)], [(0, 1, 3), (1, 6, 7)], [(0, 1, "V near", 4)]),
    (TAIL, [(1, 2), (3, 4)], [], [(0, 1, "have", -1)]),
], ids=["participle", "partitive", "possessive"])  # fmt: skip
def test_rules_read_a_graph(table, objects, attributes, relations):
    """Participles, prepositions, partitives, counts and possessives become a graph."""
    graph = _parse(table)
    assert list(graph.objects) == objects
    assert [(a.object, a.start, a.end) for a in graph.attributes] == attributes
    assert [(r.head, r.tail, r.template, r.verb) for r in graph.relations] == relations
