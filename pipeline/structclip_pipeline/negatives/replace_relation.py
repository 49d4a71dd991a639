"""Replace a relation by one that excludes it: "on" by "under", "sitting on" by "standing on", "riding" by "pushing"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from structclip_pipeline.negatives import noun_rules, relation_rules, rules
from structclip_pipeline.negatives.contexts import name_object, predicate_of
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.lexicon import ADVERBS, FINITE_AUXILIARIES, PREPOSITIONS
from structclip_pipeline.negatives.neighbours import Neighbours
from structclip_pipeline.negatives.oppositions import ACTIONS, POSTURES_OF, SIDES
from structclip_pipeline.negatives.replacing import MOST, Lookup, cased_as, is_negated
from structclip_pipeline.negatives.thesaurus import categories
from structclip_pipeline.negatives.verb_forms import inflect_like
from structclip_schemas.graph import Relation, SceneGraph, SceneObject, Triple
from structclip_schemas.variant import Element

KIND, RULE = "replace_relation", "replace-relation/1"

_SURROUNDING = ("clothing", "jewelry", "body part", "weather")
"""Categories of what is around or at something in one way only."""

_STAYING = frozenset(
    ("sit", "stand", "park", "lie", "lay", "rest", "pose", "sleep", "kneel", "squat", "perch", "walk", "run", "swim",
     "hang", "stay", "gather", "float", "place")
)  # fmt: skip
"""Verbs that leave it to their preposition where something is; "talk on" and "partake in" do not."""

_COVERABLE = frozenset({"container", "vehicle", "building", "appliance"})
"""Categories of things that one may be in or on top of, and not both."""

_LEVEL = frozenset({"land", "road", "water"})
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Change:
    """Words to put in the place of a part of a relation's span, and the lemma of the relation afterwards."""

    start: int
    end: int
    after: str
    lemma: str


def replace_relations(lookup: Lookup, caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every replacement of a predicate, and the reason where there is none."""
    seen: set[tuple[int, int]] = set()
    for index, relation in enumerate(graph.relations):
        span = relation.start, relation.end
        if span in seen:
            continue
        seen.add(span)
        reason = forbidden_relation(caption, graph, relation)
        changes = [] if reason else list(_changes(lookup, graph, relation))
        if not changes:
            yield Refusal(KIND, reason or "no-other-word")
        for change in changes[:MOST]:
            yield _replace(graph, index, change)


def forbidden_relation(caption: str, graph: SceneGraph, relation: Relation) -> str | None:
    """The name of the first rule that forbids replacing a predicate, or None."""
    head, tail = graph.objects[relation.head], graph.objects[relation.tail]
    checks: rules.Checks = (
        ("wordless-relation", lambda: relation_rules.is_wordless(relation)),
        ("pronoun", lambda: any(map(noun_rules.is_pronoun, (head, tail)))),
        ("no-noun", lambda: any(noun_rules.is_no_noun(caption, o) for o in (head, tail))),
        ("placeless", lambda: noun_rules.is_placeless(tail) or noun_rules.is_partitive(caption, tail)),
        ("gapped-predicate", lambda: not _stands_before(caption, graph, relation, tail)),
        ("one-word-two-relations", lambda: _is_ambiguous(graph, relation)),
        ("negated", lambda: is_negated(caption, relation.start)),
    )
    return rules.first_that_holds(checks)


def _stands_before(caption: str, graph: SceneGraph, relation: Relation, tail: SceneObject) -> bool:
    """Whether the predicate's words are together and one of its second objects follows at once."""
    inside = any(o.start < relation.end and relation.start < o.end for o in graph.objects)
    same = [graph.objects[r.tail] for r in graph.relations if (r.start, r.end) == (relation.start, relation.end)]
    first = min((o.phrase_start for o in same), default=tail.phrase_start)
    head = graph.objects[relation.head]
    return (
        not inside
        and first >= relation.end
        and not caption[relation.end : first].strip()
        and head.end <= relation.start
    )


def _is_ambiguous(graph: SceneGraph, relation: Relation) -> bool:
    """Whether another relation uses some of the same words in another way."""
    own = relation.start, relation.end
    return any(
        r.start < relation.end and relation.start < r.end and ((r.start, r.end) != own or r.lemma != relation.lemma)
        for r in graph.relations
    )


def _changes(lookup: Lookup, graph: SceneGraph, relation: Relation) -> Iterator[Change]:
    yield from _turned_sides(relation)
    split = _split(relation)
    if split is None:
        return
    verb, place = split
    if place:
        yield from _other_places(lookup, graph, relation, place)
    if verb:
        yield from _other_verbs(lookup, graph, relation, verb, place)


def _split(relation: Relation) -> tuple[re.Match[str] | None, re.Match[str] | None] | None:
    """The verb and the preposition (one match to the span's end) of a predicate; None where it has other words."""
    words = list(_WORD.finditer(relation.text))
    while words and (words[0].group().lower() in FINITE_AUXILIARIES | ADVERBS - PREPOSITIONS):
        words = words[1:]
    verb = words.pop(0) if words and predicate_of(relation.lemma)[0] else None
    if not words:
        return (verb, None) if verb else None
    place = re.compile(r".+", re.DOTALL).match(relation.text, words[0].start())
    spelled = " ".join(w.group().lower() for w in words)
    return (verb, place) if spelled in _sides() or verb else None


def _turned_sides(relation: Relation) -> Iterator[Change]:
    """Left for right, and right for left, where a predicate names a side."""
    for side, other in (("left", "right"), ("right", "left")):
        found = re.search(rf"\b{side}\b", relation.text, re.IGNORECASE)
        if found and re.search(rf"\b{side}\b", relation.lemma):
            lemma = re.sub(rf"\b{side}\b", other, relation.lemma)
            start = relation.start + found.start()
            yield Change(start, start + len(side), cased_as(other, found.group()), lemma)


def _other_places(lookup: Lookup, graph: SceneGraph, relation: Relation, place: re.Match[str]) -> Iterator[Change]:
    tail = name_object(graph.objects[relation.tail].lemma)
    said = place.group().lower()
    verb = predicate_of(relation.lemma)[0]
    if _is_passive(relation) or (verb and verb not in _STAYING) or tail == "sky":
        return
    for other in _sides().get(said, ()):
        if (
            not excludes(said, other, tail)
            or lookup.image.place(other, tail)
            or not is_known_with(lookup.neighbours, other, tail)
        ):
            continue
        start = relation.start + place.start()
        yield Change(start, relation.end, cased_as(other, place.group()), f"{verb} {other}".strip())


def excludes(said: str, other: str, tail: str) -> bool:
    """
    Whether a thing is not both ``said`` and ``other`` to what a noun names.

    In a chair is on top of it; on a road may be next to it; nothing is inside a street; clothes and weather are around
    one in one way.
    """
    kinds = set(categories(tail)[:1])
    if kinds & set(_SURROUNDING):
        return False
    if said.startswith("in") and other == "on top of":
        return bool(kinds & _COVERABLE)
    if other == "inside":
        return bool(kinds & (_COVERABLE | {"room", "structure"}))
    return not (said in ("on", "on top of") and other == "next to" and kinds & _LEVEL)


def _is_passive(relation: Relation) -> bool:
    """A participle with its agent or means: "covered in", "ridden by", "made of"; postures and "parked" are none."""
    verb, rest = predicate_of(relation.lemma)
    word = relation.text.lower().split()[0]
    return (
        bool(verb and rest)
        and not word.endswith("ing")
        and word not in _postures()
        and inflect_like(verb, word) is None
    )


def _other_verbs(
    lookup: Lookup, graph: SceneGraph, relation: Relation, verb: re.Match[str], place: re.Match[str] | None
) -> Iterator[Change]:
    base, rest = predicate_of(relation.lemma)
    if not _is_animate(graph.objects[relation.head]):
        return
    tail = name_object(graph.objects[relation.tail].lemma)
    for other in (_postures() if place else _actions()).get(base, ()):
        lemma = f"{other} {rest}".strip()
        form = inflect_like(other, verb.group())
        if form is None or not is_known_with(lookup.neighbours, lemma, tail) or lookup.image.act(other):
            continue
        start = relation.start + verb.start()
        yield Change(start, relation.start + verb.end(), cased_as(form, verb.group()), lemma)


def is_known_with(near: Neighbours, predicate: str, tail: str) -> bool:
    """Whether the corpus has a predicate with this second object, or with two others of its category."""
    found = near.contexts["relation"].get(predicate, {})
    if f"> {tail}" in found:
        return True
    own = set(categories(tail)[:1])
    return sum(c.startswith("> ") and bool(own & set(categories(c[2:])[:1])) for c in found) >= 2


def _is_animate(item: SceneObject) -> bool:
    return categories(name_object(item.lemma))[:1] in (("person",), ("animal",)) or item.lemma.lower() == "people"


@cache
def _sides() -> dict[str, tuple[str, ...]]:
    return {word: tuple(others.split("|")) for words, others in SIDES for word in words.split("|")}


@cache
def _postures() -> dict[str, tuple[str, ...]]:
    return {word: tuple(others.split()) for words, others in POSTURES_OF for word in words.split()}


@cache
def _actions() -> dict[str, tuple[str, ...]]:
    return {word: tuple(others.split()) for words, others in ACTIONS for word in words.split()}


def _replace(graph: SceneGraph, index: int, change: Change) -> Exchange:
    relation = graph.relations[index]
    return Exchange(
        KIND,
        RULE,
        Element("relation", index),
        None,
        (Replacement(change.start, change.end, change.after),),
        _renamed(graph, relation, change.lemma),
    )


def _renamed(graph: SceneGraph, relation: Relation, lemma: str) -> tuple[Triple, ...]:
    """The triples with the new lemma wherever the same words relate two objects."""
    triples = list(graph.triples())
    for place, other in enumerate(graph.relations):
        if (other.start, other.end) == (relation.start, relation.end):
            triples[place] = replace(triples[place], relation=lemma)
    return tuple(triples)
