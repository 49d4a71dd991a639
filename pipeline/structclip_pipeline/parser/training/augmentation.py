"""Longer and differently punctuated captions made from training captions."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
from structclip_pipeline.parser.training.targets import Targets, join_targets, resize_targets

_JOINERS = (("and",), ("while",), (",",), (".",), ("as",), (",", "and"), (";",))


@dataclass(frozen=True, slots=True)
class Example:
    """
    The lower-cased words of a caption and the graph over them.

    ``targets`` where they are more than the graph says; ``gold`` unless the graph was found by a teacher.
    """

    words: tuple[str, ...]
    graph: TokenGraph
    targets: Targets | None = None
    gold: bool = True


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
        return cut_full_stop(example)
    return _resize(example, (*words, "."))


def cut_full_stop(example: Example) -> Example:
    """The caption without its last word, unless its graph needs that."""
    shorter = example.words[:-1]
    return _resize(example, shorter) if _fits(example.graph, len(shorter)) else example


def _resize(example: Example, words: tuple[str, ...]) -> Example:
    return Example(words, example.graph, example.targets and resize_targets(example.targets, len(words)))


def _fits(graph: TokenGraph, length: int) -> bool:
    return all(end <= length for _, end in graph.objects) and all(a.end <= length for a in graph.attributes)


def join(first: Example, second: Example, joiner: tuple[str, ...]) -> Example:
    """Two captions in one, with both graphs."""
    first = cut_full_stop(first) if first.words[-1:] == (".",) else first
    by = len(first.words) + len(joiner)
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
    targets = None
    if first.targets and second.targets:
        targets = join_targets(first.targets, second.targets, len(joiner), count)
    return Example((*first.words, *joiner, *second.words), graph, targets)
