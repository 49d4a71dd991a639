"""Compound nouns: objects that touch are one, the others modifying the last; some pairs of words name one object."""

from collections.abc import Container, Sequence

from structclip_pipeline.parser.inflection import singular
from structclip_pipeline.parser.token_graph import Token, TokenAttribute, TokenGraph, TokenRelation


def name_compounds(tokens: Sequence[Token], graph: TokenGraph, compounds: Container[str]) -> TokenGraph:
    """
    The graph with each object of one word that makes a known compound with the word before it named by both.

    Not where that word is a verb, part of another object, of a longer attribute or of another object's.
    """
    objects, attributes = list(graph.objects), graph.attributes
    for index, (start, end) in enumerate(graph.objects):
        if end - start > 1 or not start or spell_pair(tokens, start) not in compounds:
            continue
        modifier = (start - 1, start)
        is_object = any(begin < start <= stop for begin, stop in objects[:index])
        is_verb = any(r.verb == start - 1 for r in graph.relations)
        touching = [a for a in attributes if a.start < start <= a.end]
        says_more = any((a.start, a.end) != modifier or a.object != index for a in touching)
        if is_object or is_verb or says_more:
            continue
        attributes = tuple(a for a in attributes if (a.start, a.end) != modifier)
        objects[index] = (start - 1, end)
    return TokenGraph(tuple(objects), attributes, graph.relations)


def spell_pair(tokens: Sequence[Token], second: int) -> str:
    """Two words as a lexicon's compounds have them: the second in the singular."""
    return f"{tokens[second - 1].text} {singular(tokens[second].text)}"


def merge_compounds(graph: TokenGraph) -> TokenGraph:
    """
    The graph with each object that touches the next, unrelated one turned into that one's attribute.

    >>> merge_compounds(TokenGraph(((1, 2), (2, 3)))).objects, merge_compounds(TokenGraph(((1, 2), (3, 4)))).objects
    (((2, 3),), ((1, 2), (3, 4)))
    """
    related = {frozenset((r.head, r.tail)) for r in graph.relations}
    last = len(graph.objects) - 1
    modifies = [
        i < last and end == graph.objects[i + 1][0] and frozenset((i, i + 1)) not in related
        for i, (_, end) in enumerate(graph.objects)
    ]
    if not any(modifies):
        return graph
    kept = [i for i in range(len(graph.objects)) if not modifies[i]]
    target = [sum(k < i for k in kept) for i in range(len(graph.objects))]
    new = [TokenAttribute(target[i], *graph.objects[i]) for i in range(len(graph.objects)) if modifies[i]]
    attributes = [TokenAttribute(target[a.object], a.start, a.end) for a in graph.attributes]
    relations: dict[tuple[int, int], TokenRelation] = {}
    for r in graph.relations:
        head, tail = target[r.head], target[r.tail]
        if head != tail:
            relations.setdefault((head, tail), TokenRelation(head, tail, r.template, r.verb))
    return TokenGraph(
        tuple(graph.objects[i] for i in kept), tuple(dict.fromkeys([*attributes, *new])), tuple(relations.values())
    )
