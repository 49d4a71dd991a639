"""
Exchange what stands before two nouns: counts, descriptions, or both; the nouns and their verbs follow in number.

"Two dogs and a black cat" gives "a dog and two black cats", "two black dogs and a cat", "a black dog and two cats".
Seen from the graph it is an exchange of two nouns whose phrases then change places: relations stay, attributes move.
Descriptions on both sides are exchanged attributes; a description or count that one side lacks makes it an exchange of
objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from structclip_pipeline.negatives import rules
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal, build_triples
from structclip_pipeline.negatives.inflection import inflect_noun
from structclip_pipeline.negatives.lexicon import (
    INTENSIFIERS,
    KIND_COUNTS,
    PERSONS,
    SHADES,
    SKIN_COLOURS,
    UNSURE_COLOURS,
    USUAL_COLOURS,
)
from structclip_pipeline.negatives.modifiers import Modifiers, list_described, read_modifiers
from structclip_pipeline.negatives.number import EITHER, PLURAL, SINGULAR, agreeing_auxiliary, head_word
from structclip_pipeline.negatives.quantities import (
    count_of,
    counted_number,
    is_amid,
    is_bare_plural,
    shares_a_plural,
)
from structclip_pipeline.negatives.reference import breaks_reference
from structclip_pipeline.negatives.repair import agreement_repairs, recase
from structclip_pipeline.negatives.swap_attribute import (
    are_vague,
    can_describe,
    category,
    is_barred,
    is_name,
    mean_the_same,
)
from structclip_pipeline.negatives.swap_object import is_existential
from structclip_pipeline.negatives.words import indefinite_article, starts_sentence, word_before
from structclip_pipeline.parser.inflection import singular
from structclip_schemas.graph import Attribute, SceneGraph, SceneObject, Triple
from structclip_schemas.variant import Element

DENIABLE = frozenset(("colour", "pattern"))
"""Categories of attributes that a thing has one of and shows."""

ATTRIBUTE_RULE, COUNT_RULE, OBJECT_RULE = "swap-attribute-run/1", "swap-object-count/1", "swap-object-modifiers/1"


@dataclass(frozen=True, slots=True)
class _Pair:
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


def exchange_runs(caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every exchange of two descriptions that both say something."""
    return _exchange_all(caption, graph, "swap_attribute")


def exchange_modifiers(caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every exchange of counts, and of descriptions of which one is empty."""
    return _exchange_all(caption, graph, "swap_object")


def _exchange_all(caption: str, graph: SceneGraph, kind: str) -> Iterator[Outcome]:
    described = _describe_all(caption, graph)
    for i, j in combinations(range(len(graph.objects)), 2):
        first, second = described[i], described[j]
        items = graph.objects[i], graph.objects[j]
        reason = first.fault or second.fault or ("overlap" if rules.overlap(*items) else None)
        if reason:
            yield Refusal(kind, reason)
            continue
        pair = _Pair(
            caption,
            graph,
            (i, j),
            items,
            (first.modifiers, second.modifiers),
            (first.attributes, second.attributes),
            (first.number, second.number),
            first.clear and second.clear,
        )
        for counts, descriptions in ((False, True), (True, False), (True, True)):
            if _kind(pair, counts) == kind:
                yield _exchange(pair, kind, counts=counts, descriptions=descriptions)


@dataclass(frozen=True, slots=True)
class _Described:
    """
    One object's modifiers, the attributes in its description, its number, whether its phrase is whole, and what forbids
    touching them.
    """

    modifiers: Modifiers
    attributes: list[int]
    number: str
    clear: bool
    fault: str | None


@lru_cache(maxsize=1)
def _describe_all(caption: str, graph: SceneGraph) -> list[_Described]:
    """What is the same for both kinds of exchange."""
    return [_describe(caption, graph, k) for k in range(len(graph.objects))]


def _describe(caption: str, graph: SceneGraph, index: int) -> _Described:
    item = graph.objects[index]
    modifiers = read_modifiers(caption, item)
    return _Described(
        modifiers,
        list_described(graph, index, modifiers.description),
        counted_number(caption, item, modifiers),
        rules.has_clear_phrase(caption, graph, item),
        _forbidden_alone(caption, graph, index),
    )


def _kind(pair: _Pair, counts: bool) -> str:
    return "swap_attribute" if all(pair.described) and not counts else "swap_object"


def _forbidden_alone(caption: str, graph: SceneGraph, index: int) -> str | None:
    item = graph.objects[index]
    checks: rules.Checks = (
        ("pronoun", lambda: rules.is_pronoun(item)),
        ("overlap", lambda: rules.holds_another(graph, index)),
        ("no-noun", lambda: rules.is_no_noun(caption, item)),
        ("compound", lambda: item.end != item.phrase_end),
        ("partitive", lambda: rules.is_partitive(caption, item)),
    )
    return rules.first_that_holds(checks)


def _exchange(pair: _Pair, kind: str, *, counts: bool, descriptions: bool) -> Outcome:
    reason = _fault(pair, counts, descriptions)
    if reason:
        return Refusal(kind, reason)
    numbers = (pair.numbers[1], pair.numbers[0]) if counts else pair.numbers
    nouns = [inflect_noun(o.text, n) if counts else o.text for o, n in zip(pair.items, numbers, strict=True)]
    lemmas = [inflect_noun(o.lemma, n) if counts else o.lemma for o, n in zip(pair.items, numbers, strict=True)]
    agreement = _agreement(pair, numbers) if counts else []
    if not all(nouns) or not all(lemmas) or agreement is None:
        return Refusal(kind, "agreement" if agreement is None else "noun-number")
    rewritten = [_rewrite(pair, side, str(nouns[side]), counts, descriptions) for side in (0, 1)]
    moved = [replacement for side in rewritten for replacement in side]
    triples = _move_attributes(pair, [str(lemma) for lemma in lemmas], counts, descriptions)
    left, right, rule = _name(pair, kind, descriptions)
    return Exchange(kind, rule, left, right, (*moved, *agreement), triples)


def _name(pair: _Pair, kind: str, descriptions: bool) -> tuple[Element, Element, str]:
    if kind == "swap_attribute":
        ends = [Element("attribute", described[0]) for described in pair.described]
        first, second = sorted(ends, key=lambda end: pair.graph.attributes[end.index].start)
        return first, second, ATTRIBUTE_RULE
    rule = OBJECT_RULE if descriptions else COUNT_RULE
    return Element("object", pair.indices[0]), Element("object", pair.indices[1]), rule


def _fault(pair: _Pair, counts: bool, descriptions: bool) -> str | None:
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


def _description_checks(pair: _Pair, moving: list[list[Attribute]]) -> rules.Checks:
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


def _describes_bare(pair: _Pair, moving: list[list[Attribute]]) -> bool:
    """Whether a bare singular that nothing describes would be described: "sitting up in black and white bed"."""
    return any(
        not own and rules.is_bare_singular(pair.caption, o) and not starts_sentence(pair.caption, o.phrase_start)
        for o, own in zip(pair.items, moving, strict=True)
    )


def _hold_each_other(pair: _Pair) -> bool:
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


def _colours_a_person(pair: _Pair, moving: list[list[Attribute]]) -> bool:
    """Whether a person whom the caption does not describe would be called black, white or brown, as he may be."""
    return any(
        not moving[side]
        and head_word(pair.items[side]) in PERSONS
        and any(a.lemma.lower() in SKIN_COLOURS for a in moving[1 - side])
        for side in (0, 1)
    )


def _colours_as_usual(pair: _Pair, moving: list[list[Attribute]]) -> bool:
    """Whether a thing whose colour the caption does not tell would get a colour that it often has: a white toilet."""
    return any(
        not moving[side] and singular(head_word(pair.items[side])) in USUAL_COLOURS.get(a.lemma.lower(), ())
        for side in (0, 1)
        for a in moving[1 - side]
    )


def _strip_shades(description: str) -> str:
    """A description's words without those that only shade another: "white" of "very bright white"."""
    return " ".join(word for word in description.lower().split() if word not in SHADES | INTENSIFIERS)


def _count_checks(pair: _Pair) -> rules.Checks:
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


def _counts(pair: _Pair, side: int) -> bool:
    """Whether an opening says how many; "some" does between plurals, no opening beside a single thing."""
    modifiers = pair.modifiers[side]
    opening = pair.caption[slice(*modifiers.opening)].lower()
    if pair.numbers == (PLURAL, PLURAL):
        return modifiers.counts or opening == "some"
    return modifiers.counts or is_bare_plural(pair.caption, pair.items[side], modifiers)


def _counts_a_kind(pair: _Pair, side: int) -> bool:
    """Whether a number counts what a kind of thing has: "four way sign", "two story house"."""
    start, end = pair.modifiers[side].description
    return bool(set(pair.caption[start:end].lower().replace("-", " ").split()) & KIND_COUNTS)


def _say_as_many(pair: _Pair) -> bool:
    """Whether two openings count alike: "several" says hardly more than "many"."""
    first, second = (count_of(pair.caption[slice(*m.opening)]) for m in pair.modifiers)
    return first == second


def _names_a_kind(caption: str, attribute: Attribute) -> bool:
    """Whether a modifier is a noun or a name: it makes a compound with its noun ("convention center", "Burton")."""
    return category(attribute) == "noun" or is_name(caption, attribute)


def _is_placeless(pair: _Pair, moving: list[list[Attribute]], counts: bool) -> bool:
    """Whether a noun that names no thing would be counted, or win or lose what describes it."""
    one_sided = counts or not all(moving)
    return one_sided and any(map(rules.is_placeless, pair.items))


def _agreement(pair: _Pair, numbers: tuple[str, str]) -> list[Replacement] | None:
    if rules.are_coordinated(pair.caption, *pair.items):
        return _agreement_behind_there(pair, numbers[0])
    return agreement_repairs(pair.caption, pair.graph, dict(zip(pair.indices, numbers, strict=True)))


def _agreement_behind_there(pair: _Pair, number: str) -> list[Replacement]:
    """The auxiliary of "there are two cats and a dog" agrees with what comes next; any other with both."""
    start = pair.items[0].phrase_start
    if not is_existential(pair.caption, start):
        return []
    word, begin, end = word_before(pair.caption, start)
    changed = agreeing_auxiliary(word, number)
    return [Replacement(begin, end, changed)] if changed != word else []


def _rewrite(pair: _Pair, side: int, noun: str, counts: bool, descriptions: bool) -> list[Replacement]:
    """The new opening and the new words up to the noun's end of one side."""
    caption, own, other = pair.caption, pair.modifiers[side], pair.modifiers[1 - side]
    opening = caption[slice(*(other if counts else own).opening)]
    end = pair.items[side].end
    body = _describe_noun(pair, side, noun, other if descriptions else own, opens=not opening)
    fitted = _fit(caption, opening, body, own.opening)
    if own.opening[0] == own.opening[1]:
        return [Replacement(own.description[0], end, f"{fitted} {body}".strip())]
    if not opening:
        return [Replacement(own.opening[0], end, _fit(caption, body, body, own.opening))]
    return [Replacement(*own.opening, fitted), Replacement(own.description[0], end, body)]


def _describe_noun(pair: _Pair, side: int, noun: str, source: Modifiers, *, opens: bool) -> str:
    """A noun behind a description; the first word of a phrase that ``opens`` with it may need a capital."""
    caption, own = pair.caption, pair.modifiers[side]
    target = own.description[0] if opens and own.opening[0] == own.opening[1] else len(caption)
    description = caption[slice(*source.description)].strip()
    if description:
        description = recase(caption, description, source.description[0], target)
        return f"{description} {recase(caption, noun, pair.items[side].start, len(caption))}"
    return recase(caption, noun, pair.items[side].start, target)


def _fit(caption: str, opening: str, following: str, place: tuple[int, int]) -> str:
    """An opening as its new place asks for: "a" or "an", a capital at the start."""
    fitted = indefinite_article(following) if opening.lower() in ("a", "an") else opening[:1].lower() + opening[1:]
    if caption.isupper():
        return fitted.upper()
    return fitted[:1].upper() + fitted[1:] if caption[place[0] : place[0] + 1].isupper() else fitted


def _move_attributes(pair: _Pair, lemmas: list[str], counts: bool, descriptions: bool) -> tuple[Triple, ...]:
    """The triples when attributes in moved openings and descriptions change their object."""
    lemma = [o.lemma for o in pair.graph.objects]
    owners = [a.object for a in pair.graph.attributes]
    for side in (0, 1):
        index, opening = pair.indices[side], pair.modifiers[side].opening
        lemma[index] = lemmas[side]
        for k, a in enumerate(pair.graph.attributes):
            opened = counts and opening[0] <= a.start < opening[1]
            if a.object == index and (opened or (descriptions and k in pair.described[side])):
                owners[k] = pair.indices[1 - side]
    return build_triples(pair.graph, lemma, owners)
