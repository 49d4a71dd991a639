"""
Say a relation of place from its other end: "a cat next to a dog", "a dog next to a cat"; "above" becomes "below".

Both sides move whole, with everything that hangs on them, and nothing else may stand in their sentence; so no word
comes to stand beside something it did not belong to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from structclip_pipeline.negatives import rules
from structclip_pipeline.negatives.clauses import may_be_clause, unknown_words
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.lexicon import BACKREFERENCES, FEMININE, MASCULINE, MASS
from structclip_pipeline.negatives.number import EITHER, PLURAL, agreeing_auxiliary, object_number
from structclip_pipeline.negatives.repair import article_repairs
from structclip_pipeline.negatives.swap_object import moved_phrases
from structclip_pipeline.negatives.words import starts_sentence, tokens, word_before
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

_OPENINGS = ("", "there is", "there are", "there's", "here is", "here are")
_FACED = frozenset(
    ["tv", "television", "computer", "monitor", "screen", "laptop", "mirror", "camera", "fireplace", "stage", "desk"]
)
"""Things with a face of their own: a man in front of a screen is not one with the screen behind him."""

_LINK = re.compile(r"\s+(?:(?:that|which|who)\s+)?(?:(is|are|was|were)\s+)?", re.IGNORECASE)
_PLACES = frozenset(
    ["room", "bathroom", "kitchen", "bedroom", "street", "field", "park", "area", "city", "restroom", "office", "house"]
)
"""Heads that hold what is said to be in them: what follows "a bathroom with a sink" is read as said of the sink."""

_COMPARING = frozenset(["other", "another", "each", "same", "different", "one", "ones"])


@dataclass(frozen=True, slots=True)
class _Sides:
    """A relation, the phrases on both sides with all that hangs on them, and the auxiliary that links them, if any."""

    caption: str
    graph: SceneGraph
    relation: Relation
    left: SceneObject
    right: SceneObject
    auxiliary: tuple[int, int] | None


def reverse_relations(caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every relation of place said from its other end, and the reason of every one that is refused."""
    seen: set[tuple[int, int]] = set()
    for relation in graph.relations:
        words = _predicate(relation)
        if (relation.start, relation.end) in seen or (words not in SYMMETRIC and words not in CONVERSES):
            continue
        seen.add((relation.start, relation.end))
        sides = _sides(caption, graph, relation)
        reason = forbidden_reversal(sides) if sides else "not-whole"
        outcome = None if reason or sides is None else _reverse(sides)
        yield outcome or Refusal(KIND, reason or "determiner")


def _predicate(relation: Relation) -> str:
    return " ".join(relation.text.lower().split()).removeprefix("is ").removeprefix("are ")


def _offset(relation: Relation) -> int:
    """Where the predicate begins behind an auxiliary of its own."""
    found = re.match(r"(?:is|are)\s+", relation.text, re.IGNORECASE)
    return relation.start + (found.end() if found else 0)


def _sides(caption: str, graph: SceneGraph, relation: Relation) -> _Sides | None:
    """The two sides of a relation that fill their sentence from its start or "there is" to its end; None otherwise."""
    ends = [(graph.objects[r.head], graph.objects[r.tail]) for r in graph.relations if _same(r, relation)]
    first = min((head for head, _ in ends), key=lambda o: o.phrase_start)
    second = min((tail for _, tail in ends), key=lambda o: o.phrase_start)
    opening, end = caption[: first.phrase_start].rfind(".") + 1, _sentence_end(caption, relation.end)
    link = next((m for m in _LINK.finditer(caption, first.phrase_end) if m.end() == _offset(relation)), None)
    if caption[opening : first.phrase_start].strip().lower() not in _OPENINGS or link is None:
        return None
    if caption[relation.end : second.phrase_start].strip() or any(
        head.phrase_end > link.start() or tail.phrase_start < relation.end or tail.phrase_end > end
        for head, tail in ends
    ):
        return None
    left, right = replace(first, phrase_end=link.start()), replace(second, phrase_end=end)
    return _Sides(caption, graph, relation, left, right, link.span(1) if link.group(1) else None)


def _same(first: Relation, second: Relation) -> bool:
    return (first.start, first.end) == (second.start, second.end)


def _sentence_end(caption: str, position: int) -> int:
    found = re.compile(r"[.!?;]").search(caption, position)
    end = found.start() if found else len(caption)
    return position + len(caption[position:end].rstrip())


def forbidden_reversal(sides: _Sides) -> str | None:
    """The name of the first rule that forbids saying a relation from its other end, or None."""
    caption, graph, relation = sides.caption, sides.graph, sides.relation
    pair = graph.objects[relation.head], graph.objects[relation.tail]
    checks: rules.Checks = (
        ("pronoun", lambda: any(rules.is_pronoun(o) for o in pair)),
        ("no-noun", lambda: any(rules.is_no_noun(caption, o) or rules.is_placeless(o) for o in pair)),
        ("place", lambda: pair[0].lemma.lower().split()[-1] in _PLACES),
        ("further-relations", lambda: not _are_closed(sides)),
        ("comparison", lambda: _refers(caption, sides.right) or _refers_to_things(caption, sides.left)),
        ("bare-noun", lambda: _is_bare(sides)),
        ("faced", lambda: _predicate(relation) == "in front of" and _is_faced(pair[1])),
        ("clause", lambda: not (_is_one_phrase(sides, sides.left) and _is_one_phrase(sides, sides.right))),
        ("number", lambda: EITHER in _numbers(sides) and bool(_auxiliary(sides))),
    )
    return rules.first_that_holds(checks)


def _is_faced(item: SceneObject) -> bool:
    return item.lemma.lower().split()[-1].rstrip("s") in _FACED


def _are_closed(sides: _Sides) -> bool:
    """Whether every object and attribute of the sentence belongs to one side, and only this predicate joins the two."""
    graph = sides.graph
    left = _within(graph, sides.left)
    right = _within(graph, sides.right)
    crossing = [
        r for r in graph.relations if (r.head in left) != (r.tail in left) or (r.head in right) != (r.tail in right)
    ]
    loose = any(
        not _holds(side, a.start, a.end)
        for side, group in ((sides.left, left), (sides.right, right))
        for a in graph.attributes
        if a.object in group
    )
    ends = {sides.relation.head} <= left and {sides.relation.tail} <= right
    return ends and not loose and all(_same(r, sides.relation) and r.head in left and r.tail in right for r in crossing)


def _within(graph: SceneGraph, side: SceneObject) -> set[int]:
    return {k for k, o in enumerate(graph.objects) if _holds(side, o.phrase_start, o.phrase_end)}


def _holds(side: SceneObject, start: int, end: int) -> bool:
    return side.phrase_start <= start and end <= side.phrase_end


def _is_one_phrase(sides: _Sides, side: SceneObject) -> bool:
    """
    Whether a side is one noun phrase: every object hangs on its first by relations inside, or stands in its list.

    A list's members must all be ends of the relation that is reversed, and no participle follows on the right: it may
    belong to the left ("a factory near a track letting out smoke").
    """
    graph, members = sides.graph, _within(sides.graph, side)
    ends = {k for r in graph.relations if _same(r, sides.relation) for k in (r.head, r.tail)} & members
    attached = [r for r in graph.relations if r.head in members and r.tail in members and _holds(side, r.start, r.end)]
    if side == sides.right and any(r.text.split()[:1] and r.text.split()[0].endswith("ing") for r in attached):
        return False
    reached = set(ends)
    for _ in members:
        reached |= {r.tail for r in attached if r.head in reached}
    words = [w.lower() for w, _, _ in tokens(sides.caption[side.phrase_start : side.phrase_end])]
    joined = words.count("and") + words.count("&") + words.count("or") + words.count(",")
    span = side.phrase_start, side.phrase_end
    plain = not may_be_clause(sides.caption, graph, *span) and not unknown_words(sides.caption, graph, *span)
    return reached == members and joined < len(ends) and plain and not {"while", "as", "that", "who"} & set(words)


def _refers(caption: str, side: SceneObject) -> bool:
    words = set(caption[side.phrase_start : side.phrase_end].lower().split())
    return bool(words & (BACKREFERENCES | _COMPARING))


def _refers_to_things(caption: str, side: SceneObject) -> bool:
    words = set(caption[side.phrase_start : side.phrase_end].lower().split())
    return bool(words & ((BACKREFERENCES - MASCULINE - FEMININE) | _COMPARING))


def _is_bare(sides: _Sides) -> bool:
    """Whether the right side alone is a singular noun without a determiner: "a road under construction"."""
    right = sides.right
    bare = rules.is_bare_singular(sides.caption, right) and right.lemma.lower() not in MASS
    return bare and not rules.is_bare_singular(sides.caption, sides.left)


def _numbers(sides: _Sides) -> tuple[str, str]:
    first, second = (
        PLURAL if len(_ends(sides, side)) > 1 else object_number(sides.caption, side)
        for side in (sides.left, sides.right)
    )
    return first, second


def _ends(sides: _Sides, side: SceneObject) -> set[int]:
    ends = {k for r in sides.graph.relations if _same(r, sides.relation) for k in (r.head, r.tail)}
    return ends & _within(sides.graph, side)


def _auxiliary(sides: _Sides) -> tuple[int, int] | None:
    """The auxiliary that agrees with the left side: between it and the predicate, or behind "there"."""
    own = _offset(sides.relation)
    if own > sides.relation.start:
        return sides.relation.start, sides.relation.start + len(sides.caption[sides.relation.start : own].rstrip())
    if sides.auxiliary:
        return sides.auxiliary
    word, start, end = word_before(sides.caption, sides.left.phrase_start)
    return (start, end) if word and not starts_sentence(sides.caption, sides.left.phrase_start) else None


def _reverse(sides: _Sides) -> Exchange | None:
    caption, relation = sides.caption, sides.relation
    moved = moved_phrases(caption, sides.left, sides.right)
    if moved is None:
        return None
    words = _predicate(relation)
    lemma, replacements = relation.lemma, [*moved, *article_repairs(caption, moved[:1]), *_agree(sides)]
    if words in CONVERSES:
        lemma = CONVERSES[words]
        replacements.append(Replacement(_offset(relation), relation.end, lemma))
    rule = CONVERSE_RULE if words in CONVERSES else SYMMETRIC_RULE
    ends = sorted(((relation.head, relation.tail)), key=lambda k: sides.graph.objects[k].start)
    left, right = Element("object", ends[0]), Element("object", ends[1])
    return Exchange(KIND, rule, left, right, tuple(replacements), _reversed(sides.graph, relation, lemma))


def _agree(sides: _Sides) -> list[Replacement]:
    span, numbers = _auxiliary(sides), _numbers(sides)
    if span is None or numbers[0] == numbers[1]:
        return []
    word = sides.caption[slice(*span)]
    return [Replacement(*span, agreeing_auxiliary(word, numbers[1]))]


def _reversed(graph: SceneGraph, relation: Relation, lemma: str) -> tuple[Triple, ...]:
    """The triples with head and tail of every relation of the predicate exchanged."""
    return tuple(
        Triple(t.tail, lemma, t.head, t.tail_object, t.head_object)
        if k < len(graph.relations) and _same(graph.relations[k], relation)
        else t
        for k, t in enumerate(graph.triples())
    )
