"""How many of a thing a phrase speaks of, and where another number would be no English or no other meaning."""

from structclip_pipeline.negatives.lexicon import BODY_PARTS, DETERMINERS, SHARED_OUT
from structclip_pipeline.negatives.modifiers import Modifiers
from structclip_pipeline.negatives.number import EITHER, PLURAL, SINGULAR, head_word, noun_number, object_number
from structclip_pipeline.negatives.relation_rules import last_word
from structclip_pipeline.negatives.thesaurus import categories
from structclip_pipeline.negatives.words import word_before
from structclip_schemas.graph import SceneGraph, SceneObject

_NUMBERS = (
    ("a", "an", "one"),
    ("two", "couple", "pair"),
    *((word,) for word in ("three", "four", "five", "six", "seven", "eight", "nine", "ten")),
)
_EXACT = {word: number for number, words in enumerate(_NUMBERS, 1) for word in words}
_MANY = 0
_AMID = frozenset(("between", "among", "amongst", "amid"))
_COMPARING = frozenset(
    ("other", "others", "various", "different", "assorted", "mixed", "identical", "matching", "similar", "more")
)
"""Descriptions that only several things have."""


def counted_number(caption: str, item: SceneObject, number: str, modifiers: Modifiers) -> str:
    """The number that a phrase counts, of the ``number`` it agrees in; "a group of men" are several men."""
    if number == EITHER and modifiers.counts and caption[slice(*modifiers.opening)].lower().endswith(" of"):
        return noun_number(item.text)
    return number


def count_of(opening: str) -> int:
    """
    How many an opening says there are; 0 for several without a number.

    >>> [count_of(opening) for opening in ("A", "two", "a couple of", "12", "several", "a group of", "")]
    [1, 2, 2, 12, 0, 0, 0]
    """
    words = opening.lower().split()
    if not words:
        return _MANY
    if words[0].isdigit():
        return int(words[0])
    return _EXACT.get(words[1] if len(words) > 1 else words[0], _MANY)


def is_bare_plural(caption: str, item: SceneObject, modifiers: Modifiers) -> bool:
    """
    Whether several things are named without a word that counts or determines them: "cows", not "the cows".

    Not what only several can be ("other cows") or what one has several of anyway ("with hands").
    """
    return (
        modifiers.opening[0] == modifiers.opening[1]
        and modifiers.description[0] == item.phrase_start
        and noun_number(item.text) == PLURAL
        and head_word(item) not in BODY_PARTS
        and not compares(caption[slice(*modifiers.description)])
    )


def compares(description: str) -> bool:
    """Whether a description says what only several things can be: "other", "various"."""
    return not _COMPARING.isdisjoint(description.lower().split())


def shares_a_plural(caption: str, graph: SceneGraph, index: int, other: int) -> bool:
    """
    Whether an object's number goes with a third one's: two people in helmets have one each, one person has not, and
    two boys do not wear one hat.
    """
    return any(
        r.head == index and r.tail != other and last_word(r.lemma) in SHARED_OUT and _is_shared(caption, item)
        for r in graph.relations
        for item in [graph.objects[r.tail]]
    )


def is_shared_out(caption: str, graph: SceneGraph, index: int, other: int) -> bool:
    """Whether several of a third object have one of this each: of people with umbrellas each has an umbrella."""
    return noun_number(graph.objects[index].text) == PLURAL and any(
        r.tail == index
        and r.head not in (index, other)
        and last_word(r.lemma) in SHARED_OUT
        and object_number(caption, graph.objects[r.head]) != SINGULAR
        for r in graph.relations
    )


def _is_shared(caption: str, item: SceneObject) -> bool:
    return _is_bare(caption, item) or "clothing" in categories(item.lemma)


def _is_bare(caption: str, item: SceneObject) -> bool:
    opening = caption[item.phrase_start : item.start].lower().split()
    return noun_number(item.text) == PLURAL and not DETERMINERS.intersection(opening)


def is_amid(caption: str, graph: SceneGraph, index: int) -> bool:
    """Whether something is said to be between or among an object's things, which one thing does not allow."""
    if word_before(caption, graph.objects[index].phrase_start)[0].lower() in _AMID:
        return True
    return any(r.tail == index and not _AMID.isdisjoint(r.lemma.lower().split()) for r in graph.relations)
