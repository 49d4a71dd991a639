"""Align gold triples with the caption: which tokens each object, attribute and verb stands on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from structclip_pipeline.parser.predicates import split_predicate
from structclip_pipeline.parser.token_graph import Token, TokenAttribute, TokenGraph, TokenRelation, span_text
from structclip_pipeline.parser.training.similarity import rate_match, rate_verb

Span = tuple[int, int]
_LONGEST = 7
_DISTANCE_COST = 0.012
_WORTH_A_WORD = 0.02
_MINIMUM = 0.5


@dataclass
class Alignment:
    """What was aligned, and the gold phrase each span stands for, from which the lemma tables are counted."""

    graph: TokenGraph
    object_phrases: dict[Span, str] = field(default_factory=dict)
    attribute_phrases: list[tuple[Span, str]] = field(default_factory=list)
    verbs: list[tuple[int, str]] = field(default_factory=list)
    lost: list[tuple[str, ...]] = field(default_factory=list)


def align(
    tokens: Sequence[Token], triples: Sequence[tuple[str, ...]], synonyms: Mapping[tuple[str, str], float] | None = None
) -> Alignment:
    """
    Find the spans of a gold graph; ``synonyms`` rates (caption word, gold phrase) pairs that no rule connects.

    A phrase that the caption says twice is read at the place nearest to what its triple joins; triples without a place
    are in ``lost``.
    """
    search = _Search(tokens, synonyms or {})
    found = Alignment(TokenGraph())
    attributes: list[tuple[Span, Span]] = []
    relations: list[tuple[Span, Span, str, int]] = []
    for triple in triples:
        if len(triple) == 3 and triple[1] != "is":
            _align_relation(search, found, relations, triple)
    for triple in triples:
        if len(triple) == 3 and triple[1] == "is":
            _align_attribute(search, found, attributes, triple)
    for triple in triples:
        if len(triple) == 1:
            _align_object(search, found, triple)
    found.graph = _assemble(found, attributes, relations)
    return found


class _Search:
    """The caption's spans with their texts, and which of them match a phrase."""

    def __init__(self, tokens: Sequence[Token], synonyms: Mapping[tuple[str, str], float]) -> None:
        self.tokens = tokens
        self.synonyms = synonyms
        self.texts = [
            (start, end, span_text(tokens, start, end))
            for start in range(len(tokens))
            for end in range(start + 1, min(len(tokens), start + _LONGEST) + 1)
        ]
        self.memory: dict[str, list[tuple[float, Span]]] = {}

    def find(self, phrase: str) -> list[tuple[float, Span]]:
        """Every span that matches, rated; a part of the phrase counts when nothing matches whole."""
        if phrase not in self.memory:
            found = self._find_whole(phrase)
            self.memory[phrase] = found or self._find_head(phrase)
        return self.memory[phrase]

    def _find_whole(self, phrase: str) -> list[tuple[float, Span]]:
        width = len(phrase.split()) + 4
        rated = [(self._rate(text, phrase), (start, end)) for start, end, text in self.texts if end - start <= width]
        best = max((rate for rate, _ in rated), default=0.0)
        return [(rate, span) for rate, span in rated if rate >= max(_MINIMUM, best - 0.1)]

    def _rate(self, text: str, phrase: str) -> float:
        return max(rate_match(text, phrase), self.synonyms.get((text, phrase), 0.0))

    def _find_head(self, phrase: str) -> list[tuple[float, Span]]:
        words = phrase.split()
        if len(words) < 2:
            return []
        return [(0.6 * rate, span) for rate, span in self._find_whole(words[-1]) if rate >= 0.9]

    def verbs(self, verb: str) -> list[tuple[float, int]]:
        """Every token that may be a form of the verb, rated."""
        rated = [
            (max(rate_verb(t.text, verb), self.synonyms.get((t.text, verb), 0.0)), i) for i, t in enumerate(self.tokens)
        ]
        best = max((rate for rate, _ in rated), default=0.0)
        return [(rate, i) for rate, i in rated if rate >= max(_MINIMUM, best - 0.1)]


def _gap(a: Span, b: Span) -> int:
    return max(a[0] - b[1], b[0] - a[1], 0)


def _overlap(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _clashes(found: Alignment, span: Span) -> bool:
    return any(_overlap(span, other) and span != other for other in found.object_phrases)


def _align_relation(
    search: _Search, found: Alignment, relations: list[tuple[Span, Span, str, int]], triple: tuple[str, ...]
) -> None:
    head, predicate, tail = triple
    verb, template = split_predicate(predicate)
    verbs = search.verbs(verb) if verb else []
    best: tuple[float, Span, Span, int] | None = None
    for rate_h, span_h in search.find(head):
        for rate_t, span_t in search.find(tail):
            if _overlap(span_h, span_t) or _clashes(found, span_h) or _clashes(found, span_t):
                continue
            rate = rate_h + rate_t - _DISTANCE_COST * _gap(span_h, span_t)
            rate_v, verb_token = _nearest_verb(verbs, span_h, span_t)
            if best is None or rate + rate_v > best[0]:
                best = (rate + rate_v, span_h, span_t, verb_token)
    if best is None:
        _lose(search, found, triple)
        return
    _, span_h, span_t, verb_token = best
    found.object_phrases.setdefault(span_h, head)
    found.object_phrases.setdefault(span_t, tail)
    if verb and verb_token >= 0:
        found.verbs.append((verb_token, verb))
    relations.append((span_h, span_t, template if verb_token >= 0 else predicate, verb_token))


def _lose(search: _Search, found: Alignment, triple: tuple[str, ...]) -> None:
    found.lost.append(triple)
    for phrase in (triple[0], triple[2]) if triple[1] != "is" else triple[:1]:
        _align_object(search, found, (phrase,))


def _nearest_verb(verbs: list[tuple[float, int]], head: Span, tail: Span) -> tuple[float, int]:
    best = (0.0, -1)
    for rate, token in verbs:
        here = (token, token + 1)
        if _overlap(here, head) or _overlap(here, tail):
            rate -= 0.4
        between = min(head[1], tail[1]) <= token < max(head[0], tail[0])
        rate = 0.3 * rate - (0.0 if between else _DISTANCE_COST * min(_gap(here, head), _gap(here, tail)) + 0.01)
        if rate > best[0]:
            best = (rate, token)
    return best


def _align_attribute(
    search: _Search, found: Alignment, attributes: list[tuple[Span, Span]], triple: tuple[str, ...]
) -> None:
    owner, _, value = triple
    best: tuple[float, Span, Span] | None = None
    for rate_o, span_o in search.find(owner):
        if _clashes(found, span_o):
            continue
        known = _WORTH_A_WORD if span_o in found.object_phrases else 0.0
        for rate_a, span_a in search.find(value):
            if _overlap(span_o, span_a) or _clashes(found, span_a) or span_a in found.object_phrases:
                continue
            rate = rate_o + rate_a + known - _DISTANCE_COST * _gap(span_o, span_a) - 0.005 * (span_a[0] > span_o[0])
            if best is None or rate > best[0]:
                best = (rate, span_o, span_a)
    if best is None:
        _lose(search, found, triple)
        return
    found.object_phrases.setdefault(best[1], owner)
    found.attribute_phrases.append((best[2], value))
    attributes.append((best[1], best[2]))


def _align_object(search: _Search, found: Alignment, triple: tuple[str, ...]) -> None:
    phrase = triple[0]
    if phrase in found.object_phrases.values():
        return
    places = [(rate, -span[0], span) for rate, span in search.find(phrase) if not _clashes(found, span)]
    if places:
        found.object_phrases.setdefault(max(places)[2], phrase)
    else:
        found.lost.append(triple)


def _assemble(
    found: Alignment, attributes: list[tuple[Span, Span]], relations: list[tuple[Span, Span, str, int]]
) -> TokenGraph:
    objects = sorted(found.object_phrases)
    index = {span: i for i, span in enumerate(objects)}
    taken = [span for _, span in attributes]
    kept = [
        TokenAttribute(index[owner], *span)
        for owner, span in attributes
        if not any(_overlap(span, o) for o in objects) and not _hides(span, taken)
    ]
    joined = {(index[h], index[t]): TokenRelation(index[h], index[t], p, v) for h, t, p, v in reversed(relations)}
    return TokenGraph(tuple(objects), tuple(kept), tuple(joined.values()))


def _hides(span: Span, others: list[Span]) -> bool:
    """Whether another, longer attribute overlaps this one."""
    return any(_overlap(span, other) and (other[1] - other[0]) > (span[1] - span[0]) for other in others)
