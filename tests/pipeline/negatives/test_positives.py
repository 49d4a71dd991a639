"""All hard positives of a caption: what is true of every kind."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.negatives.meaning import read_facts
from structclip_pipeline.negatives.positives import POSITIVE_RULES, RESTATEMENTS, examine_positives, order_positives
from structclip_pipeline.negatives.reverse_relation import CONVERSES, SYMMETRIC
from structclip_schemas.edits import apply_edits, folded_words, undo_edits
from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject
from structclip_schemas.variant import POSITIVE_KINDS, Variant

Scene = Callable[..., SceneGraph]
_NOUNS = ["cat", "dog", "owl", "table", "umbrella", "bench", "train"]
_WORDS = ["", "red", "old", "large", "orange", "striped"]
_BACK = sorted(w for w in CONVERSES if CONVERSES[CONVERSES[w]] == w) + sorted(SYMMETRIC)


def _pair(left: tuple[str, str], predicate: str, right: tuple[str, str]) -> tuple[str, SceneGraph]:
    """The caption "a red cat <predicate> an old dog" with its graph."""
    caption, objects, attributes = "", [], []
    for index, (word, noun) in enumerate((left, right)):
        begin = len(caption)
        first = word or noun
        caption += "an " if first[0] in "aeiou" else "a "
        if word:
            attributes.append(Attribute(index, word, word, len(caption), len(caption) + len(word)))
            caption += word + " "
        start = len(caption)
        caption += noun
        objects.append(SceneObject(start, len(caption), noun, noun, begin, len(caption)))
        if not index:
            span = len(caption) + 1, len(caption) + 1 + len(predicate)
            caption += f" {predicate} "
    relations = [] if predicate == "and" else [Relation(0, 1, predicate, predicate, *span)]
    return caption, SceneGraph.ordered(objects, attributes, relations)


_SIDE = st.tuples(st.sampled_from(_WORDS), st.sampled_from(_NOUNS))
_TWO = st.tuples(_SIDE, _SIDE).filter(lambda sides: sides[0][1] != sides[1][1])


def _of_kind(caption: str, graph: SceneGraph, kind: str) -> list[Variant]:
    return [v for v in examine_positives(caption, graph).variants if v.kind == kind]


@given(_TWO, st.sampled_from(_BACK))
def test_a_reversed_relation_reversed_again_is_the_caption(
    sides: tuple[tuple[str, str], tuple[str, str]], predicate: str
) -> None:
    """The variant's own graph leads back to the caption's words and triples."""
    caption, graph = _pair(sides[0], predicate, sides[1])
    (variant,) = _of_kind(caption, graph, "reverse_relation")
    again, mirrored = _pair(sides[1], CONVERSES.get(predicate, predicate), sides[0])
    assert variant.caption == again
    assert {t.lemmas for t in variant.triples} == {t.lemmas for t in mirrored.triples()}
    (back,) = _of_kind(again, mirrored, "reverse_relation")
    assert back.caption == caption
    if predicate in SYMMETRIC:
        assert read_facts(graph, variant.triples) == read_facts(graph, graph.triples())


@given(_TWO)
def test_coordinated_objects_change_places_and_back(sides: tuple[tuple[str, str], tuple[str, str]]) -> None:
    """Whatever stands before the nouns goes along, articles fit, and the second exchange undoes the first."""
    caption, graph = _pair(sides[0], "and", sides[1])
    again, mirrored = _pair(sides[1], "and", sides[0])
    assert [v.caption for v in _of_kind(caption, graph, "reorder_objects")] == [again]
    assert [v.caption for v in _of_kind(again, mirrored, "reorder_objects")] == [caption]


@given(_TWO, st.sampled_from(["and", "near", "sitting on", "chasing", "above"]))
def test_every_positive_is_undone_and_differs(sides: tuple[tuple[str, str], tuple[str, str]], predicate: str) -> None:
    """Edits lead to the variant and back; no two variants share their words; rules and kinds are known ones."""
    caption, graph = _pair(sides[0], predicate, sides[1])
    variants = examine_positives(caption, graph).variants
    for variant in variants:
        assert apply_edits(caption, variant.edits) == variant.caption
        assert undo_edits(variant.caption, variant.edits) == caption
        assert variant.rule in POSITIVE_RULES
    words = [folded_words(v.caption) for v in variants]
    assert len({*words, folded_words(caption)}) == len(words) + 1


def test_the_kinds_are_those_of_the_contract() -> None:
    """In table order."""
    assert tuple(RESTATEMENTS) == POSITIVE_KINDS


def test_the_order_comes_from_the_hash_alone(scene: Scene) -> None:
    """Another order of making gives the same order of writing."""
    caption = "a red cat next to a blue dog"
    graph = scene(
        caption, ["a red *cat*", "a blue *dog*"], [("cat", "red"), ("dog", "blue")], [("cat", "next to", "dog")]
    )
    variants = examine_positives(caption, graph).variants
    assert len(variants) == 3
    assert order_positives(variants, "1", 0) == order_positives(variants[::-1], "1", 0)
