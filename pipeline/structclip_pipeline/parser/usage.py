"""
Predicates as the training graphs use them.

Words that nearly always stand for one predicate between two objects ("at the edge of": on edge of) do not stand for one
that no training graph gave them.
"""

from collections.abc import Mapping, Sequence

from structclip_pipeline.parser.token_graph import VERB, Token, TokenGraph, TokenRelation

Usage = Mapping[str, Sequence[str]]
"""The predicates of words between two objects in any training graph, the usual one first."""

_DETERMINERS = frozenset(("a", "an", "the", "his", "her", "its", "their"))


def follow_usage(tokens: Sequence[Token], graph: TokenGraph, usage: Usage) -> TokenGraph:
    """The graph with the usual predicate where words between two objects never stood for the one they have."""
    if not graph.relations:
        return graph
    texts = [t.text for t in tokens]
    return TokenGraph(graph.objects, graph.attributes, tuple(_usual(texts, graph, r, usage) for r in graph.relations))


def _usual(texts: Sequence[str], graph: TokenGraph, relation: TokenRelation, usage: Usage) -> TokenRelation:
    known = usage.get(read_between(texts, graph, relation) or "", ())
    if not known or relation.template in known or (VERB in known[0].split()) != (VERB in relation.template.split()):
        return relation
    return TokenRelation(relation.head, relation.tail, known[0], relation.verb)


def read_between(texts: Sequence[str], graph: TokenGraph, relation: TokenRelation) -> str | None:
    """
    The words between two related objects, without determiners and attributes, behind a sign of which object is first.

    None where there are none, where another object stands between or the verb elsewhere.

    >>> read_between("a tree at the edge of it".split(), TokenGraph(((1, 2), (6, 7))), TokenRelation(0, 1, "on", -1))
    '> at edge of'
    """
    head, tail = graph.objects[relation.head], graph.objects[relation.tail]
    first, second = sorted((head, tail))
    start, end = first[1], second[0]
    if any(start <= begin < end for begin, _ in graph.objects) or not (
        relation.verb < 0 or start <= relation.verb < end
    ):
        return None
    said = {i for a in graph.attributes for i in range(a.start, a.end)} - {relation.verb}
    words = [
        VERB if i == relation.verb else texts[i]
        for i in range(start, end)
        if i not in said and texts[i] not in _DETERMINERS
    ]
    return " ".join([">" if first == head else "<", *words]) if words else None
