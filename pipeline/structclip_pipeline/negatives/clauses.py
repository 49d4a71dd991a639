"""Whether a stretch of a caption may be more than a noun phrase: finite verbs, words that the graph does not know."""

from structclip_pipeline.negatives.lexicon import AUXILIARIES, FUNCTION_WORDS, PREPOSITIONS
from structclip_pipeline.negatives.number import verb_number
from structclip_pipeline.negatives.words import tokens
from structclip_schemas.graph import SceneGraph

PARTICIPLES = frozenset(
    ["parked", "covered", "filled", "surrounded", "topped", "seated", "dressed", "decorated", "placed", "perched"]
)
"""Forms in -ed that captions hardly use as past tenses."""


def may_be_clause(caption: str, graph: SceneGraph, start: int, end: int) -> bool:
    """Whether a finite verb may stand in ``caption[start:end]``: one the graph knows, or a word it does not."""
    return any(_may_be_finite(graph, word, first) for word, first, _ in _words_between(caption, graph, start, end))


def unknown_words(caption: str, graph: SceneGraph, start: int, end: int) -> list[str]:
    """The words of ``caption[start:end]``, lower case, that are in no phrase, predicate or closed class."""
    spans = [(e.start, e.end) for elements in (graph.relations, graph.attributes) for e in elements]
    return [
        word.lower()
        for word, first, _ in _words_between(caption, graph, start, end)
        if word[0].isalnum() and word.lower() not in FUNCTION_WORDS and not any(s <= first < e for s, e in spans)
    ]


def may_hide_verb(caption: str, graph: SceneGraph, index: int) -> bool:
    """Whether a phrase has a word in -s before its noun that no attribute names: "a cow drinks water" as one phrase."""
    item = graph.objects[index]
    named = [(a.start, a.end) for a in graph.attributes]
    return any(
        word.lower().endswith("s") and len(word) > 3 and not any(s <= start < e for s, e in named)
        for word, start, _ in tokens(caption)
        if item.phrase_start < start < item.start
    )


def _words_between(caption: str, graph: SceneGraph, start: int, end: int) -> list[tuple[str, int, int]]:
    phrases = [(o.phrase_start, o.phrase_end) for o in graph.objects]
    return [t for t in tokens(caption) if start <= t[1] < end and not any(s <= t[1] < e for s, e in phrases)]


def _may_be_finite(graph: SceneGraph, word: str, start: int) -> bool:
    lower = word.lower()
    if lower in AUXILIARIES:
        return lower not in ("being", "been", "be")
    if lower in FUNCTION_WORDS or lower.endswith("ing") or lower in PARTICIPLES or not word[0].isalpha():
        return False
    said = [(e.start, e.lemma.split()) for elements in (graph.relations, graph.attributes) for e in elements]
    for first, lemma in said:
        if first == start and lemma:
            verb = lemma[0]
            return verb not in PREPOSITIONS and (verb_number(word, verb) is not None or lower.endswith("ed"))
    return not any(r.start < start < r.end for r in graph.relations)
