"""Replace an attribute by one that excludes it: "a red cup" by "a blue cup", "two" by "three", "open" by "closed"."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from structclip_pipeline.negatives import noun_rules, rules
from structclip_pipeline.negatives.contexts import name_object
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.lexicon import (
    AGES,
    BARRED_ATTRIBUTES,
    COLOURS,
    PARTITIVES,
    SHADES,
    SIZES,
    SYNONYMOUS_ATTRIBUTES,
)
from structclip_pipeline.negatives.neighbours import Neighbours
from structclip_pipeline.negatives.oppositions import BASIC_COLOURS, CLASSES, NUMBERS, POLES
from structclip_pipeline.negatives.repair import article_repairs
from structclip_pipeline.negatives.replacing import MOST, Lookup, cased_as, is_negated
from structclip_pipeline.negatives.thesaurus import adjectives_overlap, categories, is_name, opposites
from structclip_pipeline.negatives.words import tokens, word_before
from structclip_schemas.graph import Attribute, SceneGraph, Triple
from structclip_schemas.variant import Element

KIND, RULE = "replace_attribute", "replace-attribute/1"

_MORE = 3
_COUNTS_TOGETHER = frozenset({"both", "another", "other", "one", "each", "pair", "couple"})


def replace_attributes(lookup: Lookup, caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every replacement of an attribute, best known first, and the reason where there is none."""
    seen: set[tuple[int, int]] = set()
    for index, attribute in enumerate(graph.attributes):
        span = attribute.start, attribute.end
        if span in seen:
            continue
        seen.add(span)
        reason = forbidden_attribute(caption, graph, attribute)
        words = [] if reason else attributes_instead(lookup, graph, attribute)
        if not words:
            yield Refusal(KIND, reason or "no-other-word")
        for word in words[:MOST]:
            yield _replace(caption, graph, index, word)


def forbidden_attribute(caption: str, graph: SceneGraph, attribute: Attribute) -> str | None:
    """The name of the first rule that forbids replacing an attribute, or None."""
    owner = graph.objects[attribute.object]
    words = {word.lower() for word, _, _ in tokens(caption)}
    checks: rules.Checks = (
        ("wordless-attribute", lambda: not attribute.text or " " in attribute.text),
        ("compares", lambda: attribute.lemma.lower() in BARRED_ATTRIBUTES),
        ("pronoun", lambda: noun_rules.is_pronoun(owner)),
        ("placeless", lambda: noun_rules.is_placeless(owner)),
        ("partitive", lambda: noun_rules.is_partitive(caption, owner) and owner.lemma.lower() in PARTITIVES),
        ("name", lambda: is_name(f"{attribute.lemma} {owner.lemma}")),
        ("shade", lambda: word_before(caption, attribute.start)[0].lower() in SHADES - {"multi"}),
        ("joined", lambda: caption[attribute.end : attribute.end + 1] in tuple("-/'") and attribute.end < len(caption)),
        ("negated", lambda: is_negated(caption, attribute.start)),
        ("counts-together", lambda: _is_number(attribute) and bool(words & _COUNTS_TOGETHER)),
    )
    return rules.first_that_holds(checks)


def attributes_instead(lookup: Lookup, graph: SceneGraph, attribute: Attribute) -> list[str]:
    """
    Attributes that exclude this one and that the corpus knows of such objects, best first.

    None that a caption of the image uses, none that the object has already. Numbers grow: three dogs are two dogs too.
    """
    if _is_number(attribute):
        return [word for word in _greater_numbers(attribute.text.lower()) if word not in lookup.image.words]
    owner, near = name_object(graph.objects[attribute.object].lemma), lookup.neighbours
    word = attribute.text.lower()
    fitting = [
        other
        for other in excluded_by(word)
        if is_known_of(near, other, owner) and not lookup.image.describe(other) and not _share_synonyms(word, other)
    ]
    return near.rank("attribute", word, fitting, [owner])


@cache
def excluded_by(attribute: str) -> tuple[str, ...]:
    """What a thing with this attribute is not: others of its class, the opposite pole, WordNet's opposites."""
    found = [word for known in CLASSES if attribute in known for word in known]
    if attribute in COLOURS and not found:
        found += BASIC_COLOURS
    found += [word for pole, others in POLES if attribute in pole.split() for word in others.split()]
    found += [word for word in opposites(attribute) if not word.startswith(("un", "non")) and attribute not in COLOURS]
    return tuple(dict.fromkeys(w for w in found if w != attribute and w not in BARRED_ATTRIBUTES))


def is_known_of(near: Neighbours, attribute: str, owner: str) -> bool:
    """
    Whether the corpus has the attribute of this object, or of two other nouns of its category.

    Nouns for persons often tell an age, so that an age or size must be known of the noun itself: no "old girl".
    """
    found = near.contexts["attribute"].get(attribute, {})
    if owner in found:
        return True
    own = set(categories(owner)[:1])
    if attribute in AGES | SIZES and own == {"person"}:
        return False
    return sum(bool(own & set(categories(noun)[:1])) for noun in found) >= 2


def _is_number(attribute: Attribute) -> bool:
    return attribute.text.lower() in NUMBERS[1:] or attribute.text.isdigit()


def _greater_numbers(text: str) -> list[str]:
    if text.isdigit():
        return [str(int(text) + more) for more in range(1, _MORE + 1)]
    place = NUMBERS.index(text)
    return list(NUMBERS[place + 1 : place + 1 + _MORE])


def _share_synonyms(first: str, second: str) -> bool:
    return adjectives_overlap(first, second) or any(first in s and second in s for s in SYNONYMOUS_ATTRIBUTES)


def _replace(caption: str, graph: SceneGraph, index: int, word: str) -> Exchange:
    attribute = graph.attributes[index]
    replacement = Replacement(attribute.start, attribute.end, cased_as(word, attribute.text))
    lemma = str(NUMBERS.index(word) + 1) if word in NUMBERS else word
    return Exchange(
        KIND,
        RULE,
        Element("attribute", index),
        None,
        (replacement, *article_repairs(caption, [replacement])),
        _renamed(graph, attribute, lemma),
    )


def _renamed(graph: SceneGraph, attribute: Attribute, lemma: str) -> tuple[Triple, ...]:
    """The triples with the new lemma wherever the same word describes an object."""
    triples = list(graph.triples())
    for place, other in enumerate(graph.attributes, start=len(graph.relations)):
        if (other.start, other.end) == (attribute.start, attribute.end):
            triples[place] = replace(triples[place], tail=lemma)
    return tuple(triples)
