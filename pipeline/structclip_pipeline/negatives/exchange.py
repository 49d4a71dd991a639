"""An exchange: what a swap or a restatement wants to do to a caption and its graph, before edits are built."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from structclip_pipeline.negatives.editing import Replacement
from structclip_schemas.graph import SceneGraph, Triple
from structclip_schemas.variant import Element


class Exchange(NamedTuple):
    """
    The spans to replace and the triples afterwards; left and right are the elements exchanged.

    Both are None where a restatement exchanges none.
    """

    kind: str
    rule: str
    left: Element | None
    right: Element | None
    replacements: tuple[Replacement, ...]
    triples: tuple[Triple, ...]


class Refusal(NamedTuple):
    """Why an exchange of two elements is not made: the name of a rule."""

    kind: str
    reason: str


Outcome = Exchange | Refusal


def build_triples(
    graph: SceneGraph,
    lemmas: Sequence[str],
    owners: Sequence[int],
    moved: Mapping[int, int] = MappingProxyType({}),
    carried: Collection[int] = (),
) -> tuple[Triple, ...]:
    """
    A graph's triples with other lemmas of its objects and other owners of its attributes, in the original order.

    ``moved`` tells which object stands where another stood: the ends of the relations follow it, but for the relations
    ``carried`` along inside a phrase.
    """
    ends = [
        (r.head, r.tail) if k in carried else (moved.get(r.head, r.head), moved.get(r.tail, r.tail))
        for k, r in enumerate(graph.relations)
    ]
    relations = [
        Triple(lemmas[head], r.lemma, lemmas[tail], head, tail)
        for r, (head, tail) in zip(graph.relations, ends, strict=True)
    ]
    attributes = [Triple(lemmas[o], "is", a.lemma, o, None) for o, a in zip(owners, graph.attributes, strict=True)]
    return tuple(relations + attributes)
