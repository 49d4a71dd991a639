"""What forbids exchanging the counts or the descriptions of two nouns."""

from typing import NamedTuple

from structclip_pipeline.negatives import noun_rules, pair_rules, phrase_rules, relation_rules, rules
from structclip_pipeline.negatives.lexicon import (
    EVENTS,
    INTENSIFIERS,
    KIND_COUNTS,
    PERSONS,
    SCENERY,
    SHADES,
    SKIN_COLOURS,
    UNSURE_COLOURS,
    USUAL_COLOURS,
    VAGUE_COUNTS,
)
from structclip_pipeline.negatives.modifiers import Modifiers
from structclip_pipeline.negatives.number import EITHER, PLURAL, SINGULAR, head_word, measure_of
from structclip_pipeline.negatives.quantities import (
    compares,
    count_of,
    is_amid,
    is_bare_plural,
    is_shared_out,
    shares_a_plural,
)
from structclip_pipeline.negatives.reference import breaks_reference
from structclip_pipeline.negatives.rules import Rules, first_of
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


class ModifierPair(NamedTuple):
    """
    Two objects, their modifiers and numbers, the attributes within their descriptions (as indices in ``described``, as
    they are in ``moving``), whether either shares an attribute or has one outside its phrase, and whether both phrases
    are whole.
    """

    caption: str
    graph: SceneGraph
    indices: tuple[int, int]
    items: tuple[SceneObject, SceneObject]
    modifiers: tuple[Modifiers, Modifiers]
    described: tuple[list[int], list[int]]
    moving: tuple[list[Attribute], list[Attribute]]
    numbers: tuple[str, str]
    shares_attribute: bool
    has_loose_attribute: bool
    clear: bool

    @property
    def one_sided(self) -> bool:
        """Whether an attribute is in one of the two descriptions at most."""
        return not all(self.moving)


def find_fault(
    pair: ModifierPair, counts: bool, descriptions: bool, forgiven: frozenset[str] = rules.NOTHING_FORGIVEN
) -> str | None:
    """The name of the first rule that forbids exchanging counts, descriptions or both, or None."""
    return first_of(_RULES[counts, descriptions], pair, forgiven)


def _have_unknown_words(pair: ModifierPair) -> bool:
    """Whether a description has words and no attribute."""
    return any(
        not own and pair.caption[slice(*m.description)].strip()
        for m, own in zip(pair.modifiers, pair.moving, strict=True)
    )


def _mean_the_same(pair: ModifierPair) -> bool:
    first, second = (_strip_shades(pair.caption[slice(*m.description)]) for m in pair.modifiers)
    return mean_the_same(first, second)


def _fit_their_owners(pair: ModifierPair) -> bool:
    (i, j), (first, second) = pair.indices, pair.moving
    return all(can_describe(pair.graph, a, {j}) for a in first) and all(
        can_describe(pair.graph, a, {i}) for a in second
    )


def _describes_bare(pair: ModifierPair) -> bool:
    """Whether a bare singular that nothing describes would be described: "sitting up in black and white bed"."""
    return any(
        not own and noun_rules.is_bare_singular(pair.caption, o) and not starts_sentence(pair.caption, o.phrase_start)
        for o, own in zip(pair.items, pair.moving, strict=True)
    )


def _are_vague(pair: ModifierPair) -> bool:
    """
    Whether a picture could hardly deny the exchange: what moves alone has to be a colour or a pattern.

    "An elephant walking through tall grass near trees" may well walk near tall trees.
    """
    said = [{a.lemma.lower() for a in own} for own in pair.moving]
    attributes = [a for own in pair.moving for a in own if a.lemma.lower() not in said[0] & said[1]]
    if said[0] - said[1] and said[1] - said[0]:
        return are_vague(attributes)
    return not any(category(a) in DENIABLE and a.lemma.lower() not in UNSURE_COLOURS for a in attributes)


def _colours_a_person(pair: ModifierPair) -> bool:
    """Whether a person whom the caption does not describe would be called black, white or brown, as he may be."""
    return any(
        not pair.moving[side]
        and head_word(pair.items[side]) in PERSONS
        and any(a.lemma.lower() in SKIN_COLOURS for a in pair.moving[1 - side])
        for side in (0, 1)
    )


def _colours_as_usual(pair: ModifierPair) -> bool:
    """Whether a thing whose colour the caption does not tell would get a colour that it often has: a white toilet."""
    return any(
        not pair.moving[side] and not _names_of(pair.items[side]).isdisjoint(_usual_for(a))
        for side in (0, 1)
        for a in pair.moving[1 - side]
    )


def _names_of(item: SceneObject) -> set[str]:
    """One thing's noun and its whole name: "sign", "stop sign"."""
    return {singular(head_word(item)), singular(item.lemma.lower())}


def _usual_for(attribute: Attribute) -> frozenset[str]:
    """What often has a colour, "bright red" as well as "red"."""
    return USUAL_COLOURS.get((attribute.lemma.lower().split() or [""])[-1], frozenset())


def _strip_shades(description: str) -> str:
    """A description's words without those that only shade another: "white" of "very bright white"."""
    return " ".join(word for word in description.lower().split() if word not in SHADES | INTENSIFIERS)


def _counts(pair: ModifierPair, side: int) -> bool:
    """Whether an opening says how many; "some" does of several things, no opening beside a single thing."""
    modifiers = pair.modifiers[side]
    if SINGULAR in pair.numbers and compares(pair.caption[slice(*modifiers.description)]):
        return False
    opening = pair.caption[slice(*modifiers.opening)].lower()
    if modifiers.counts or (opening == "some" and pair.numbers[side] == PLURAL):
        return True
    return pair.numbers != (PLURAL, PLURAL) and is_bare_plural(pair.caption, pair.items[side], modifiers)


def _counts_a_kind(pair: ModifierPair, side: int) -> bool:
    """Whether a number counts what a kind of thing has: "four way sign", "two story house"."""
    start, end = pair.modifiers[side].description
    return bool(set(pair.caption[start:end].lower().replace("-", " ").split()) & KIND_COUNTS)


def _say_as_many(pair: ModifierPair) -> bool:
    """
    Whether two openings may count alike: "several" says hardly more than "many", nor "some" than "a couple of", and two
    or three are some.
    """
    openings = [pair.caption[slice(*m.opening)].lower() for m in pair.modifiers]
    counts = [count_of(opening) for opening in openings]
    some = any(opening in VAGUE_COUNTS and count == 0 for opening, count in zip(openings, counts, strict=True))
    return counts[0] == counts[1] or VAGUE_COUNTS.issuperset(openings) or (some and max(counts) in (2, 3))


def _leaves_one_for_several(pair: ModifierPair) -> bool:
    """Whether what several have one each of would become one: "people with umbrellas", "people with an umbrella"."""
    return SINGULAR in pair.numbers and any(
        is_shared_out(pair.caption, pair.graph, *ends) for ends in (pair.indices, pair.indices[::-1])
    )


def _names_a_kind(caption: str, attribute: Attribute) -> bool:
    """Whether a modifier is a noun or a name: it makes a compound with its noun ("convention center", "Burton")."""
    return category(attribute) == "noun" or is_name(caption, attribute)


def _counts_collectives(caption: str, item: SceneObject, modifiers: Modifiers) -> bool:
    """Whether what is counted is a collective or counted once more: "two rows of bikes", "a group of two women"."""
    described = caption[modifiers.opening[1] : item.start].lower().split()
    again = caption[slice(*modifiers.opening)].lower().endswith(" of") and any(count_of(w) > 1 for w in described[:1])
    return "of" in described or again


def _is_placeless(pair: ModifierPair) -> bool:
    """Whether one of the nouns names no thing, so that it can neither be counted nor win or lose what describes it."""
    return any(map(noun_rules.is_placeless, pair.items))


_OF_DESCRIPTIONS: Rules[ModifierPair] = (
    ("no-modifier", lambda p: not any(p.moving)),
    ("shared-attribute", lambda p: p.shares_attribute),
    ("loose-attribute", lambda p: p.one_sided and p.has_loose_attribute),
    ("unknown-modifier", _have_unknown_words),
    ("barred-attribute", lambda p: any(is_barred(a) for own in p.moving for a in own)),
    ("name", lambda p: any(is_name(p.caption, a) for own in p.moving for a in own)),
    ("noun-modifier", lambda p: p.one_sided and any(_names_a_kind(p.caption, a) for own in p.moving for a in own)),
    ("same-attribute", _mean_the_same),
    ("animate-attribute", lambda p: not _fit_their_owners(p)),
)
_OF_DESCRIPTIONS_ALONE: Rules[ModifierPair] = (
    ("part-and-whole", lambda p: p.one_sided and pair_rules.are_part_and_whole(p.graph, *p.indices)),
    ("vague-attribute", _are_vague),
    ("person-colour", _colours_a_person),
    ("usual-colour", _colours_as_usual),
)
_OF_PHRASES: Rules[ModifierPair] = (("unclear-phrase", lambda p: not p.clear),)
_OF_COUNTS: Rules[ModifierPair] = (
    ("noun-number", lambda p: EITHER in p.numbers or p.numbers == (SINGULAR, SINGULAR)),
    ("determiner", lambda p: not (_counts(p, 0) and _counts(p, 1))),
    ("same-count", _say_as_many),
    ("kind-count", lambda p: _counts_a_kind(p, 0) or _counts_a_kind(p, 1)),
    (
        "partitive",
        lambda p: (
            any(_counts_collectives(p.caption, o, m) for o, m in zip(p.items, p.modifiers, strict=True))
            or any(noun_rules.is_complement(p.caption, p.graph, o) or measure_of(p.caption, o) for o in p.items)
        ),
    ),
    ("scenery", lambda p: all(singular(head_word(o)) in SCENERY for o in p.items)),
    ("event", lambda p: any(singular(head_word(o)) in EVENTS for o in p.items)),
    ("reciprocal", lambda p: SINGULAR in p.numbers and relation_rules.is_reciprocal(p.caption)),
    ("coordination", lambda p: any(phrase_rules.shares_its_article(p.caption, p.graph, o) for o in p.items)),
    (
        "shared-plural",
        lambda p: any(shares_a_plural(p.caption, p.graph, *ends) for ends in (p.indices, p.indices[::-1])),
    ),
    ("shared-out", _leaves_one_for_several),
    ("between", lambda p: SINGULAR in p.numbers and any(is_amid(p.caption, p.graph, k) for k in p.indices)),
    ("pronoun-reference", lambda p: breaks_reference(p.caption, p.graph, p.indices)),
    ("placeless", _is_placeless),
)
_RULES: dict[tuple[bool, bool], Rules[ModifierPair]] = {
    (False, True): (
        *_OF_DESCRIPTIONS,
        *_OF_DESCRIPTIONS_ALONE,
        *_OF_PHRASES,
        ("determiner", _describes_bare),
        ("placeless", lambda p: p.one_sided and _is_placeless(p)),
    ),
    (True, False): (*_OF_PHRASES, *_OF_COUNTS),
    (True, True): (*_OF_DESCRIPTIONS, *_OF_PHRASES, *_OF_COUNTS),
}
"""What forbids exchanging counts, descriptions: for each of the two whether it is exchanged."""
