"""
Say a relation of place from its other end: "a cat next to a dog", "a dog next to a cat"; "above" becomes "below".

Both sides move whole, with everything that hangs on them, and nothing else may stand in their sentence; so no word
comes to stand beside something it did not belong to.
"""

from collections.abc import Iterator

from structclip_pipeline.negatives import noun_rules, rules
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.lexicon import MASS
from structclip_pipeline.negatives.moved_phrases import moved_phrases
from structclip_pipeline.negatives.number import EITHER, PLURAL, agreeing_auxiliary, head_word, object_number
from structclip_pipeline.negatives.repair import article_repairs
from structclip_pipeline.negatives.sides import (
    Sides,
    are_closed,
    are_one_predicate,
    ends_within,
    is_one_phrase,
    predicate_start,
    read_sides,
    refers_back,
    refers_to_things,
)
from structclip_pipeline.negatives.words import starts_sentence, word_before
from structclip_schemas.graph import Relation, SceneGraph, SceneObject, Triple
from structclip_schemas.variant import Element

KIND, SYMMETRIC_RULE, CONVERSE_RULE = "reverse_relation", "reverse-symmetric/1", "reverse-converse/1"
SYMMETRIC = frozenset(
    [
        "near", "near to", "next to", "right next to", "beside", "close to", "adjacent to", "alongside", "across from",
        "opposite", "opposite of", "side by side with", "along side",
    ]
)  # fmt: skip
CONVERSES = {
    "above": "below",
    "below": "above",
    "over": "under",
    "under": "over",
    "underneath": "over",
    "beneath": "over",
    "in front of": "behind",
    "behind": "in front of",
    "left of": "right of",
    "right of": "left of",
    "to the left of": "to the right of",
    "to the right of": "to the left of",
    "on the left of": "on the right of",
    "on the right of": "on the left of",
    "on the left side of": "on the right side of",
    "on the right side of": "on the left side of",
}
"""Predicates of place by what they are from the other end; touching ("on top of") has none."""

_FACED = frozenset(
    ["tv", "television", "computer", "monitor", "screen", "laptop", "mirror", "camera", "fireplace", "stage", "desk"]
)
"""Things with a face of their own: a man in front of a screen is not one with the screen behind him."""

_PLACES = frozenset(
    ["room", "bathroom", "kitchen", "bedroom", "street", "field", "park", "area", "city", "restroom", "office", "house"]
)
"""Heads that hold what is said to be in them: what follows "a bathroom with a sink" is read as said of the sink."""


def reverse_relations(caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every relation of place said from its other end, and the reason of every one that is refused."""
    seen: set[tuple[int, int]] = set()
    for relation in graph.relations:
        words = _predicate(relation)
        if (relation.start, relation.end) in seen or (words not in SYMMETRIC and words not in CONVERSES):
            continue
        seen.add((relation.start, relation.end))
        sides = read_sides(caption, graph, relation)
        reason = forbidden_reversal(sides) if sides else "not-whole"
        outcome = None if reason or sides is None else _reverse(sides)
        yield outcome or Refusal(KIND, reason or "determiner")


def _predicate(relation: Relation) -> str:
    return " ".join(relation.text.lower().split()).removeprefix("is ").removeprefix("are ")


def forbidden_reversal(sides: Sides) -> str | None:
    """The name of the first rule that forbids saying a relation from its other end, or None."""
    caption, graph, relation = sides.caption, sides.graph, sides.relation
    pair = graph.objects[relation.head], graph.objects[relation.tail]
    checks: rules.Checks = (
        ("pronoun", lambda: any(noun_rules.is_pronoun(o) for o in pair)),
        ("no-noun", lambda: any(noun_rules.is_no_noun(caption, o) or noun_rules.is_placeless(o) for o in pair)),
        ("place", lambda: head_word(pair[0]) in _PLACES),
        ("further-relations", lambda: not are_closed(sides)),
        ("comparison", lambda: refers_back(caption, sides.right) or refers_to_things(caption, sides.left)),
        ("bare-noun", lambda: _is_bare(sides)),
        ("faced", lambda: _predicate(relation) == "in front of" and _is_faced(pair[1])),
        ("clause", lambda: not (is_one_phrase(sides, sides.left) and is_one_phrase(sides, sides.right))),
        ("number", lambda: EITHER in _numbers(sides) and bool(_auxiliary(sides))),
    )
    return rules.first_that_holds(checks)


def _is_faced(item: SceneObject) -> bool:
    return head_word(item).rstrip("s") in _FACED


def _is_bare(sides: Sides) -> bool:
    """Whether the right side alone is a singular noun without a determiner: "a road under construction"."""
    right = sides.right
    bare = noun_rules.is_bare_singular(sides.caption, right) and right.lemma.lower() not in MASS
    return bare and not noun_rules.is_bare_singular(sides.caption, sides.left)


def _numbers(sides: Sides) -> tuple[str, str]:
    first, second = (
        PLURAL if len(ends_within(sides, side)) > 1 else object_number(sides.caption, side)
        for side in (sides.left, sides.right)
    )
    return first, second


def _auxiliary(sides: Sides) -> tuple[int, int] | None:
    """The auxiliary that agrees with the left side: between it and the predicate, or behind "there"."""
    own = predicate_start(sides.relation)
    if own > sides.relation.start:
        return sides.relation.start, sides.relation.start + len(sides.caption[sides.relation.start : own].rstrip())
    if sides.auxiliary:
        return sides.auxiliary
    word, start, end = word_before(sides.caption, sides.left.phrase_start)
    return (start, end) if word and not starts_sentence(sides.caption, sides.left.phrase_start) else None


def _reverse(sides: Sides) -> Exchange | None:
    caption, relation = sides.caption, sides.relation
    moved = moved_phrases(caption, sides.left, sides.right)
    if moved is None:
        return None
    words = _predicate(relation)
    lemma, replacements = relation.lemma, [*moved, *article_repairs(caption, moved[:1]), *_agree(sides)]
    if words in CONVERSES:
        lemma = _converse_lemma(relation)
        replacements.append(Replacement(predicate_start(relation), relation.end, CONVERSES[words]))
    rule = CONVERSE_RULE if words in CONVERSES else SYMMETRIC_RULE
    left, right = Element("object", relation.head), Element("object", relation.tail)
    return Exchange(KIND, rule, left, right, tuple(replacements), _reversed(sides.graph, relation, lemma))


def _converse_lemma(relation: Relation) -> str:
    """The converse in the lemma's form: a side changes its name, any other predicate is its own lemma."""
    sides = {"left": "right", "right": "left"}
    if sides.keys() & set(relation.lemma.split()):
        return " ".join(sides.get(word, word) for word in relation.lemma.split())
    return CONVERSES[_predicate(relation)]


def _agree(sides: Sides) -> list[Replacement]:
    span, numbers = _auxiliary(sides), _numbers(sides)
    if span is None or numbers[0] == numbers[1]:
        return []
    word = sides.caption[slice(*span)]
    return [Replacement(*span, agreeing_auxiliary(word, numbers[1]))]


def _reversed(graph: SceneGraph, relation: Relation, lemma: str) -> tuple[Triple, ...]:
    """The triples with head and tail of every relation of the predicate exchanged."""
    return tuple(
        Triple(t.tail, lemma, t.head, t.tail_object, t.head_object)
        if k < len(graph.relations) and are_one_predicate(graph.relations[k], relation)
        else t
        for k, t in enumerate(graph.triples())
    )
