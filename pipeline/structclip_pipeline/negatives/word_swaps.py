"""
Strategies to compare scene-graph swaps with: exchanges that know words or word classes, and no graph.

``random`` exchanges two words, whichever they are. ``pos`` exchanges two spans of one class as NegCLIP does: singular
nouns, plural nouns, adjectives, adverbs, verb phrases, noun phrases of more than two words. As there, nothing is
repaired but the capital that opens a sentence.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations

from structclip_pipeline.negatives.editing import Replacement, build_edits
from structclip_pipeline.negatives.selection import keyed_hash
from structclip_pipeline.negatives.tagging import (
    ADJECTIVE,
    ADVERB,
    AUXILIARY,
    NOUN,
    PLURAL,
    VERB,
    Tagger,
    Word,
    read_words,
)
from structclip_pipeline.negatives.words import starts_sentence, tokens
from structclip_schemas.edits import apply_edits, folded_words
from structclip_schemas.graph import SceneGraph
from structclip_schemas.variant import Variant

RANDOM_RULE = "random-swap/1"
POS_RULE = "pos-swap/1"
PAIRS = 32
"""Most pairs of spans tried, of all words or of a class; of more, as many are drawn by hash of seed and caption."""

_DRAWS = 8 * PAIRS
_SHORTEST_PHRASE = 3
_LETTERS = {VERB: "V", ADVERB: "R", AUXILIARY: "X"}
_VERB_PHRASE = re.compile("V?R*X*V+")

Span = tuple[int, int]
WordSwaps = Callable[[str, SceneGraph, str, int], list[Variant]]
"""``swaps(caption, graph, caption_id, seed)``: candidates that differ as folded words, their triples not read yet."""


def swap_random_words(caption: str, _graph: SceneGraph, caption_id: str, seed: int) -> list[Variant]:
    """Exchanges of two words drawn from (seed, caption_id), each pair as likely as any other."""
    spans = [(start, end) for text, start, end in tokens(caption) if text[0].isalnum()]
    pairs = _draw_pairs(spans, [seed, caption_id, RANDOM_RULE])
    return _variants(caption, pairs, "random_swap", RANDOM_RULE)


def swap_word_classes(tagger: Tagger, caption: str, graph: SceneGraph, caption_id: str, seed: int) -> list[Variant]:
    """Exchanges of two spans of one word class, classes in the order of :func:`class_spans`."""
    spans = class_spans(caption, graph, tagger)
    pairs = [pair for name, own in spans.items() for pair in _draw_pairs(own, [seed, caption_id, POS_RULE, name])]
    return _variants(caption, pairs, "pos_swap", POS_RULE)


def class_spans(caption: str, graph: SceneGraph, tagger: Tagger) -> Mapping[str, list[Span]]:
    """The spans of each class in order of place; noun phrases are those of the graph's objects that do not overlap."""
    words = read_words(caption, graph, tagger)
    return {
        "noun phrase": _noun_phrases(caption, graph),
        "verb phrase": _verb_phrases(words),
        **{tag: [(w.start, w.end) for w in words if w.tag == tag] for tag in (NOUN, PLURAL, ADVERB, ADJECTIVE)},
    }


def _noun_phrases(caption: str, graph: SceneGraph) -> list[Span]:
    spans: list[Span] = []
    for start, end in sorted({(o.phrase_start, o.phrase_end) for o in graph.objects}):
        if len(tokens(caption[start:end])) >= _SHORTEST_PHRASE and (not spans or start >= spans[-1][1]):
            spans.append((start, end))
    return spans


def _verb_phrases(words: list[Word]) -> list[Span]:
    letters = "".join(_LETTERS.get(w.tag, "-") for w in words)
    return [(words[m.start()].start, words[m.end() - 1].end) for m in _VERB_PHRASE.finditer(letters)]


def _draw_pairs(spans: list[Span], key: list[str | int]) -> Iterator[tuple[Span, Span]]:
    """All pairs of few spans; of many, ``PAIRS`` drawn by hash, in time that does not grow with their number."""
    count = len(spans)
    if count * (count - 1) // 2 <= PAIRS:
        yield from combinations(spans, 2)
        return
    drawn: set[Span] = set()
    for draw in range(_DRAWS):
        number = keyed_hash([*key, draw])
        first, second = number % count, number // count % (count - 1)
        drawn.add((min(first, second + (second >= first)), max(first, second + (second >= first))))
        if len(drawn) == PAIRS:
            break
    yield from ((spans[i], spans[j]) for i, j in sorted(drawn))


def _variants(caption: str, pairs: Iterable[tuple[Span, Span]], kind: str, rule: str) -> list[Variant]:
    found: dict[tuple[str, ...], Variant] = {}
    original = folded_words(caption)
    for left, right in pairs:
        edits = build_edits(caption, _exchange(caption, left, right))
        text = apply_edits(caption, edits)
        words = folded_words(text)
        if words != original:
            found.setdefault(words, Variant(text, kind, (), edits, None, None, rule))
    return list(found.values())


def _exchange(caption: str, left: Span, right: Span) -> list[Replacement]:
    """Each span in the other's place; the capital that opens a sentence stays where it is."""
    first, second = caption[slice(*left)], caption[slice(*right)]
    if starts_sentence(caption, left[0]) and first[:1].isupper() and second[:1].islower():
        first, second = _lowered(first), second[:1].upper() + second[1:]
    return [Replacement(*left, second), Replacement(*right, first)]


def _lowered(text: str) -> str:
    """A text without its opening capital, unless its first word has others ("TV")."""
    word = text.split(maxsplit=1)[0] if text.split() else text
    return text if len(word) > 1 and not word[1:].islower() else text[:1].lower() + text[1:]
