"""What belongs to a noun phrase, and whether a span is a whole one."""

from dataclasses import replace

from structclip_pipeline.negatives.lexicon import (
    DETERMINERS,
    FUNCTION_WORDS,
    INTENSIFIERS,
    LIST_JOINTS,
    MASS,
    PARTITIVES,
)
from structclip_pipeline.negatives.noun_rules import is_bare_singular, opening_article
from structclip_pipeline.negatives.number import head_word
from structclip_pipeline.negatives.words import is_title_case, word_after, word_before
from structclip_schemas.graph import Attribute, SceneGraph, SceneObject

_PORTIONS = frozenset(("slices", "pieces"))
"""What makes a compound with a noun before it: "a plate of pizza slices"."""

_INSIDE_PHRASES = DETERMINERS | INTENSIFIERS


def overlap(first: SceneObject, second: SceneObject) -> bool:
    """Whether two phrases share characters or one lies in the other."""
    return first.phrase_start < second.phrase_end and second.phrase_start < first.phrase_end


def describing(graph: SceneGraph, index: int) -> list[Attribute]:
    """The attributes of an object that stand before its noun within its phrase."""
    item = graph.objects[index]
    return [a for a in graph.attributes if a.object == index and item.phrase_start <= a.start < item.start]


def overlaps_another(graph: SceneGraph, index: int) -> bool:
    """Whether another object's phrase shares words with this one's, inside or around it."""
    item = graph.objects[index]
    return any(k != index and overlap(item, other) for k, other in enumerate(graph.objects))


def overlaps_a_stranger(graph: SceneGraph, index: int) -> bool:
    """
    Whether the phrase shares words with another object that is more than a word of its noun: not for "a bathroom sink".

    Such a word moves along; the triples of an exchange still give its relation to what comes, as the contract asks.
    """
    item = graph.objects[index]
    return any(
        k != index and overlap(item, other) and not _modifies(graph, item, index, other, k)
        for k, other in enumerate(graph.objects)
    )


def _modifies(graph: SceneGraph, item: SceneObject, index: int, other: SceneObject, k: int) -> bool:
    """Whether all that is said of an object k within another's phrase is how it belongs to that noun behind it."""
    within = item.phrase_start <= other.phrase_start and other.end == other.phrase_end <= item.start
    related = [{r.head, r.tail} for r in graph.relations if k in (r.head, r.tail)]
    described = any(a.object == k for a in graph.attributes)
    return within and not described and all(ends == {k, index} for ends in related)


def has_loose_attribute(graph: SceneGraph, index: int) -> bool:
    """Whether an attribute of the object stands outside its phrase ("the dog is brown"): it would not move along."""
    item = graph.objects[index]
    return any(
        a.object == index and not item.phrase_start <= a.start <= a.end <= item.phrase_end for a in graph.attributes
    )


def shares_attribute(graph: SceneGraph, index: int) -> bool:
    """Whether one word describes this object and another ("red cups and plates"): it cannot move with one of them."""
    spans = {(a.start, a.end) for a in graph.attributes if a.object == index}
    return bool(spans) and any((a.start, a.end) in spans for a in graph.attributes if a.object != index)


def shares_its_article(caption: str, graph: SceneGraph, item: SceneObject) -> bool:
    """
    Whether the noun behind "and" or "or" has no article of its own ("a sink and mirror"), nor the next one of a list
    that "a" opens: "a sink, mirror and towels".
    """
    word, _, end = word_after(caption, item.phrase_end)
    start = word_after(caption, end)[1]
    following = next((o for o in graph.objects if o.phrase_start == start and is_bare_singular(caption, o)), None)
    if following is None or word.lower() in ("and", "or"):
        return following is not None
    opened = opening_article(caption, item.phrase_start, item.phrase_end) in ("a", "an")
    goes_on = word_after(caption, following.phrase_end)[0].lower() in LIST_JOINTS
    return word == "," and opened and goes_on and head_word(following) not in MASS


def with_complement(caption: str, graph: SceneGraph, index: int) -> SceneObject:
    """An object whose phrase takes its "of" along: "a plate of food" for the plate."""
    item = graph.objects[index]
    while item.lemma.lower() not in PARTITIVES:
        word, _, end = word_after(caption, item.phrase_end)
        if word.lower() != "of" or any(r.start < end <= r.end for r in graph.relations):
            break
        start = word_after(caption, end)[1]
        following = next((o for o in graph.objects if o.phrase_start == start), None)
        if following is None:
            break
        item = replace(item, phrase_end=following.phrase_end)
    return item


def ends_right_before(caption: str, item: SceneObject, offset: int) -> bool:
    """Whether nothing but a comma stands between a phrase's end and an offset."""
    return item.phrase_end <= offset and not caption[item.phrase_end : offset].strip(" ,")


def has_clear_phrase(caption: str, graph: SceneGraph, item: SceneObject) -> bool:
    """Whether an object's phrase is a whole noun phrase as far as its neighbours tell."""
    return has_clear_edges(caption, graph, item.phrase_start, item.phrase_end)


def has_clear_edges(caption: str, graph: SceneGraph, start: int, end: int) -> bool:
    """
    Whether a span is a whole noun phrase as far as its neighbours tell.

    Before it: the start, a mark, a function word that is no determiner, a predicate but no participle, which makes a
    compound with what follows ("snow covered ground"), and whatever is no determiner where an article opens it; behind
    it: the end, a mark unless examples follow (", including chocolate,"), a function word, a predicate, a stated
    property, and behind one thing a verb of which the graph does not tell ("a girl inhales").
    """
    before, before_start, before_end = word_before(caption, start)
    after, after_start, _ = word_after(caption, end)
    joined = (bool(after) and after_start == end and after[0] in "'\u2019-/&") or (
        before_end == start and before in ("-", "/", "'")
    )
    halved = before.lower() == "and" and _is_half(caption, graph, start, before_start)
    named = after[:1].isupper() and not is_title_case(caption) and after.lower() not in FUNCTION_WORDS
    begins = bool(opening_article(caption, start, end)) and before.isalpha() and before.lower() not in _INSIDE_PHRASES
    verb = follows_as_a_verb(caption, start, after)
    listed = after == "," and word_after(caption, after_start + 1)[0].lower() in ("including", "such")
    return (
        not joined
        and not halved
        and not listed
        and not named
        and (begins or _may_precede(before, before_start, graph))
        and (verb or _may_follow(after, after_start, graph))
    )


def follows_as_a_verb(caption: str, start: int, word: str) -> bool:
    """Whether a word behind a phrase that opens with "a", which no plural follows, looks like a verb: "inhales"."""
    one = caption[start:].lower().split(maxsplit=1)[:1] in (["a"], ["an"])
    plural = one and word.isalpha() and word.lower().endswith("s") and not word.lower().endswith("ss")
    return plural and word.lower() not in _PORTIONS


def _is_half(caption: str, graph: SceneGraph, start: int, conjunction: int) -> bool:
    """Whether a phrase without a determiner follows an "and" that joins it to no object: "a fruit and veggie stand"."""
    opening = caption[start:].split(maxsplit=1)[:1]
    before, before_start, _ = word_before(caption, conjunction)
    return (
        bool(opening)
        and opening[0].lower() not in DETERMINERS
        and before.isalpha()
        and not any(o.start <= before_start < o.end for o in graph.objects)
    )


def _may_precede(word: str, start: int, graph: SceneGraph) -> bool:
    lower = word.lower()
    if not word or not word[0].isalnum():
        return lower != "'s"
    if lower in _INSIDE_PHRASES or any(o.start <= start < o.end for o in graph.objects):
        return False
    if lower.endswith("ed"):
        return False
    if any(r.start <= start < r.end for r in graph.relations):
        return True
    return lower in FUNCTION_WORDS


def _may_follow(word: str, start: int, graph: SceneGraph) -> bool:
    lower = word.lower()
    if not word or not word[0].isalnum():
        return lower != "'s"
    if lower in ("where", "who", "whom", "whose"):
        return False
    if lower.endswith("ly") and not any(o.start <= start < o.end for o in graph.objects):
        return True
    if any(r.start == start for r in graph.relations if r.text) or any(a.start == start for a in graph.attributes):
        return True
    return lower in FUNCTION_WORDS or lower.endswith(("ing", "ed"))
