"""What forbids exchanging the counts or the descriptions of two nouns."""

from dataclasses import dataclass

from structclip_pipeline.negatives import rules
from structclip_pipeline.negatives.lexicon import (
    INTENSIFIERS,
    KIND_COUNTS,
    PERSONS,
    SHADES,
    SKIN_COLOURS,
    UNSURE_COLOURS,
    USUAL_COLOURS,
)
from structclip_pipeline.negatives.modifiers import Modifiers
from structclip_pipeline.negatives.number import EITHER, PLURAL, SINGULAR, head_word
from structclip_pipeline.negatives.quantities import count_of, is_amid, is_bare_plural, shares_a_plural
from structclip_pipeline.negatives.reference import breaks_reference
from structclip_pipeline.negatives.swap_attribute import (
    are_vague,
    can_describe,
    category,
    is_barred,
    is_name,
    mean_the_same,
)
from structclip_pipeline.negatives.words import starts_sentence
from structclip_pipeline.parser.inflection import singular
from structclip_schemas.graph import Attribute, SceneGraph, SceneObject

DENIABLE = frozenset(("colour", "pattern"))
"""Categories of attributes that a thing has one of and shows."""


@dataclass(frozen=True, slots=True)
class ModifierPair:
    """
    Two objects, their modifiers and numbers, the indices of the attributes within their descriptions, and whether both
    phrases are whole.
    """

    caption: str
    graph: SceneGraph
    indices: tuple[int, int]
    items: tuple[SceneObject, SceneObject]
    modifiers: tuple[Modifiers, Modifiers]
    described: tuple[list[int], list[int]]
    numbers: tuple[str, str]
    clear: bool


def find_fault(pair: ModifierPair, counts: bool, descriptions: bool) -> str | None:
    """The name of the first rule that forbids exchanging counts, descriptions or both, or None."""
    moving = [[pair.graph.attributes[k] for k in described] for described in pair.described]
    checks = (
        *(_description_checks(pair, moving) if descriptions else ()),
        ("part-and-whole", lambda: not counts and not all(moving) and _hold_each_other(pair)),
        ("vague-attribute", lambda: not counts and _are_vague(moving)),
        ("person-colour", lambda: not counts and _colours_a_person(pair, moving)),
        ("usual-colour", lambda: not counts and _colours_as_usual(pair, moving)),
        ("unclear-phrase", lambda: not pair.clear),
        ("determiner", lambda: not counts and _describes_bare(pair, moving)),
        *(_count_checks(pair) if counts else ()),
        ("placeless", lambda: _is_placeless(pair, moving, counts)),
    )
    return rules.first_that_holds(checks)


def _description_checks(pair: ModifierPair, moving: list[list[Attribute]]) -> rules.Checks:
    caption, graph, (i, j) = pair.caption, pair.graph, pair.indices
    texts = [caption[slice(*m.description)].strip() for m in pair.modifiers]
    attributes = [*moving[0], *moving[1]]
    one_sided = not all(moving)
    return (
        ("no-modifier", lambda: not attributes),
        ("shared-attribute", lambda: any(rules.shares_attribute(graph, k) for k in (i, j))),
        ("loose-attribute", lambda: one_sided and any(rules.has_loose_attribute(graph, k) for k in (i, j))),
        ("unknown-modifier", lambda: any(t and not m for t, m in zip(texts, moving, strict=True))),
        ("barred-attribute", lambda: any(map(is_barred, attributes))),
        ("name", lambda: any(is_name(caption, a) for a in attributes)),
        ("noun-modifier", lambda: one_sided and any(_names_a_kind(caption, a) for a in attributes)),
        ("same-attribute", lambda: mean_the_same(*map(_strip_shades, texts))),
        (
            "animate-attribute",
            lambda: not all(can_describe(graph, a, {k}) for k, own in ((j, moving[0]), (i, moving[1])) for a in own),
        ),
    )


def _describes_bare(pair: ModifierPair, moving: list[list[Attribute]]) -> bool:
    """Whether a bare singular that nothing describes would be described: "sitting up in black and white bed"."""
    return any(
        not own and rules.is_bare_singular(pair.caption, o) and not starts_sentence(pair.caption, o.phrase_start)
        for o, own in zip(pair.items, moving, strict=True)
    )


def _hold_each_other(pair: ModifierPair) -> bool:
    return rules.are_part_and_whole(pair.graph, *pair.indices)


def _are_vague(moving: list[list[Attribute]]) -> bool:
    """
    Whether a picture could hardly deny the exchange: what moves alone has to be a colour or a pattern.

    "An elephant walking through tall grass near trees" may well walk near tall trees.
    """
    said = [{a.lemma.lower() for a in own} for own in moving]
    attributes = [a for own in moving for a in own if a.lemma.lower() not in said[0] & said[1]]
    if said[0] - said[1] and said[1] - said[0]:
        return are_vague(attributes)
    return not any(category(a) in DENIABLE and a.lemma.lower() not in UNSURE_COLOURS for a in attributes)


def _colours_a_person(pair: ModifierPair, moving: list[list[Attribute]]) -> bool:
    """Whether a person whom the caption does not describe would be called black, white or brown, as he may be."""
    return any(
        not moving[side]
        and head_word(pair.items[side]) in PERSONS
        and any(a.lemma.lower() in SKIN_COLOURS for a in moving[1 - side])
        for side in (0, 1)
    )


def _colours_as_usual(pair: ModifierPair, moving: list[list[Attribute]]) -> bool:
    """Whether a thing whose colour the caption does not tell would get a colour that it often has: a white toilet."""
    return any(
        not moving[side] and singular(head_word(pair.items[side])) in USUAL_COLOURS.get(a.lemma.lower(), ())
        for side in (0, 1)
        for a in moving[1 - side]
    )


def _strip_shades(description: str) -> str:
    """A description's words without those that only shade another: "white" of "very bright white"."""
    return " ".join(word for word in description.lower().split() if word not in SHADES | INTENSIFIERS)


def _count_checks(pair: ModifierPair) -> rules.Checks:
    caption, graph, (i, j) = pair.caption, pair.graph, pair.indices
    return (
        ("noun-number", lambda: EITHER in pair.numbers or pair.numbers == (SINGULAR, SINGULAR)),
        ("determiner", lambda: not all(_counts(pair, side) for side in (0, 1))),
        ("same-count", lambda: _say_as_many(pair)),
        ("partitive", lambda: any(rules.is_complement(caption, graph, o) for o in pair.items)),
        ("kind-count", lambda: any(_counts_a_kind(pair, side) for side in (0, 1))),
        ("reciprocal", lambda: rules.is_reciprocal(caption)),
        ("coordination", lambda: any(rules.shares_its_article(caption, graph, o) for o in pair.items)),
        ("shared-plural", lambda: shares_a_plural(caption, graph, i, j) or shares_a_plural(caption, graph, j, i)),
        ("between", lambda: SINGULAR in pair.numbers and (is_amid(graph, i) or is_amid(graph, j))),
        ("pronoun-reference", lambda: breaks_reference(caption, graph, pair.indices)),
    )


def _counts(pair: ModifierPair, side: int) -> bool:
    """Whether an opening says how many; "some" does between plurals, no opening beside a single thing."""
    modifiers = pair.modifiers[side]
    opening = pair.caption[slice(*modifiers.opening)].lower()
    if pair.numbers == (PLURAL, PLURAL):
        return modifiers.counts or opening == "some"
    return modifiers.counts or is_bare_plural(pair.caption, pair.items[side], modifiers)


def _counts_a_kind(pair: ModifierPair, side: int) -> bool:
    """Whether a number counts what a kind of thing has: "four way sign", "two story house"."""
    start, end = pair.modifiers[side].description
    return bool(set(pair.caption[start:end].lower().replace("-", " ").split()) & KIND_COUNTS)


def _say_as_many(pair: ModifierPair) -> bool:
    """Whether two openings count alike: "several" says hardly more than "many"."""
    first, second = (count_of(pair.caption[slice(*m.opening)]) for m in pair.modifiers)
    return first == second


def _names_a_kind(caption: str, attribute: Attribute) -> bool:
    """Whether a modifier is a noun or a name: it makes a compound with its noun ("convention center", "Burton")."""
    return category(attribute) == "noun" or is_name(caption, attribute)


def _is_placeless(pair: ModifierPair, moving: list[list[Attribute]], counts: bool) -> bool:
    """Whether a noun that names no thing would be counted, or win or lose what describes it."""
    one_sided = counts or not all(moving)
    return one_sided and any(map(rules.is_placeless, pair.items))
