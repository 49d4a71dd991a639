"""The round trip: does the parser read the intended graph back from a variant?"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from structclip_schemas.graph import SceneGraph, Triple, lemma_set
from structclip_schemas.variant import Variant

Parse = Callable[[list[str]], list[SceneGraph]]


def check_round_trips(variants: Sequence[Variant], parse: Parse) -> list[Variant]:
    """The variants with ``round_trip`` set: True where parsing gives the intended set of lemma triples, case aside."""
    if not variants:
        return []
    graphs = parse([v.caption for v in variants])
    return [
        replace(v, round_trip=_folded(g.triples()) == _folded(v.triples)) for v, g in zip(variants, graphs, strict=True)
    ]


def _folded(triples: tuple[Triple, ...]) -> set[tuple[str, ...]]:
    return {tuple(word.lower() for word in lemmas) for lemmas in lemma_set(triples)}


def choose(orders: Sequence[list[Variant]], per_caption: int, verify: str, parse: Parse | None) -> list[list[Variant]]:
    """
    The first ``per_caption`` of each caption's ordered candidates.

    With ``flag`` the chosen are parsed and carry the outcome; with ``drop`` those that fail give way to the next in
    order until enough pass or none is left; with ``off`` nothing is parsed. All captions are parsed in common batches.
    """
    if verify == "off" or parse is None:
        return [order[:per_caption] for order in orders]
    if verify == "flag":
        return _in_batches([order[:per_caption] for order in orders], parse)
    return _passing(orders, per_caption, parse)


def _passing(orders: Sequence[list[Variant]], per_caption: int, parse: Parse) -> list[list[Variant]]:
    passed: list[list[Variant]] = [[] for _ in orders]
    following = [0] * len(orders)
    while True:
        wanted = [
            order[n : n + per_caption - len(done)] for order, n, done in zip(orders, following, passed, strict=True)
        ]
        if not any(wanted):
            return passed
        for index, checked in enumerate(_in_batches(wanted, parse)):
            following[index] += len(checked)
            passed[index] += [v for v in checked if v.round_trip]


def _in_batches(groups: Sequence[list[Variant]], parse: Parse) -> list[list[Variant]]:
    checked = iter(check_round_trips([v for group in groups for v in group], parse))
    return [[next(checked) for _ in group] for group in groups]
