"""What the three replacements share: the words to choose from, what the image's captions name, and common checks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from structclip_pipeline.negatives import pair_rules, phrase_rules
from structclip_pipeline.negatives.exchange import Outcome
from structclip_pipeline.negatives.image_words import ImageWords
from structclip_pipeline.negatives.lexicon import ARTICLES, DETERMINERS, PARTITIVES
from structclip_pipeline.negatives.neighbours import Neighbours
from structclip_pipeline.negatives.words import tokens, word_before
from structclip_schemas.graph import SceneGraph, SceneObject

MOST = 12
"""Most words that replace one element."""

_COLLECTIVES = PARTITIVES & {"group", "groups", "couple", "pair", "lot", "lots", "bunch", "row", "rows", "number"}


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where a replacement finds its words, and the words that the image's captions use."""

    neighbours: Neighbours
    image: ImageWords


Replace = Callable[[Lookup, str, SceneGraph], Iterator[Outcome]]


def bind(replace: Replace, lookup: Lookup) -> Callable[[str, SceneGraph], Iterator[Outcome]]:
    """A replacement as the candidates are made by: of a caption and its graph alone."""
    return partial(replace, lookup)


def cased_as(text: str, replaced: str) -> str:
    """
    Text with the capitals of what it replaces.

    >>> cased_as("cat", "Dog"), cased_as("cat", "DOG"), cased_as("woman", "man")
    ('Cat', 'CAT', 'woman')
    """
    if replaced.isupper() and len(replaced) > 1:
        return text.upper()
    return text[:1].upper() + text[1:] if replaced[:1].isupper() else text


def is_plain_phrase(caption: str, graph: SceneGraph, item: SceneObject) -> bool:
    """Whether a noun ends its phrase behind determiners, attributes and collectives alone: no compound's part."""
    if item.end != item.phrase_end or not phrase_rules.has_clear_phrase(caption, graph, item):
        return False
    known = [(a.start, a.end) for a in graph.attributes]
    allowed = DETERMINERS | _COLLECTIVES | {"and", "of", "very", ","}
    opening = caption[item.phrase_start : item.start]
    return all(
        word.lower() in allowed or any(s <= item.phrase_start + start < e for s, e in known)
        for word, start, _ in tokens(opening)
    )


def is_mentioned_again(caption: str, graph: SceneGraph, index: int) -> bool:
    """Whether another phrase may name the object once more: same noun, or "the" before a word for such a thing."""
    item = graph.objects[index]
    own = item.text.lower().split()[-1]
    if sum(word.lower() == own for word, _, _ in tokens(caption)) > 1:
        return True
    return any(k != index and pair_rules.co_refer(item, other) for k, other in enumerate(graph.objects))


def is_negated(caption: str, start: int) -> bool:
    """Whether "no", "not" or "without" stands before an offset, an article aside."""
    word, before, _ = word_before(caption, start)
    if word.lower() in ARTICLES:
        word = word_before(caption, before)[0]
    return word.lower() in ("no", "not", "without")
