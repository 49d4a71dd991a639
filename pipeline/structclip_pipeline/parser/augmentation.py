"""Longer and differently punctuated captions made from training captions."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation

_JOINERS = (("and",), ("while",), (",",), (".",), ("as",), (",", "and"), (";",))


@dataclass(frozen=True, slots=True)
class Example:
    """The lower-cased words of a caption and the graph over them."""

    words: tuple[str, ...]
    graph: TokenGraph


def augment(examples: Sequence[Example], rng: random.Random, *, joined: float, full_stop: float) -> list[Example]:
    """Every example once: a share joined with another, a share with a full stop added or taken away."""
    return [_vary(_maybe_join(e, examples, rng, joined), rng, full_stop) for e in examples]


def _maybe_join(example: Example, examples: Sequence[Example], rng: random.Random, share: float) -> Example:
    if rng.random() >= share:
        return example
    return join(example, rng.choice(examples), rng.choice(_JOINERS))


def _vary(example: Example, rng: random.Random, share: float) -> Example:
    if rng.random() >= share:
        return example
    words = example.words
    if words and words[-1] == ".":
        return Example(words[:-1], example.graph) if _fits(example.graph, len(words) - 1) else example
    return Example((*words, "."), example.graph)


def _fits(graph: TokenGraph, length: int) -> bool:
    return all(end <= length for _, end in graph.objects) and all(a.end <= length for a in graph.attributes)


def join(first: Example, second: Example, joiner: tuple[str, ...]) -> Example:
    """Two captions in one, with both graphs."""
    words = first.words[:-1] if first.words[-1:] == (".",) and _fits(first.graph, len(first.words) - 1) else first.words
    by = len(words) + len(joiner)
    shift, count = second.graph, len(first.graph.objects)
    graph = TokenGraph(
        first.graph.objects + tuple((s + by, e + by) for s, e in shift.objects),
        first.graph.attributes
        + tuple(TokenAttribute(a.object + count, a.start + by, a.end + by) for a in shift.attributes),
        first.graph.relations
        + tuple(
            TokenRelation(r.head + count, r.tail + count, r.template, r.verb + by if r.verb >= 0 else -1)
            for r in shift.relations
        ),
    )
    return Example((*words, *joiner, *second.words), graph)
