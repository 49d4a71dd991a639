"""Replace an object by another of its category that the corpus knows in the same contexts: "a dog" by "a cat"."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache

from structclip_pipeline.negatives import noun_rules, rules
from structclip_pipeline.negatives.contexts import BARE, COUNTED, name_object, object_contexts, object_use, predicate_of
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.inflection import inflect_noun
from structclip_pipeline.negatives.lexicon import (
    ANIMALS,
    COLOURS,
    COUNTS,
    FEMININE,
    MASCULINE,
    MATERIALS,
    NEUTER,
    PARTITIVES,
    PERSONS,
    PLACELESS,
    PRONOUNS,
    SIZES,
)
from structclip_pipeline.negatives.neighbours import Neighbours
from structclip_pipeline.negatives.number import EITHER, PLURAL, noun_number
from structclip_pipeline.negatives.oppositions import ALIKE, WHO
from structclip_pipeline.negatives.repair import article_repairs
from structclip_pipeline.negatives.replacing import (
    MOST,
    Lookup,
    cased_as,
    is_mentioned_again,
    is_negated,
    is_plain_phrase,
)
from structclip_pipeline.negatives.thesaurus import categories, nouns_overlap
from structclip_pipeline.negatives.words import tokens
from structclip_schemas.graph import SceneGraph, SceneObject, Triple
from structclip_schemas.variant import Element

KIND, RULE = "replace_object", "replace-object/1"

LEAST_LIKE = 0.05
"""A noun whose contexts are less like the object's than this cosine replaces nothing."""

_ANYTHING = COLOURS | SIZES | COUNTS | MATERIALS | {"old", "new", "young", "many", "several"}
"""Attributes that most things may have."""

_SAY_NOTHING = (
    PLACELESS
    | PARTITIVES
    | PRONOUNS
    | COLOURS
    | {"thing", "object", "item", "area", "place", "stuff", "surface", "block", "land", "horseback"}
)
_HAVING = frozenset({"have", "with", "contain", "include", "feature", "hold"})
_INSIDE = frozenset({"in", "inside", "inside of", "within"})
_FEMALE = FEMININE | {"woman", "lady", "girl", "mother", "mom", "daughter", "wife", "sister", "bride", "waitress"}
_MALE = MASCULINE | {"man", "boy", "guy", "gentleman", "father", "dad", "son", "husband", "brother", "groom", "waiter"}


def replace_objects(lookup: Lookup, caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every replacement of an object's noun, best known first, and the reason where there is none."""
    for index in range(len(graph.objects)):
        reason = forbidden_object(caption, graph, index)
        if reason:
            yield Refusal(KIND, reason)
            continue
        words = nouns_instead(lookup, caption, graph, index)
        if not words:
            yield Refusal(KIND, "no-other-word")
        for word in words[:MOST]:
            yield _replace(caption, graph, index, word)


def forbidden_object(caption: str, graph: SceneGraph, index: int) -> str | None:
    """The name of the first rule that forbids replacing an object, or None."""
    item = graph.objects[index]
    checks: rules.Checks = (
        ("pronoun", lambda: noun_rules.is_pronoun(item)),
        ("placeless", lambda: noun_rules.is_placeless(item)),
        ("no-noun", lambda: noun_rules.is_no_noun(caption, item)),
        ("partitive", lambda: noun_rules.is_partitive(caption, item)),
        ("negated", lambda: is_negated(caption, item.phrase_start)),
        ("compound", lambda: not is_plain_phrase(caption, graph, item)),
        ("no-triple", lambda: not any(index in (t.head_object, t.tail_object) for t in graph.triples())),
        ("repeated-mention", lambda: is_mentioned_again(caption, graph, index)),
        ("noun-number", lambda: noun_number(item.text) == EITHER),
    )
    return rules.first_that_holds(checks)


def nouns_instead(lookup: Lookup, caption: str, graph: SceneGraph, index: int) -> list[str]:
    """
    Nouns of the object's category that the corpus knows in the same contexts, best first.

    None that a caption of the image names, none that captions of one image use for the same thing, none that cannot be
    counted as the object is. A person and an animal replace each other where the corpus has one of the very relations
    with the same other object.
    """
    item, near = graph.objects[index], lookup.neighbours
    noun, contexts = name_object(item.lemma), object_contexts(graph, index)
    telling = [c for c in contexts if _is_telling(c)]
    held = holding_contexts(graph, index)
    fitting = [
        word
        for word in nouns_alike(near, noun)
        if _is_countable_so(near, word, caption, item)
        and _in_number(word, noun_number(item.text))
        and _keeps_references(caption, item, word)
        and near.fit("object", word, telling) == len(telling)
        and near.fit("object", word, held) == 0
        and (_is_person(noun) == _is_person(word) or near.fit("object", word, contexts) > len(telling))
    ]
    return [word for word in near.rank("object", noun, fitting, contexts) if not lookup.image.name(word)]


def holding_contexts(graph: SceneGraph, index: int) -> list[str]:
    """
    What tells that a place or thing holds the object: "kitchen > with" for the oven in "a kitchen with an oven".

    What the corpus knows in these contexts may be there too, unmentioned; persons and animals hold what they hold.
    """
    found = []
    for relation in graph.relations:
        holder, held, lemma = relation.head, relation.tail, relation.lemma.lower()
        if predicate_of(lemma)[1] in _INSIDE:
            holder, held = held, holder
        elif lemma not in _HAVING and predicate_of(lemma)[1] != "with":
            continue
        name = name_object(graph.objects[holder].lemma)
        if held == index and not _is_animate(name):
            found.append(f"{lemma} > {name}" if holder == relation.tail else f"{name} > {lemma}")
    return found


@lru_cache(maxsize=5_000)
def nouns_alike(near: Neighbours, noun: str) -> tuple[str, ...]:
    """Known nouns of one category with a noun that cannot name the same thing, by name."""
    own = set(categories(noun))
    listed = {word for group in ALIKE if noun in group.split() for word in group.split()}
    known = (word for word in near.met["object"] if near.known("object", word) and word not in _SAY_NOTHING)
    return tuple(
        sorted(
            word
            for word in known
            if (word in listed or _is_same_kind(noun, own, word))
            and near.likeness_of("object", noun, word) >= LEAST_LIKE
            and word.split()[-1] != noun.split()[-1]
            and not nouns_overlap(noun, word)
            and not near.interchanged(noun, word)
            and not near.interchanged(word, noun)
        )
    )


def _is_same_kind(noun: str, own: set[str], word: str) -> bool:
    """Whether a word is of a noun's category; persons give way to those that :data:`WHO` lists, and to animals."""
    if _is_person(noun):
        return word in _others(noun) or categories(word)[:1] == ("animal",)
    if _is_person(word):
        return noun in ANIMALS and bool(_others(word))
    return bool(own & set(categories(word)))


def _is_person(noun: str) -> bool:
    return noun in PERSONS or categories(noun)[:1] == ("person",)


def _is_animate(noun: str) -> bool:
    return _is_person(noun) or categories(noun)[:1] == ("animal",) or noun in ANIMALS


@cache
def _others(person: str) -> frozenset[str]:
    return frozenset(word for known, others in WHO if person in known.split() for word in others.split())


def _is_telling(context: str) -> bool:
    """Whether a context asks for a certain kind of thing: not one object more, not a property that all things have."""
    if context.startswith("is "):
        return context.removeprefix("is ") not in _ANYTHING
    return context.startswith("> ") or context.endswith(" >")


def _is_countable_so(near: Neighbours, word: str, caption: str, item: SceneObject) -> bool:
    use = object_use(caption, item)
    if use is None:
        return near.used_as(word, COUNTED) or near.used_as(word, BARE)
    return near.used_as(word, use)


def _in_number(word: str, number: str) -> str | None:
    """A word that names things in the singular as it stands for one or several of them."""
    return inflect_noun(word, PLURAL) if number == PLURAL else word


def _keeps_references(caption: str, item: SceneObject, word: str) -> bool:
    """Whether the pronouns of the caption that may mean the object may mean the word as well."""
    own = name_object(item.lemma)
    pronouns = (text.lower() for text, start, _ in tokens(caption) if start > item.end)
    return all(
        _may_mean(pronoun, word) or not _may_mean(pronoun, own)
        for pronoun in pronouns
        if pronoun in MASCULINE | FEMININE | NEUTER
    )


def _may_mean(pronoun: str, noun: str) -> bool:
    if pronoun in MASCULINE:
        return (_is_person(noun) or noun in ANIMALS) and noun not in _FEMALE
    if pronoun in FEMININE:
        return (_is_person(noun) or noun in ANIMALS) and noun not in _MALE
    return not _is_person(noun)


def _replace(caption: str, graph: SceneGraph, index: int, word: str) -> Exchange:
    item = graph.objects[index]
    noun, lemma = (_in_number(word, noun_number(form)) or word for form in (item.text, item.lemma))
    replacement = Replacement(item.start, item.end, cased_as(noun, item.text))
    return Exchange(
        KIND,
        RULE,
        Element("object", index),
        None,
        (replacement, *article_repairs(caption, [replacement])),
        _renamed(graph, index, lemma),
    )


def _renamed(graph: SceneGraph, index: int, lemma: str) -> tuple[Triple, ...]:
    return tuple(
        replace(
            triple,
            head=lemma if triple.head_object == index else triple.head,
            tail=lemma if triple.tail_object == index else triple.tail,
        )
        for triple in graph.triples()
    )
