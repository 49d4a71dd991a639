"""What the network should say of a caption: the gold graph's answers, a teacher's, or a blend of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from structclip_pipeline.parser.forward import Floats
from structclip_pipeline.parser.pairing import Span, list_owners, list_pairs
from structclip_pipeline.parser.shapes import BEGIN_ATTRIBUTE, BEGIN_OBJECT, IN_ATTRIBUTE, IN_OBJECT, OUTSIDE, TAGS
from structclip_pipeline.parser.token_graph import TokenGraph


@dataclass(frozen=True, slots=True)
class Targets:
    """
    Probabilities for a caption of L tokens, over the spans of its graph.

    ``tags`` (L, 5); ``templates`` (T + 1,) of each ordered pair of objects, "none" last; ``pointers`` (L,) where a
    pair's verb stands, adding up to the probability that it has one; ``owners`` of each attribute's span and object.
    """

    tags: Floats
    templates: Mapping[tuple[int, int], Floats]
    pointers: Mapping[tuple[int, int], Floats]
    owners: Mapping[tuple[Span, int], float]


def list_attribute_spans(graph: TokenGraph) -> list[Span]:
    """The spans of a graph's attributes, each once, in order."""
    return sorted({(a.start, a.end) for a in graph.attributes})


def read_targets(graph: TokenGraph, length: int, numbers: Mapping[str, int]) -> Targets:
    """The answers of a gold graph as probabilities of 0 and 1; templates outside ``numbers`` count as none."""
    relations = {(r.head, r.tail): r for r in graph.relations if r.template in numbers}
    templates, pointers = {}, {}
    for i, j, _, _ in list_pairs(graph.objects):
        relation = relations.get((i, j))
        templates[i, j] = np.zeros(len(numbers) + 1, np.float32)
        templates[i, j][numbers[relation.template] if relation else -1] = 1
        if relation and relation.verb >= 0:
            pointers[i, j] = np.zeros(length, np.float32)
            pointers[i, j][relation.verb] = 1
    spans = list_attribute_spans(graph)
    owned = {((a.start, a.end), a.object) for a in graph.attributes}
    owners = {(spans[i], j): float((spans[i], j) in owned) for i, j, _, _ in list_owners(spans, graph.objects)}
    return Targets(np.eye(len(TAGS), dtype=np.float32)[tag_tokens(graph, length)], templates, pointers, owners)


def tag_tokens(graph: TokenGraph, length: int) -> list[int]:
    """The tag of each token; objects win over attributes that overlap them."""
    tags = [OUTSIDE] * length
    for attribute in graph.attributes:
        _mark(tags, (attribute.start, attribute.end), BEGIN_ATTRIBUTE, IN_ATTRIBUTE)
    for span in graph.objects:
        _mark(tags, span, BEGIN_OBJECT, IN_OBJECT)
    return tags


def _mark(tags: list[int], span: Span, begin: int, inside: int) -> None:
    tags[span[0] : span[1]] = [begin] + [inside] * (span[1] - span[0] - 1)


def blend_targets(gold: Targets, taught: Targets, share: float) -> Targets:
    """Gold and a teacher's answers over the same spans, the teacher's with weight ``share``."""
    nothing = np.zeros(len(gold.tags), np.float32)
    both = gold.pointers.keys() | taught.pointers.keys()

    def mix(a: Floats, b: Floats) -> Floats:
        mixed: Floats = (1 - share) * a + share * b
        return mixed

    return Targets(
        mix(gold.tags, taught.tags),
        {pair: mix(gold.templates[pair], taught.templates[pair]) for pair in gold.templates},
        {pair: mix(gold.pointers.get(pair, nothing), taught.pointers.get(pair, nothing)) for pair in both},
        {key: (1 - share) * gold.owners[key] + share * taught.owners[key] for key in gold.owners},
    )


def join_targets(first: Targets, second: Targets, gap: int, objects: int) -> Targets:
    """Targets of two captions with ``gap`` unmarked tokens between; ``objects`` counts the first one's."""
    outside = np.zeros((gap, len(TAGS)), np.float32)
    outside[:, OUTSIDE] = 1
    by, length = len(first.tags) + gap, len(first.tags) + gap + len(second.tags)
    return Targets(
        np.concatenate([first.tags, outside, second.tags]),
        {**first.templates, **{(i + objects, j + objects): p for (i, j), p in second.templates.items()}},
        {
            **{pair: _place(p, 0, length) for pair, p in first.pointers.items()},
            **{(i + objects, j + objects): _place(p, by, length) for (i, j), p in second.pointers.items()},
        },
        {**first.owners, **{((s + by, e + by), j + objects): p for ((s, e), j), p in second.owners.items()}},
    )


def resize_targets(targets: Targets, length: int) -> Targets:
    """Targets of a caption that lost its last token, or that got one more without a mark."""
    outside = np.zeros((max(0, length - len(targets.tags)), len(TAGS)), np.float32)
    outside[:, OUTSIDE] = 1
    pointers = {pair: _place(p[:length], 0, length) for pair, p in targets.pointers.items()}
    return Targets(np.concatenate([targets.tags[:length], outside]), targets.templates, pointers, targets.owners)


def _place(row: Floats, at: int, length: int) -> Floats:
    placed = np.zeros(length, np.float32)
    placed[at : at + len(row)] = row
    return placed


def stack_rows(rows: Sequence[Floats], width: int) -> Floats:
    """Rows of different lengths as one matrix, padded with zeros."""
    stacked = np.zeros((len(rows), width), np.float32)
    for i, row in enumerate(rows):
        stacked[i, : len(row)] = row
    return stacked
