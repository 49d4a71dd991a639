"""
Exchange what stands before two nouns: counts, descriptions, or both; the nouns and their verbs follow in number.

"Two dogs and a black cat" gives "a dog and two black cats", "two black dogs and a cat", "a black dog and two cats".
Seen from the graph it is an exchange of two nouns whose phrases then change places: relations stay, attributes move.
Descriptions on both sides are exchanged attributes; a description or count that one side lacks makes it an exchange of
objects.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from structclip_pipeline.negatives import pair_rules, phrase_rules, rules
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal, build_triples
from structclip_pipeline.negatives.inflection import inflect_noun
from structclip_pipeline.negatives.memory import remember_last
from structclip_pipeline.negatives.mentions import Mention, read_mentions
from structclip_pipeline.negatives.modifier_faults import ModifierPair, find_fault
from structclip_pipeline.negatives.modifiers import Modifiers, list_described, read_modifiers
from structclip_pipeline.negatives.moved_phrases import is_existential
from structclip_pipeline.negatives.number import agreeing_auxiliary
from structclip_pipeline.negatives.quantities import counted_number
from structclip_pipeline.negatives.repair import agreement_repairs, recase
from structclip_pipeline.negatives.rules import Rules, first_of
from structclip_pipeline.negatives.words import indefinite_article, starts_sentence, word_before
from structclip_schemas.graph import SceneGraph, Triple
from structclip_schemas.variant import Element

ATTRIBUTE_RULE, COUNT_RULE, OBJECT_RULE = "swap-attribute-run/1", "swap-object-count/1", "swap-object-modifiers/1"


def exchange_runs(
    caption: str, graph: SceneGraph, forgiven: frozenset[str] = rules.NOTHING_FORGIVEN
) -> Iterator[Outcome]:
    """Every exchange of two descriptions that both say something."""
    return _exchange_all(caption, graph, "swap_attribute", forgiven)


def exchange_modifiers(
    caption: str, graph: SceneGraph, forgiven: frozenset[str] = rules.NOTHING_FORGIVEN
) -> Iterator[Outcome]:
    """Every exchange of counts, and of descriptions of which one is empty."""
    return _exchange_all(caption, graph, "swap_object", forgiven)


def _exchange_all(caption: str, graph: SceneGraph, kind: str, forgiven: frozenset[str]) -> Iterator[Outcome]:
    for found in _read_pairs(caption, graph):
        if isinstance(found, str):
            yield Refusal(kind, found)
            continue
        for counts, descriptions in ((False, True), (True, False), (True, True)):
            if _kind(found, counts) == kind:
                reason = find_fault(found, counts, descriptions, forgiven)
                yield (
                    Refusal(kind, reason)
                    if reason
                    else _exchange(found, kind, counts=counts, descriptions=descriptions)
                )


class _Described(NamedTuple):
    """One object, its modifiers, the attributes in its description, its number, and what forbids touching them."""

    mention: Mention
    modifiers: Modifiers
    attributes: list[int]
    number: str
    fault: str | None


@remember_last
def _read_pairs(caption: str, graph: SceneGraph) -> list[ModifierPair | str]:
    """Every pair of objects, or the name of the rule that forbids it: the same for both kinds of exchange."""
    described = [_describe(mention) for mention in read_mentions(caption, graph)]
    return [_pair(caption, graph, first, second) for first, second in combinations(described, 2)]


def _describe(mention: Mention) -> _Described:
    caption, item = mention.caption, mention.item
    modifiers = read_modifiers(caption, item)
    attributes = list_described(mention.graph, mention.index, modifiers.description)
    number = counted_number(caption, item, mention.number, modifiers)
    return _Described(mention, modifiers, attributes, number, first_of(_OF_ONE, mention))


def _pair(caption: str, graph: SceneGraph, first: _Described, second: _Described) -> ModifierPair | str:
    items = first.mention.item, second.mention.item
    reason = first.fault or second.fault or ("overlap" if phrase_rules.overlap(*items) else None)
    return reason or ModifierPair(
        caption,
        graph,
        (first.mention.index, second.mention.index),
        items,
        (first.modifiers, second.modifiers),
        (first.attributes, second.attributes),
        ([graph.attributes[k] for k in first.attributes], [graph.attributes[k] for k in second.attributes]),
        (first.number, second.number),
        first.mention.shares_attribute or second.mention.shares_attribute,
        first.mention.has_loose_attribute or second.mention.has_loose_attribute,
        first.mention.is_clear and second.mention.is_clear,
    )


def _kind(pair: ModifierPair, counts: bool) -> str:
    return "swap_attribute" if all(pair.described) and not counts else "swap_object"


_OF_ONE: Rules[Mention] = (
    ("pronoun", lambda m: m.is_pronoun),
    ("overlap", lambda m: m.overlaps_another),
    ("no-noun", lambda m: m.is_no_noun),
    ("compound", lambda m: m.item.end != m.item.phrase_end),
    ("partitive", lambda m: m.is_partitive),
)


def _exchange(pair: ModifierPair, kind: str, *, counts: bool, descriptions: bool) -> Outcome:
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


def _name(pair: ModifierPair, kind: str, descriptions: bool) -> tuple[Element, Element, str]:
    if kind == "swap_attribute":
        ends = [Element("attribute", described[0]) for described in pair.described]
        first, second = sorted(ends, key=lambda end: pair.graph.attributes[end.index].start)
        return first, second, ATTRIBUTE_RULE
    rule = OBJECT_RULE if descriptions else COUNT_RULE
    return Element("object", pair.indices[0]), Element("object", pair.indices[1]), rule


def _agreement(pair: ModifierPair, numbers: tuple[str, str]) -> list[Replacement] | None:
    if pair_rules.are_coordinated(pair.caption, *pair.items):
        return _agreement_behind_there(pair, numbers[0])
    return agreement_repairs(pair.caption, pair.graph, dict(zip(pair.indices, numbers, strict=True)))


def _agreement_behind_there(pair: ModifierPair, number: str) -> list[Replacement]:
    """The auxiliary of "there are two cats and a dog" agrees with what comes next; any other with both."""
    start = pair.items[0].phrase_start
    if not is_existential(pair.caption, start):
        return []
    word, begin, end = word_before(pair.caption, start)
    changed = agreeing_auxiliary(word, number)
    return [Replacement(begin, end, changed)] if changed != word else []


def _rewrite(pair: ModifierPair, side: int, noun: str, counts: bool, descriptions: bool) -> list[Replacement]:
    """The new opening and the new words up to the noun's end of one side."""
    caption, own, other = pair.caption, pair.modifiers[side], pair.modifiers[1 - side]
    opening = caption[slice(*(other if counts else own).opening)]
    end = pair.items[side].end
    body = _describe_noun(pair, side, noun, other if descriptions else own, opens=not opening)
    fitted = _fit(caption, opening, body, own.opening)
    if own.opening[0] == own.opening[1]:
        return [Replacement(own.description[0], end, f"{fitted} {body}".strip())]
    if not opening:
        return [Replacement(own.opening[0], end, _capitalise(caption, body, own.opening))]
    return [Replacement(*own.opening, fitted), Replacement(own.description[0], end, body)]


def _describe_noun(pair: ModifierPair, side: int, noun: str, source: Modifiers, *, opens: bool) -> str:
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
    return fitted.upper() if caption.isupper() else _capitalise(caption, fitted, place)


def _capitalise(caption: str, fitted: str, place: tuple[int, int]) -> str:
    """A text with a capital where what opens its place has one."""
    opens = place[0] != place[1] or starts_sentence(caption, place[0])
    return fitted[:1].upper() + fitted[1:] if opens and caption[place[0] : place[0] + 1].isupper() else fitted


def _move_attributes(pair: ModifierPair, lemmas: list[str], counts: bool, descriptions: bool) -> tuple[Triple, ...]:
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
