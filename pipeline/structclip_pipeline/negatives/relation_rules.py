"""What a predicate says of its two objects: a direction, nearness, a purpose, an occasion."""

import re
from functools import lru_cache

from structclip_pipeline.negatives.lexicon import (
    ANIMATE,
    BARRED_PREDICATES,
    POSTURES,
    PREPOSITIONS,
    RIDING,
    STATIC_POSTURES,
    SYMMETRIC_PREPOSITIONS,
    SYMMETRIC_VERBS,
    SYNONYMOUS_PREDICATES,
)
from structclip_pipeline.negatives.number import head_word
from structclip_pipeline.negatives.words import word_after
from structclip_schemas.graph import Relation, SceneGraph

_KEPT = 1 << 12

_EITHER_WAY = frozenset(
    ("along", "alongside", "around", "lead to", "attach to", "connect to", "plug into", "similar to")
)
"""With what a predicate ends that says where two things are to each other."""

_OF_SEVERAL = re.compile(
    r"\b(each|one another|together|side by side|and one (is|has)|one of (them|whom|which)|one with"
    r"|gather(s|ed|ing)?|piled|stacked|huddled|scattered|assembled|lined up|grouped)\b|, one "
)
"""Words that speak of several things: what they belong to does not become one."""


def last_word(lemma: str) -> str:
    """
    The last of a predicate's words, lower case; "" where it has none.

    >>> last_word("Sit next to"), last_word("")
    ('to', '')
    """
    return (lemma.lower().split() or [""])[-1]


def preposition_of(lemma: str) -> str:
    """A predicate's words without its verb: "around" of "sit around", "on" for "ride"; other verbs alone stay."""
    first, _, rest = lemma.partition(" ")
    if lemma in RIDING:
        return "on"
    return rest if rest and first not in PREPOSITIONS else lemma


def is_symmetric(relation: Relation) -> bool:
    """
    Whether exchanging the ends keeps the meaning: near, next to, beside, with, and, by, "sit next to", "stand with".

    What names a side ("to the right of", not "right next to") is not, whatever its lemma, nor are "with" after a
    participle ("covered with") and "by" after a passive ("ridden by"), but for how things stand ("situated by").
    """
    return _is_symmetric(relation.lemma.lower(), relation.text.lower())


@lru_cache(maxsize=_KEPT)
def _is_symmetric(lemma: str, text: str) -> bool:
    if text.startswith(("right next", "right beside", "right near", "right by")):
        lemma, text = lemma.removeprefix("right "), text.removeprefix("right ")
    if {"left", "right"} & set(text.split()):
        return False
    if lemma in SYMMETRIC_PREPOSITIONS or lemma in SYMMETRIC_VERBS:
        return True
    verb, _, rest = lemma.partition(" ")
    if rest == "at":
        return verb in STATIC_POSTURES
    if rest and verb in POSTURES:
        return any(
            rest == p or rest.endswith(" " + p)
            for p in SYMMETRIC_PREPOSITIONS
            if p not in ("around", "like", "against")
        )
    return (rest == "with" and text.partition(" ")[0].endswith("ing")) or rest in ("next to", "near", "beside")


def holds_either_way(graph: SceneGraph, relation: Relation) -> bool:
    """Whether a relation of two lifeless things may hold in either order though it names a direction: along, around."""
    words = relation.lemma.lower().split()
    ends = {head_word(graph.objects[relation.head]), head_word(graph.objects[relation.tail])}
    return ANIMATE.isdisjoint(ends) and not _EITHER_WAY.isdisjoint((" ".join(words[-1:]), " ".join(words[-2:])))


def is_wordless(relation: Relation) -> bool:
    """No word stands for the relation ("dog's tail"), or only one that joins parts and wholes ("of")."""
    return (
        not relation.text.strip()
        or relation.lemma.lower() in BARRED_PREDICATES
        or relation.text.lower() in BARRED_PREDICATES
    )


@lru_cache(maxsize=_KEPT)
def mean_the_same(first: str, second: str) -> bool:
    """Whether two predicates' lemmas say the same: "on" and "on top of", "near" and "next to", "on" and "stand on"."""
    first, second = first.lower(), second.lower()
    if RIDING & {first, second}:
        first, second = preposition_of(first), preposition_of(second)
    if first.split()[-1:] == second.split()[-1:] and 1 in (len(first.split()), len(second.split())):
        return True
    return first == second or any(first in s and second in s for s in SYNONYMOUS_PREDICATES)


def is_inverted(caption: str, graph: SceneGraph, relation: Relation) -> bool:
    """
    A participle between its object and its subject, which form a compound: "a horse drawn carriage".

    Not where a preposition comes between: "a truck surrounded by a fence".
    """
    head, tail = graph.objects[relation.head], graph.objects[relation.tail]
    if not (tail.end <= relation.start and head.start >= relation.end) or not relation.text.strip():
        return False
    words = last_word(relation.text), word_after(caption, relation.end)[0].lower()
    return PREPOSITIONS.isdisjoint(words)


def is_reciprocal(caption: str) -> bool:
    """Whether words of the caption ask for a plural subject: "each", "together", "gathered", "and one of them"."""
    return _OF_SEVERAL.search(caption.lower()) is not None


def is_on_each_side(relation: Relation) -> bool:
    """Whether a relation speaks of several sides: "a lamp on each side of the bed" has one bed for two lamps."""
    words = set(relation.text.lower().split())
    return bool({"each", "both", "either"} & words and {"side", "sides", "end", "ends"} & words)


def serves_a_purpose(relation: Relation) -> bool:
    """Whether a relation says what something is for: "decorated for the celebration"."""
    return last_word(relation.lemma) == "for"


def is_an_occasion(graph: SceneGraph, index: int) -> bool:
    """Whether an object says when something is: "swings during a game", and no game during a batter."""
    return any(r.tail == index and last_word(r.lemma) == "during" for r in graph.relations)
