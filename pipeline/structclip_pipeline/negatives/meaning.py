"""Whether two readings of a caption say the same: symmetric relations have no direction, synonyms are one word."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from structclip_pipeline.negatives.lexicon import (
    NEARNESS,
    PLACING,
    SURFACES,
    SYNONYMOUS_ATTRIBUTES,
    SYNONYMOUS_PREDICATES,
)
from structclip_pipeline.negatives.pair_rules import relations_between
from structclip_pipeline.negatives.relation_rules import is_symmetric
from structclip_schemas.graph import Relation, SceneGraph, Triple
from structclip_schemas.variant import Variant

_POSTURES = (["sitting"], ["standing"], ["lying"], ["laying"], ["parked"], ["posing"], ["waiting"], ["resting"])
"""First words of what is said of how something is placed."""

Fact = tuple[frozenset[str] | tuple[str, ...], str]


def read_facts(graph: SceneGraph, triples: Sequence[Triple]) -> frozenset[Fact]:
    """What triples in the order of a graph's elements say, so that equal meanings are equal sets."""
    return _gather_facts(_pair_relations(graph, triples), triples[len(graph.relations) :])


def says_the_same(graph: SceneGraph, variant: Variant, truth: frozenset[Fact]) -> bool:
    """
    Whether a variant says what the graph does, whose facts are ``truth``.

    Of two objects that are together ("a man with a surfboard next to a rock") what is near one is near the other, and
    so is how they stand; exchanging them changes nothing unless something else is said.
    """
    if read_facts(graph, variant.triples) == truth:
        return True
    together = _find_together(graph, variant)
    if not together:
        return False
    return _read_distinct(graph, variant.triples, together) == _read_distinct(graph, graph.triples(), together)


def _find_together(graph: SceneGraph, variant: Variant) -> frozenset[str]:
    """The symmetric predicates between the two objects that a variant exchanges, unless it counts them anew."""
    if variant.kind != "swap_object" or not variant.left or not variant.right:
        return frozenset()
    pair = variant.left.index, variant.right.index
    found = frozenset(r.lemma.lower() for r in relations_between(graph, *pair) if is_symmetric(r))
    return frozenset() if found and _counts_anew(graph, variant, pair) else found


def _counts_anew(graph: SceneGraph, variant: Variant, pair: tuple[int, int]) -> bool:
    """Whether of two counted things one became several and several one: their nouns have other forms."""
    counted = all(graph.objects[k].phrase_start < graph.objects[k].start for k in pair)
    lemmas = {o.lemma for o in graph.objects}
    return counted and any(
        t.head not in lemmas or (t.tail_object is not None and t.tail not in lemmas) for t in variant.triples
    )


def _read_distinct(graph: SceneGraph, triples: Sequence[Triple], together: frozenset[str]) -> frozenset[Fact]:
    """Facts without what two objects share that are together: nearness, company, posture, the place where they are."""
    shared = NEARNESS | together
    near = any(p.endswith(word) for p in together for word in NEARNESS)
    relations = [
        (relation, triple)
        for relation, triple in _pair_relations(graph, triples)
        if not (is_symmetric(relation) and any(relation.lemma.lower().endswith(word) for word in shared))
        and not (near and _is_shared_place(relation.lemma.lower(), triple))
    ]
    attributes = [t for t in triples[len(graph.relations) :] if t.tail.lower().split()[:1] not in _POSTURES]
    return _gather_facts(relations, attributes)


def _is_shared_place(lemma: str, triple: Triple) -> bool:
    """Whether what is near a thing is where the thing is: in the same room, on the same floor."""
    last = lemma.split()[-1]
    return last in PLACING or (last == "on" and triple.tail.lower().split()[-1] in SURFACES)


def _pair_relations(graph: SceneGraph, triples: Sequence[Triple]) -> list[tuple[Relation, Triple]]:
    return list(zip(graph.relations, triples[: len(graph.relations)], strict=True))


def _gather_facts(relations: Iterable[tuple[Relation, Triple]], attributes: Iterable[Triple]) -> frozenset[Fact]:
    facts = [_read_relation(triple, is_symmetric(relation)) for relation, triple in relations]
    return frozenset([*facts, *map(_read_attribute, attributes)])


def repeats_a_word(words: Sequence[str]) -> bool:
    """Whether the same word stands twice in a row, or on both sides of an "and"."""
    conjoined = any(b == "and" and a == c for a, b, c in zip(words, words[1:], words[2:], strict=False))
    return conjoined or any(a == b for a, b in pairwise(words))


def _name_groups(synonyms: Sequence[frozenset[str]]) -> dict[str, str]:
    """One word of its first group for every word that has synonyms."""
    return {word: min(group) for group in reversed(synonyms) for word in group}


_PREDICATES, _ATTRIBUTES = _name_groups(SYNONYMOUS_PREDICATES), _name_groups(SYNONYMOUS_ATTRIBUTES)


def _read_relation(triple: Triple, symmetric: bool) -> Fact:
    ends, predicate = (triple.head.lower(), triple.tail.lower()), triple.relation.lower()
    return frozenset(ends) if symmetric else ends, _PREDICATES.get(predicate, predicate)


def _read_attribute(triple: Triple) -> Fact:
    attribute = triple.tail.lower()
    return (triple.head.lower(), "is"), _ATTRIBUTES.get(attribute, attribute)
