"""Whether two readings of a caption say the same: symmetric relations have no direction, synonyms are one word."""

from collections.abc import Sequence

from structclip_pipeline.negatives.lexicon import SYNONYMOUS_ATTRIBUTES, SYNONYMOUS_PREDICATES
from structclip_pipeline.negatives.rules import is_symmetric
from structclip_schemas.graph import SceneGraph, Triple

Fact = tuple[frozenset[str] | tuple[str, ...], str]


def read_facts(graph: SceneGraph, triples: Sequence[Triple]) -> frozenset[Fact]:
    """What triples in the order of a graph's elements say, so that equal meanings are equal sets."""
    relations = zip(graph.relations, triples[: len(graph.relations)], strict=True)
    facts = {_read_relation(triple, is_symmetric(relation)) for relation, triple in relations}
    return frozenset(facts | {_read_attribute(triple) for triple in triples[len(graph.relations) :]})


def _read_relation(triple: Triple, symmetric: bool) -> Fact:
    ends = triple.head.lower(), triple.tail.lower()
    return frozenset(ends) if symmetric else ends, _canonical(triple.relation, SYNONYMOUS_PREDICATES)


def _read_attribute(triple: Triple) -> Fact:
    return (triple.head.lower(), "is"), _canonical(triple.tail, SYNONYMOUS_ATTRIBUTES)


def _canonical(word: str, synonyms: Sequence[frozenset[str]]) -> str:
    lower = word.lower()
    return min(next((group for group in synonyms if lower in group), (lower,)))
