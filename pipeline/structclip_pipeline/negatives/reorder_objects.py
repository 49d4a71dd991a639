"""
Exchange two objects that "and" or "or" joins: "a cat and a dog", "a dog and a cat"; the meaning stays.

The graph has to say the same of both, and nothing may hang on one of them by standing beside it alone.
"""

from collections.abc import Iterator
from itertools import combinations

from structclip_pipeline.negatives import phrase_rules
from structclip_pipeline.negatives.coordination import Pair, forbidden_coordination, is_coordination, is_determined
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.inflection import inflect_noun
from structclip_pipeline.negatives.lexicon import (
    ARTICLES,
    MASS,
    PARTITIVES,
)
from structclip_pipeline.negatives.number import (
    EITHER,
    PLURAL,
    SINGULAR,
    noun_number,
)
from structclip_pipeline.negatives.repair import article_repairs, exchange_spans
from structclip_schemas.graph import SceneGraph, SceneObject
from structclip_schemas.variant import Element

KIND, RULE = "reorder_objects", "reorder-objects/1"


def reorder_objects(caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every exchange of two coordinated objects, and the reason of every one that is refused."""
    items = [phrase_rules.with_complement(caption, graph, k) for k in range(len(graph.objects))]
    for i, j in combinations(range(len(items)), 2):
        if not is_coordination(caption, items, i, j):
            continue
        pair = Pair(caption, graph, (i, j), (items[i], items[j]))
        reason = forbidden_coordination(pair)
        moved = None if reason else _moved(pair)
        if reason or moved is None:
            yield Refusal(KIND, reason or "determiner")
            continue
        left, right = Element("object", i), Element("object", j)
        replacements = (*moved, *article_repairs(caption, moved[:1]))
        yield Exchange(KIND, RULE, left, right, replacements, graph.triples())


def _is_described(caption: str, item: SceneObject) -> bool:
    """Whether words other than a determiner stand before the noun, or an "of" behind it."""
    before = caption[item.phrase_start : item.end].split()
    return len(before) > 1 + int(is_determined(caption, item)) or item.phrase_end > item.end


def _moved(pair: Pair) -> list[Replacement] | None:
    """
    The phrases in each other's place; None where a word of the first might be said of both, or a noun would stand bare.

    "A knife and fork" keeps its article in place; "a table and chairs" gives "chairs and a table".
    """
    caption, (first, second) = pair.caption, pair.items
    whole = (first.phrase_start, first.phrase_end), (second.phrase_start, second.phrase_end)
    determined = is_determined(caption, first), is_determined(caption, second)
    described = _is_described(caption, first), _is_described(caption, second)
    mass = [o.lemma.lower() in MASS for o in pair.items]
    bare = [not determined[side] and noun_number(o.text) != PLURAL for side, o in enumerate(pair.items)]
    if determined == (False, False) and noun_number(first.text) != noun_number(second.text) and not any(mass):
        return None
    if determined[0] == determined[1] and (determined[0] or described[0] == described[1]):
        return exchange_spans(caption, *whole)
    if _is_collective(caption, first) and not determined[1]:
        return _moved_nouns(pair) if not described[1] and noun_number(first.text) == noun_number(second.text) else None
    if determined == (False, True):
        return None if bare[0] and not mass[0] else exchange_spans(caption, *whole)
    if determined[0] and not bare[1] and _is_one(caption, first):
        return exchange_spans(caption, *whole)
    said_of_both = caption[first.phrase_start :].split()[0].lower() in ARTICLES | {"some"}
    return None if any(described) or mass[0] != mass[1] or not said_of_both else _moved_nouns(pair)


def _is_collective(caption: str, item: SceneObject) -> bool:
    """Whether the phrase opens with a collective that may hold both: "a group of men and women"."""
    words = caption[item.phrase_start : item.start].lower().split()
    return words[-1:] == ["of"] and words[-2:-1] != [] and words[-2] in PARTITIVES


def _may_be_one(noun: str) -> bool:
    """A singular, or a noun like "zebra" that captions use for many but that has a plural; "sheep" has none."""
    number = noun_number(noun)
    return number == SINGULAR or (number == EITHER and inflect_noun(noun, PLURAL) not in (None, noun))


def _is_one(caption: str, item: SceneObject) -> bool:
    return caption[item.phrase_start : item.phrase_end].split()[0].lower() in ("a", "an")


def _moved_nouns(pair: Pair) -> list[Replacement] | None:
    first, second = pair.items
    if (
        not _is_collective(pair.caption, first)
        and _is_one(pair.caption, first)
        and not all(_may_be_one(o.text) for o in pair.items)
    ):
        return None
    return exchange_spans(pair.caption, (first.start, first.phrase_end), (second.start, second.phrase_end))
