"""Whatever graph a parser gives, the swaps neither fail nor break the contract."""

from functools import cache
from itertools import pairwise

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from structclip_pipeline.negatives.candidates import examine, examine_widely
from structclip_pipeline.negatives.doubts import DOUBTS, find_doubt
from structclip_pipeline.negatives.image_words import words_of_images
from structclip_pipeline.negatives.meaning import read_facts
from structclip_pipeline.negatives.neighbours import Neighbours, neighbours_from
from structclip_pipeline.negatives.positives import examine_positives
from structclip_pipeline.negatives.replacement import REPLACEMENTS, replacements_of
from structclip_pipeline.negatives.replacing import Lookup
from structclip_pipeline.negatives.reverse_relation import CONVERSE_RULE
from structclip_pipeline.negatives.unit_foils import Source, choose_foil
from structclip_pipeline.negatives.unit_truth import said_of_images
from structclip_pipeline.negatives.units import read_units
from structclip_pipeline.unit_faults import spell_parts
from structclip_schemas.edits import apply_edits, folded_words, undo_edits
from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject, lemma_set
from structclip_schemas.spans import graph_faults
from structclip_schemas.variant import DEFAULT_KINDS, Variant

_CALLED_A = SceneGraph((SceneObject(4, 5, "A", "a", 4, 7),), (Attribute(0, "A", "a", 4, 5),), ())
_WORDS = [
    "A",
    "an",
    "the",
    "two",
    "red",
    "wooden",
    "dark",
    "small",
    "man",
    "men",
    "dog",
    "dogs",
    "horse",
    "table",
    "tables",
    "it",
    "his",
    "that",
    "is",
    "are",
    "rides",
    "ride",
    "riding",
    "ridden",
    "by",
    "on",
    "in",
    "of",
    "near",
    "next",
    "to",
    "and",
    "there",
    "'s",
    ",",
    ".",
    "-",
    "standing",
    "group",
    "3",
    "Élan",
    "👩\u200d🚀",
    "top",
    "background",
    "each",
    "other",
    "water",
    "The",
    "TV",
]


@st.composite
def _parsed(draw: st.DrawFn) -> tuple[str, SceneGraph]:
    """A caption of random words with any graph that keeps the rules of spans."""
    words = draw(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=14))
    gap = draw(st.sampled_from([" ", "  "]))
    starts, position = [], 0
    for word in words:
        starts.append(position)
        position += len(word) + len(gap)
    caption = gap.join(words)

    def span(first: int, last: int) -> tuple[int, int]:
        return starts[first], starts[last] + len(words[last])

    index = st.integers(0, len(words) - 1)
    objects = []
    for first, last in draw(st.lists(st.tuples(index, index).map(sorted), max_size=4)):
        head = draw(st.integers(first, last))
        start, end = span(head, head)
        outer = span(first, last)
        objects.append(SceneObject(start, end, caption[start:end], words[head].lower(), *outer))
    if not objects:
        return caption, SceneGraph()
    owner = st.integers(0, len(objects) - 1)
    attributes = []
    for k, first, last in draw(st.lists(st.tuples(owner, index, index), max_size=4)):
        start, end = span(min(first, last), max(first, last))
        attributes.append(Attribute(k, caption[start:end], caption[start:end].lower(), start, end))
    relations = []
    for head, tail, first, last, said in draw(
        st.lists(st.tuples(owner, owner, index, index, st.booleans()), max_size=4)
    ):
        start, end = span(min(first, last), max(first, last)) if said else (objects[head].end,) * 2
        lemma = caption[start:end].lower() or "have"
        relations.append(Relation(head, tail, caption[start:end], lemma, start, end))
    return caption, SceneGraph.ordered(objects, attributes, relations)


def _check_edits(caption: str, variant: Variant) -> None:
    assert apply_edits(caption, variant.edits) == variant.caption
    assert undo_edits(variant.caption, variant.edits) == caption
    assert all(a.end < b.start for a, b in pairwise(variant.edits))
    for edit in variant.edits:
        before, after = edit.before.split(), edit.after.split()
        assert not before or not after or (before[0] != after[0] and before[-1] != after[-1])


@settings(max_examples=400)
@given(_parsed())
def test_every_variant_keeps_the_contract(parsed: tuple[str, SceneGraph]) -> None:
    """Edits are ordered, disjoint, minimal and reversible; captions and graphs differ; left starts first."""
    caption, graph = parsed
    assert graph_faults(caption, graph) == []
    seen = {folded_words(caption)}
    for variant in examine_widely(caption, graph, DEFAULT_KINDS).variants:
        assert find_doubt(graph, variant) in {None, *DOUBTS}
        _check_edits(caption, variant)
        assert folded_words(variant.caption) not in seen
        seen.add(folded_words(variant.caption))
        assert lemma_set(variant.triples) != lemma_set(graph.triples())
        elements = {"object": graph.objects, "attribute": graph.attributes, "relation": graph.relations}
        left, right = (elements[e.role][e.index] for e in (variant.left, variant.right))
        assert left.start <= right.start


@settings(max_examples=400)
@given(_parsed())
def test_every_positive_keeps_the_contract_and_the_facts(parsed: tuple[str, SceneGraph]) -> None:
    """Edits rebuild and undo, captions differ, and the graph says the same but where a predicate has a converse."""
    caption, graph = parsed
    truth = read_facts(graph, graph.triples())
    seen = {folded_words(caption)}
    for variant in examine_positives(caption, graph).variants:
        _check_edits(caption, variant)
        assert folded_words(variant.caption) not in seen
        seen.add(folded_words(variant.caption))
        assert len(variant.triples) == len(graph.triples())
        assert variant.rule == CONVERSE_RULE or read_facts(graph, variant.triples) == truth


@cache
def _neighbours() -> Neighbours:
    """Neighbours that know all that any word of the captions asks for."""
    nouns = [
        "man",
        "woman",
        "dog",
        "elephant",
        "horse",
        "cat",
        "table",
        "desk",
        "ottoman",
        "bed",
        "water",
        "tv",
        "radio",
    ]
    predicates = ["on", "in", "near", "under", "next to", "behind", "inside", "riding", "ride", "push", "rides"]
    uses = ["=one", "=many", "=bare", *(f"{p} >" for p in predicates), *(f"> {p}" for p in predicates)]
    rows = [("object", noun, context, 2) for noun in nouns for context in uses]
    rows += [("object", noun, "is alive" if k < 6 else "is made", 9) for k, noun in enumerate(nouns)]
    attributes = ["red", "orange", "blue", "wooden", "metal", "large", "bright", "light"]
    rows += [("attribute", word, noun, 2) for word in attributes for noun in nouns]
    rows += [("relation", word, f"> {noun}", 2) for word in predicates for noun in nouns]
    columns = zip(*sorted(rows), strict=True)
    return neighbours_from(pa.table(dict(zip(("role", "word", "context", "count"), map(list, columns), strict=True))))


@st.composite
def _plain(draw: st.DrawFn) -> tuple[str, SceneGraph]:
    """Two to four noun phrases joined by predicates, with the graph that a reader would draw."""
    caption, objects, attributes, relations = "", [], [], []
    for k in range(draw(st.integers(2, 4))):
        if k:
            predicate = draw(st.sampled_from(["on", "under", "next to", "riding", "rides", "in", "near"]))
            start = len(caption) + 1
            caption += f" {predicate} "
            relations.append(Relation(k - 1, k, predicate, predicate, start, start + len(predicate)))
        begin = len(caption)
        caption += draw(st.sampled_from(["", "a ", "an ", "the ", "two ", "A "]))
        if draw(st.booleans()):
            word = draw(st.sampled_from(["red", "orange", "wooden", "small", "3", "light"]))
            attributes.append(Attribute(k, word, word, len(caption), len(caption) + len(word)))
            caption += word + " "
        noun = draw(st.sampled_from(["man", "men", "dog", "dogs", "horse", "table", "Tables", "water", "TV"]))
        objects.append(
            SceneObject(len(caption), len(caption) + len(noun), noun, noun.lower(), begin, len(caption) + len(noun))
        )
        caption += noun
    return caption, SceneGraph.ordered(objects, attributes, relations)


@settings(max_examples=400, deadline=None)
@given(st.one_of(_parsed(), _plain()))
def test_every_replacement_keeps_the_contract(parsed: tuple[str, SceneGraph]) -> None:
    """Edits rebuild and undo, one element is named, triples keep their order and the ends of their relations."""
    caption, graph = parsed
    assert graph_faults(caption, graph) == []
    (swaps,) = replacements_of(_neighbours(), [(None, caption, graph)])
    for variant in examine(caption, graph, tuple(REPLACEMENTS), swaps).variants:
        assert apply_edits(caption, variant.edits) == variant.caption
        assert undo_edits(variant.caption, variant.edits) == caption
        assert all(a.end < b.start for a, b in pairwise(variant.edits))
        assert folded_words(variant.caption) != folded_words(caption)
        assert lemma_set(variant.triples) != lemma_set(graph.triples())
        ends = [(t.head_object, t.tail_object) for t in graph.triples()]
        assert [(t.head_object, t.tail_object) for t in variant.triples] == ends
        assert variant.left is not None and f"replace_{variant.left.role}" == variant.kind
        assert variant.right is None


@settings(max_examples=400, deadline=None)
@given(st.one_of(_parsed(), _plain()), st.integers(0, 9))
@example(("red A A", _CALLED_A), 0)
def test_every_unit_and_foil_keeps_the_contract(parsed: tuple[str, SceneGraph], seed: int) -> None:
    """Texts are slices of the caption, their graphs have spans; a foil's edits rebuild it and undo it."""
    caption, graph = parsed
    said = [(None, caption, graph)]
    source = Source(caption, graph, Lookup(_neighbours(), words_of_images(said)[0]))
    units, _ = read_units(caption, graph)
    assert len({folded_words(unit.text) for unit in units} | {folded_words(caption)}) == len(units) + 1
    for unit in units:
        assert folded_words(unit.text) == folded_words(spell_parts(caption, unit.parts))
        assert graph_faults(unit.text, unit.graph) == []
        assert [t.lemmas for t in unit.triples(graph.triples())] == [t.lemmas for t in unit.graph.triples()]
        foil = choose_foil(source, unit, said_of_images(said)[0], (seed, "id"))
        if foil is not None:
            assert apply_edits(unit.text, foil.edits) == foil.text
            assert undo_edits(foil.text, foil.edits) == unit.text
            assert folded_words(foil.text) != folded_words(unit.text)
            assert len(foil.triples) == len(unit.places)
            assert lemma_set(foil.triples) != lemma_set(unit.triples(graph.triples()))
