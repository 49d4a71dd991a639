"""From scores to graphs over tokens; scores are rounded, so that arithmetic noise cannot turn a near tie."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from structclip_pipeline.parser.attachment import ScoredRelation, choose_attachments
from structclip_pipeline.parser.compounds import merge_compounds
from structclip_pipeline.parser.forward import Floats, Integers
from structclip_pipeline.parser.pairing import list_owners, list_pairs
from structclip_pipeline.parser.presence import TemplateWords
from structclip_pipeline.parser.shapes import BEGIN_ATTRIBUTE, BEGIN_OBJECT, IN_ATTRIBUTE, IN_OBJECT
from structclip_pipeline.parser.token_graph import VERB, TokenAttribute, TokenGraph, TokenRelation

Span = tuple[int, int]
_DECIMALS = 3
_COPULAS = frozenset(("is", "are", "was", "were"))


class Scoring(Protocol):
    """What scores sentences: the forward pass of trained weights, or a teacher."""

    def encode(self, sentences: Sequence[Sequence[str]]) -> Floats:
        """States (L, B, width), time first."""
        ...

    def score_tags(self, states: Floats) -> Floats:
        """Scores (L, B, 5)."""
        ...

    def score_pairs(self, states: Floats, objects: Integers, pairs: Integers, present: Floats) -> tuple[Floats, Floats]:
        """Template scores (p, T + 1) and joined states."""
        ...

    def score_pointers(self, states: Floats, sentences: Integers, joined: Floats) -> Floats:
        """Scores (n, L) of the pointed token."""
        ...

    def score_owners(self, states: Floats, objects: Integers, attributes: Integers, owners: Integers) -> Floats:
        """Scores (q,)."""
        ...


class Decoder:
    """Parses sentences of lower-cased words with one network and one list of templates."""

    def __init__(self, forward: Scoring, templates: Sequence[str]) -> None:
        self._forward = forward
        self._templates = templates
        self._words = TemplateWords(templates)
        self._takes_verb = np.array([t.split(" ", 1)[0] == VERB for t in templates] + [False])

    def decode(self, sentences: Sequence[Sequence[str]]) -> list[TokenGraph]:
        """One graph a sentence; sentences should be of similar length and none empty."""
        states = self._forward.encode(sentences)
        tags = np.argmax(_round(self._forward.score_tags(states)), -1).T
        spans = [_read_sentence(tags[row, : len(words)].tolist(), words) for row, words in enumerate(sentences)]
        owned = self._decode_attributes(states, spans)
        attributes = [keep_nearest_subjects(a, o, w) for a, (o, _), w in zip(owned, spans, sentences, strict=True)]
        relations = self._decode_relations(states, sentences, [objects for objects, _ in spans])
        return [
            merge_compounds(TokenGraph(tuple(objects), tuple(a), tuple(r)))
            for (objects, _), a, r in zip(spans, attributes, relations, strict=True)
        ]

    def _decode_attributes(
        self, states: Floats, spans: Sequence[tuple[list[Span], list[Span]]]
    ) -> list[list[TokenAttribute]]:
        found: list[list[TokenAttribute]] = [[] for _ in spans]
        objects, object_starts = _flatten([o for o, _ in spans])
        attributes, attribute_starts = _flatten([a for _, a in spans])
        owners = [
            (row, i, j, distance, rank)
            for row, (own_objects, own_attributes) in enumerate(spans)
            for i, j, distance, rank in list_owners(own_attributes, own_objects)
        ]
        if not owners:
            return found
        table = np.array([(i + attribute_starts[r], j + object_starts[r], d, k) for r, i, j, d, k in owners])
        scores = _round(self._forward.score_owners(states, objects, attributes, table)).tolist()
        best: dict[tuple[int, int], tuple[float, int]] = {}
        for (row, i, j, _, _), score in zip(owners, scores, strict=True):
            best[row, i] = max(best.get((row, i), (-np.inf, 0)), (score, -j))
        for (row, i, j, _, _), score in zip(owners, scores, strict=True):
            if score > 0 or best[row, i] == (score, -j):
                found[row].append(TokenAttribute(j, *spans[row][1][i]))
        return found

    def _decode_relations(
        self, states: Floats, sentences: Sequence[Sequence[str]], objects: Sequence[Sequence[Span]]
    ) -> list[list[TokenRelation]]:
        found: list[list[ScoredRelation]] = [[] for _ in objects]
        flat, starts = _flatten(objects)
        pairs = [(row, *pair) for row, own in enumerate(objects) for pair in list_pairs(own)]
        if not pairs:
            return [[] for _ in objects]
        table = np.array([(i + starts[r], j + starts[r], d, k) for r, i, j, d, k in pairs])
        present = self._words.mark(sentences, flat, table)
        scores, joined = self._forward.score_pairs(states, flat, table, present)
        lengths = np.array([len(words) for words in sentences])
        scores = _round(scores)
        templates = np.argmax(scores, -1)
        margins = (np.max(scores, -1) - scores[:, -1]).tolist()
        verbs = self._point(states, lengths, np.array([p[0] for p in pairs]), templates, joined)
        for (row, i, j, _, _), template, verb, margin in zip(pairs, templates.tolist(), verbs, margins, strict=True):
            if template < len(self._templates):
                found[row].append(ScoredRelation(TokenRelation(i, j, self._templates[template], verb), margin))
        return [choose_attachments(own) for own in found]

    def _point(
        self, states: Floats, lengths: Integers, sentences: Integers, templates: Integers, joined: Floats
    ) -> list[int]:
        verbs = np.full(len(templates), -1)
        chosen = np.flatnonzero(self._takes_verb[templates])
        if len(chosen):
            scores = _round(self._forward.score_pointers(states, sentences[chosen], joined[chosen]))
            scores[np.arange(scores.shape[1])[None, :] >= lengths[sentences[chosen]][:, None]] = -np.inf
            verbs[chosen] = np.argmax(scores, -1)
        return [int(v) for v in verbs]


def read_spans(tags: Sequence[int]) -> tuple[list[Span], list[Span]]:
    """
    Object and attribute spans of a row of tags; a span that lacks its first tag begins anyway.

    >>> read_spans([0, 3, 1, 2, 2])
    ([(2, 5)], [(1, 2)])
    """
    found: dict[int, list[Span]] = {BEGIN_OBJECT: [], BEGIN_ATTRIBUTE: []}
    kind, start = 0, 0
    for position, tag in enumerate([*tags, 0]):
        begins = {IN_OBJECT: BEGIN_OBJECT, IN_ATTRIBUTE: BEGIN_ATTRIBUTE}.get(tag, tag)
        if tag in (IN_OBJECT, IN_ATTRIBUTE) and begins == kind:
            continue
        if kind:
            found[kind].append((start, position))
        kind, start = begins, position
    return found[BEGIN_OBJECT], found[BEGIN_ATTRIBUTE]


def keep_nearest_subjects(
    attributes: Sequence[TokenAttribute], objects: Sequence[Span], words: Sequence[str]
) -> list[TokenAttribute]:
    """
    Attributes without those of a subject that has a copula of its own before a nearer owner of the same words.

    In "the ball is red and the cube is blue" the ball is not blue.
    """
    owners: dict[Span, list[int]] = {}
    for a in attributes:
        owners.setdefault((a.start, a.end), []).append(a.object)

    def is_far(a: TokenAttribute) -> bool:
        _, end = objects[a.object]
        nearer = (objects[k][0] for k in owners[a.start, a.end] if end < objects[k][0] < a.start)
        return any(_COPULAS.intersection(words[end:start]) for start in nearer)

    return [a for a in attributes if not is_far(a)]


def _read_sentence(tags: Sequence[int], words: Sequence[str]) -> tuple[list[Span], list[Span]]:
    objects, attributes = (trim_marks(spans, words) for spans in read_spans(tags))
    return objects, complete_places(attributes, objects, words)


def complete_places(attributes: Sequence[Span], objects: Sequence[Span], words: Sequence[str]) -> list[Span]:
    """
    Attributes with the word that a last "the" belongs to, where no object begins there: "on the left", not "on the".

    >>> complete_places([(2, 4)], [(1, 2)], ["the", "man", "on", "the", "left"])
    [(2, 5)]
    """
    taken = {i for start, end in objects for i in range(start, end)}
    kept: list[Span] = []
    for start, end in attributes:
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        elif words[end - 1] == "the" and end < len(words) and end not in taken and words[end].isalnum():
            kept.append((start, end + 1))
        else:
            kept.append((start, end))
    return kept


def trim_marks(spans: Sequence[Span], words: Sequence[str]) -> list[Span]:
    """
    Spans without punctuation at their ends; what is nothing else is left out.

    >>> trim_marks([(0, 2), (2, 3)], ["snow", "-", "!"])
    [(0, 1)]
    """
    kept = []
    for start, end in spans:
        solid = [i for i in range(start, end) if any(c.isalnum() for c in words[i])]
        if solid:
            kept.append((solid[0], solid[-1] + 1))
    return kept


def _round(scores: Floats) -> Floats:
    return np.round(scores, _DECIMALS)


def _flatten(spans: Sequence[Sequence[Span]]) -> tuple[Integers, list[int]]:
    """(row, first token, last token) of all spans, and where each row's begin."""
    rows = [(row, start, end - 1) for row, own in enumerate(spans) for start, end in own]
    starts = [0]
    for own in spans:
        starts.append(starts[-1] + len(own))
    return np.array(rows, dtype=np.int64).reshape(-1, 3), starts
