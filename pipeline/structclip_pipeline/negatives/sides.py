"""The two sides of a relation that fills its sentence: the phrases before and behind it with all that hangs on them."""

import re
from dataclasses import dataclass, replace

from structclip_pipeline.negatives.clauses import may_be_clause, may_hide_verb, unknown_words
from structclip_pipeline.negatives.lexicon import BACKREFERENCES, FEMININE, MASCULINE, PREPOSITIONS
from structclip_pipeline.negatives.words import tokens, word_before
from structclip_schemas.graph import Relation, SceneGraph, SceneObject

_OPENINGS = ("", "there is", "there are", "there's", "here is", "here are")
_LINK = re.compile(r"\s+(?:(?:that|which|who)\s+)?(?:(is|are|was|were)\s+)?", re.IGNORECASE)
_COMPARING = frozenset(["other", "another", "each", "same", "different", "one", "ones"])


@dataclass(frozen=True, slots=True)
class Sides:
    """A relation, the phrases on both sides with all that hangs on them, and the auxiliary that links them, if any."""

    caption: str
    graph: SceneGraph
    relation: Relation
    left: SceneObject
    right: SceneObject
    auxiliary: tuple[int, int] | None


def read_sides(caption: str, graph: SceneGraph, relation: Relation) -> Sides | None:
    """The two sides of a relation that fill their sentence from its start or "there is" to its end; None otherwise."""
    ends = [(graph.objects[r.head], graph.objects[r.tail]) for r in graph.relations if are_one_predicate(r, relation)]
    first = min((head for head, _ in ends), key=lambda o: o.phrase_start)
    second = min((tail for _, tail in ends), key=lambda o: o.phrase_start)
    opening, end = caption[: first.phrase_start].rfind(".") + 1, _sentence_end(caption, relation.end)
    link = next((m for m in _LINK.finditer(caption, first.phrase_end) if m.end() == predicate_start(relation)), None)
    if caption[opening : first.phrase_start].strip().lower() not in _OPENINGS or link is None:
        return None
    if caption[relation.end : second.phrase_start].strip() or any(
        head.phrase_end > link.start() or tail.phrase_start < relation.end or tail.phrase_end > end
        for head, tail in ends
    ):
        return None
    left, right = replace(first, phrase_end=link.start()), replace(second, phrase_end=end)
    return Sides(caption, graph, relation, left, right, link.span(1) if link.group(1) else None)


def are_one_predicate(first: Relation, second: Relation) -> bool:
    """Whether two relations are said by the same words, as with coordinated ends."""
    return (first.start, first.end) == (second.start, second.end)


def _sentence_end(caption: str, position: int) -> int:
    found = re.compile(r"[.!?;]").search(caption, position)
    end = found.start() if found else len(caption)
    return position + len(caption[position:end].rstrip())


def predicate_start(relation: Relation) -> int:
    """The offset where a predicate begins behind an auxiliary of its own."""
    found = re.match(r"(?:is|are)\s+", relation.text, re.IGNORECASE)
    return relation.start + (found.end() if found else 0)


def are_closed(sides: Sides) -> bool:
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
    return (
        ends
        and not loose
        and all(are_one_predicate(r, sides.relation) and r.head in left and r.tail in right for r in crossing)
    )


def _within(graph: SceneGraph, side: SceneObject) -> set[int]:
    return {k for k, o in enumerate(graph.objects) if _holds(side, o.phrase_start, o.phrase_end)}


def _holds(side: SceneObject, start: int, end: int) -> bool:
    return side.phrase_start <= start and end <= side.phrase_end


def is_one_phrase(sides: Sides, side: SceneObject) -> bool:
    """
    Whether a side is one noun phrase: every object hangs on its first by relations inside, or stands in its list.

    A list's members must all be ends of the relation that is reversed, and no participle follows on the right: it may
    belong to the left ("a factory near a track letting out smoke"), as may any word behind the last phrase. A
    preposition at its end is half of another ("eating hay from behind a fence").
    """
    graph, members = sides.graph, _within(sides.graph, side)
    ends = ends_within(sides, side)
    attached = [r for r in graph.relations if r.head in members and r.tail in members and _holds(side, r.start, r.end)]
    if side == sides.right and any(r.text.split()[:1] and r.text.split()[0].endswith("ing") for r in attached):
        return False
    reached = set(ends)
    for _ in members:
        reached |= {r.tail for r in attached if r.head in reached}
    words = _words_between_phrases(sides, side)
    joined = sum(words.count(joiner) for joiner in ("and", "&", "or", ","))
    span = side.phrase_start, side.phrase_end
    if word_before(sides.caption, side.phrase_end)[0].lower() in PREPOSITIONS:
        return False
    ends_in_phrase = side.phrase_end == max(graph.objects[k].phrase_end for k in members)
    if (side == sides.right and not ends_in_phrase) or any(may_hide_verb(sides.caption, graph, k) for k in members):
        return False
    plain = not may_be_clause(sides.caption, graph, *span) and not unknown_words(sides.caption, graph, *span)
    return reached == members and joined == len(ends) - 1 and plain and not {"while", "as", "that", "who"} & set(words)


def _words_between_phrases(sides: Sides, side: SceneObject) -> list[str]:
    phrases = [(o.phrase_start, o.phrase_end) for o in sides.graph.objects]
    within = [t for t in tokens(sides.caption) if side.phrase_start <= t[1] < side.phrase_end]
    return [word.lower() for word, start, _ in within if not any(s <= start < e for s, e in phrases)]


def refers_back(caption: str, side: SceneObject) -> bool:
    """Whether a pronoun or a comparison in a side points at something said before: "his car", "another man"."""
    words = set(caption[side.phrase_start : side.phrase_end].lower().split())
    return bool(words & (BACKREFERENCES | _COMPARING))


def refers_to_things(caption: str, side: SceneObject) -> bool:
    """Whether a side holds a comparison or a pronoun that more than a person may be meant by: "its", "them"."""
    words = set(caption[side.phrase_start : side.phrase_end].lower().split())
    return bool(words & ((BACKREFERENCES - MASCULINE - FEMININE) | _COMPARING))


def ends_within(sides: Sides, side: SceneObject) -> set[int]:
    """The objects in a side that the relation itself joins: more than one where they are coordinated."""
    ends = {k for r in sides.graph.relations if are_one_predicate(r, sides.relation) for k in (r.head, r.tail)}
    return ends & _within(sides.graph, side)
