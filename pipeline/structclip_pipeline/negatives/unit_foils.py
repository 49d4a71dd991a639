"""
One minimally edited foil for a unit: an exchange where the caption has one, else another word from the statistics.

An object unit takes the attribute of another object of its caption; a relation unit exchanges its ends, or attributes
of the two. Only where no exchange is left a word is replaced. What may be exchanged or replaced is decided on the whole
caption by the rules of the negatives; the edits are made in the unit's text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from structclip_pipeline.negatives.candidates import examine
from structclip_pipeline.negatives.editing import Replacement, build_edits
from structclip_pipeline.negatives.exchange import Exchange
from structclip_pipeline.negatives.number import head_word
from structclip_pipeline.negatives.relation_rules import holds_either_way, is_symmetric
from structclip_pipeline.negatives.repair import article_repairs
from structclip_pipeline.negatives.replace_attribute import excluded_by, replace_attributes
from structclip_pipeline.negatives.replace_object import replace_objects
from structclip_pipeline.negatives.replace_relation import replace_relations
from structclip_pipeline.negatives.replacing import Lookup, Replace
from structclip_pipeline.negatives.selection import keyed_hash
from structclip_pipeline.negatives.swap_attribute import category, exchange_attributes
from structclip_pipeline.negatives.swap_object import PHRASE_RULE, exchange_objects, forbidden_pair
from structclip_pipeline.negatives.unit_truth import Said, is_said
from structclip_pipeline.negatives.units import OBJECT, UnitText, place_in_unit
from structclip_schemas.edits import Edit, apply_edits, folded_words
from structclip_schemas.graph import Attribute, Relation, SceneGraph, Triple, lemma_set

_VAGUE = frozenset(
    ["colorful", "colourful", "multicolored", "multi-colored", "dark", "light", "bright", "pale", "reddish"]
)
"""Colours that name none: a colorful truck may be blue."""

_HAVING = frozenset({"with", "have", "contain", "include", "feature"})
"""Predicates of one thing that leave room for others: who has a beard has an arm too."""

_HAD_ON = frozenset({"ski", "skis", "skate", "skates", "crutches", "stilts", "phone", "phones", "cellphone", "headset"})
"""Things that somebody is on and has on: the skis of a man on skis are on him."""

_EXCLUSIVE = frozenset({"colour", "material", "pattern", "shape"})
"""Categories of properties of which a thing has one."""


@dataclass(frozen=True, slots=True)
class Foil:
    """A unit's text after an edit, the edits in the offsets of the unit's text, and its triples after the edit."""

    text: str
    kind: str
    edits: tuple[Edit, ...]
    triples: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What the foils of a caption are made of: its text and graph, and where another word is looked up."""

    caption: str
    graph: SceneGraph
    lookup: Lookup


def choose_foil(source: Source, unit: UnitText, said: Said, key: Sequence[str | int]) -> Foil | None:
    """
    The first foil by group, then by hash of ``key`` and its text, that the image's captions do not say; None if none.

    ``key`` names the choice: seed and caption_id.
    """
    truth = unit.triples(source.graph.triples())
    for group in _groups(source, unit):
        order = sorted(group, key=lambda foil: keyed_hash([*key, foil.kind, unit.text, foil.text]))
        for foil in order:
            if _differs(unit, truth, foil) and not is_said(foil.text, foil.triples, truth, said):
                return foil
    return None


def _groups(source: Source, unit: UnitText) -> Iterator[list[Foil]]:
    """Foils in groups, the best group first; later ones are made only when asked for."""
    if unit.kind == OBJECT:
        yield _attributes_of_others(source, unit)
        replaces: tuple[Replace, ...] = (replace_attributes, replace_objects)
    else:
        yield _exchanged_ends(source, unit)
        yield _exchanged_attributes(source, unit)
        replaces = (replace_relations, replace_objects, replace_attributes)
    for one in replaces:
        yield _replaced(source, unit, one)


def _attributes_of_others(source: Source, unit: UnitText) -> list[Foil]:
    """Foils that give the unit's object an attribute of another object, which excludes what it takes the place of."""
    found = []
    for exchange in _attribute_exchanges(source):
        pair = _exchanged(source, exchange)
        inside = [_is_inside(unit, a) for a in pair]
        own, other = pair if inside[0] else pair[::-1]
        if sum(inside) == 1 and excludes(own, other):
            found.append(project(source, unit, exchange))
    return [foil for foil in found if foil]


@lru_cache(maxsize=4)
def _attribute_exchanges(source: Source) -> tuple[Exchange, ...]:
    return tuple(o for o in exchange_attributes(source.caption, source.graph) if isinstance(o, Exchange))


def _exchanged(source: Source, exchange: Exchange) -> list[Attribute]:
    ends = (exchange.left, exchange.right)
    return [source.graph.attributes[end.index] for end in ends if end is not None]


@lru_cache(maxsize=8)
def _replacements(replace_words: Replace, source: Source) -> tuple[Exchange, ...]:
    outcomes = replace_words(source.lookup, source.caption, source.graph)
    return tuple(o for o in outcomes if isinstance(o, Exchange) and not _may_be_true_along(source, o))


def _replaced(source: Source, unit: UnitText, replace_words: Replace) -> list[Foil]:
    """Foils with another word for one of the unit's elements."""
    return [foil for exchange in _replacements(replace_words, source) if (foil := project(source, unit, exchange))]


def _may_be_true_along(source: Source, exchange: Exchange) -> bool:
    """Whether what a replacement says may hold beside the caption: a colour of what has several, one more thing had."""
    left = exchange.left
    if left is None or left.role == "relation":
        return False
    if left.role == "attribute":
        return source.graph.attributes[left.index].lemma.lower() in _VAGUE
    return any(r.tail == left.index and r.lemma.lower() in _HAVING for r in source.graph.relations)


def _is_inside(unit: UnitText, attribute: Attribute) -> bool:
    return any(part.start <= attribute.start and attribute.end <= part.end for part in unit.parts)


def excludes(attribute: Attribute, other: Attribute) -> bool:
    """Whether a thing with one attribute cannot have the other in its place: another colour, the other pole, more."""
    first, second = attribute.lemma.lower(), other.lemma.lower()
    if first.isdigit() and second.isdigit():
        return int(second) > int(first)
    if first in _VAGUE or second in _VAGUE:
        return False
    kind = category(attribute)
    return second in excluded_by(first) or (kind in _EXCLUSIVE and kind == category(other))


def _exchanged_ends(source: Source, unit: UnitText) -> list[Foil]:
    """Foils in which the two ends of the unit's relation change places as whole phrases; it must have a direction."""
    graph = unit.graph
    pairs = {frozenset((r.head, r.tail)) for r in graph.relations if r.head != r.tail}
    allowed = {
        pair
        for pair in pairs
        if not any(_has_no_direction(graph, r) for r in graph.relations if {r.head, r.tail} == pair)
        and not forbidden_pair(source.caption, source.graph, *sorted(unit.objects[k] for k in pair))
    }
    found = []
    for v in examine(unit.text, graph, ["swap_object"], {"swap_object": (exchange_objects,)}).variants:
        pair = frozenset(end.index for end in (v.left, v.right) if end is not None)
        if v.rule == PHRASE_RULE and pair in allowed:
            found.append(Foil(v.caption, v.kind, v.edits, _with_ends_exchanged(source, unit, pair)))
    return found


def _has_no_direction(graph: SceneGraph, relation: Relation) -> bool:
    """Whether exchanged ends say the same, or may: "a dog with a tie" wears it, and who is on skis has skis on."""
    text = relation.text.lower()
    worn = text == "on" and head_word(graph.objects[relation.tail]) in _HAD_ON
    return is_symmetric(relation) or holds_either_way(graph, relation) or text == "with" or worn


def _with_ends_exchanged(source: Source, unit: UnitText, pair: frozenset[int]) -> tuple[Triple, ...]:
    """A unit's triples with the two ends exchanged where they are related; what is inside a phrase moves along."""
    ends = {unit.objects[k] for k in pair}
    return tuple(
        Triple(t.tail, t.relation, t.head, t.tail_object, t.head_object)
        if {t.head_object, t.tail_object} == ends
        else t
        for t in unit.triples(source.graph.triples())
    )


def _exchanged_attributes(source: Source, unit: UnitText) -> list[Foil]:
    """Foils in which attributes of the unit's two objects change places, of which one excludes the other."""
    found = []
    for exchange in _attribute_exchanges(source):
        first, second = _exchanged(source, exchange)
        if (
            _is_inside(unit, first)
            and _is_inside(unit, second)
            and (excludes(first, second) or excludes(second, first))
        ):
            found.append(project(source, unit, exchange))
    return [foil for foil in found if foil]


def project(source: Source, unit: UnitText, exchange: Exchange) -> Foil | None:
    """What an exchange in the caption does to the unit; None where that is nothing, or more than the unit holds."""
    moved = []
    for change in exchange.replacements:
        before = source.caption[change.start : change.end]
        held = any(p.start <= change.start and change.end <= p.end for p in unit.parts)
        if before.lower() in ("a", "an"):
            continue
        if held:
            start, end = (place_in_unit(unit.pieces, offset) for offset in (change.start, change.end))
            moved.append(Replacement(start, end, change.after))
        elif any(p.start < change.end and change.start < p.end for p in unit.parts):
            return None
    if not moved:
        return None
    edits = build_edits(unit.text, [*moved, *article_repairs(unit.text, moved)])
    return Foil(apply_edits(unit.text, edits), exchange.kind, edits, unit.triples(exchange.triples))


def _differs(unit: UnitText, truth: tuple[Triple, ...], foil: Foil) -> bool:
    return folded_words(foil.text) != folded_words(unit.text) and lemma_set(foil.triples) != lemma_set(truth)
