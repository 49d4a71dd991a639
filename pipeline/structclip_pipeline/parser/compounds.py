"""Objects that touch without being related are one compound noun: the last is the object, the others modify it."""

from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation


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
