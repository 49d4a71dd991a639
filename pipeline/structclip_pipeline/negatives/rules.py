"""What is not exchanged, each rule a function: because the meaning would stay, or the English would break."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from structclip_pipeline.negatives.lexicon import (
    ARTICLES,
    BACKREFERENCES,
    BARRED_PREDICATES,
    COLOURS,
    CROWDS,
    DETERMINERS,
    FUNCTION_WORDS,
    HOLDING_PREDICATES,
    INTENSIFIERS,
    NOUNS_IN_ED,
    PARTITIVES,
    PICTURES,
    PLACELESS,
    POSTURES,
    PREPOSITIONS,
    PRONOUNS,
    RIDING,
    SPOTS,
    STATIC_POSTURES,
    SYMMETRIC_PREPOSITIONS,
    SYMMETRIC_VERBS,
    SYNONYMOUS_PREDICATES,
)
from structclip_pipeline.negatives.number import PLURAL, head_word, noun_number
from structclip_pipeline.negatives.thesaurus import nouns_overlap
from structclip_pipeline.negatives.words import cut_out, is_title_case, word_after, word_before
from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject

_KEPT = 1 << 12

_INSIDE_PHRASES = DETERMINERS | INTENSIFIERS
_PLURAL_ONLY = (
    *("each ", "one another", "together", "side by side", ", one ", "and one is", "and one has", "one of them"),
    *("gathered", "piled", "stacked", "huddled", "scattered", "assembled", "lined up", "grouped"),
)
_TOPS = frozenset(("table top", "counter top", "mountain top", "roof top", "stove top", "hill top"))
"""Things by whose last word one would not know them."""
_PLACES_WITH_OF = frozenset(("off", "beside", "atop", "inside", "outside"))
"""Prepositions that may take an "of" along: "off of"."""
_GENERIC_PERSONS = frozenset(["person", "people", "guy", "guys", "man", "men", "male", "individual", "someone"])

LIST_WORDS = frozenset((",", "and", "&", "or", "a", "an", "the", "some", "of"))

Checks = tuple[tuple[str, Callable[[], bool]], ...]
"""Rules by name, each asked only when those before it do not hold."""

Subject = TypeVar("Subject")
Rules = tuple[tuple[str, Callable[[Subject], bool]], ...]
"""The same as a table that stands for all subjects: for rules asked of every pair of a caption's objects."""


NONE: frozenset[str] = frozenset()


def first_that_holds(checks: Checks, forgiven: frozenset[str] = NONE) -> str | None:
    """The name of the first rule that holds and is not ``forgiven``, None when none does."""
    for name, holds in checks:
        if holds() and name not in forgiven:
            return name
    return None


def first_of(rules: Rules[Subject], subject: Subject, forgiven: frozenset[str] = NONE) -> str | None:
    """The name of the first rule of a table that holds of a subject and is not ``forgiven``, None when none does."""
    for name, holds in rules:
        if holds(subject) and name not in forgiven:
            return name
    return None


def is_pronoun(item: SceneObject) -> bool:
    """Pronouns and expletives stand for something else: "it", "who", "one", "something"."""
    return item.lemma.lower() in PRONOUNS or item.text.lower() in PRONOUNS


def is_placeless(item: SceneObject) -> bool:
    """Nouns that name no thing in the picture: "background", "top", "day", "photo", "green" in "a man in green"."""
    noun = head_word(item)
    return (noun in PLACELESS or noun in COLOURS) and item.lemma.lower() not in _TOPS


def are_coordinated(caption: str, first: SceneObject, second: SceneObject) -> bool:
    """Whether nothing but "and" stands between two phrases: their verb is plural, and their order says nothing."""
    return caption[first.phrase_end : second.phrase_start].strip(" ,").lower() in ("and", "&", "or")


def shares_its_article(caption: str, graph: SceneGraph, item: SceneObject) -> bool:
    """Whether the noun behind "and" has no article of its own: "a sink and mirror"."""
    word, _, end = word_after(caption, item.phrase_end)
    start = word_after(caption, end)[1]
    return word.lower() == "and" and any(
        o.phrase_start == start and is_bare_singular(caption, o) for o in graph.objects
    )


def are_listed(caption: str, graph: SceneGraph, first: SceneObject, second: SceneObject) -> bool:
    """Whether two phrases are items of one list: between them stand only other items, commas and "and"."""
    words = words_between(caption, graph, first, second)
    return bool(words) and set(words) <= LIST_WORDS


def words_between(caption: str, graph: SceneGraph, first: SceneObject, second: SceneObject) -> list[str]:
    """The words between two phrases that are in no other phrase, commas among them."""
    phrases = [(o.phrase_start, o.phrase_end) for o in graph.objects]
    between = cut_out(caption, first.phrase_end, second.phrase_start, phrases)
    return between.lower().replace(",", " , ").split()


def serves_a_purpose(relation: Relation) -> bool:
    """Whether a relation says what something is for: "decorated for the celebration"."""
    return last_word(relation.lemma) == "for"


def is_an_occasion(graph: SceneGraph, index: int) -> bool:
    """Whether an object says when something is: "swings during a game", and no game during a batter."""
    return any(r.tail == index and last_word(r.lemma) == "during" for r in graph.relations)


def is_contrasted(caption: str, item: SceneObject) -> bool:
    """Whether a phrase counts one of two ("in one hand"), and the caption goes on with the other."""
    opening = caption[item.phrase_start : item.start].lower().split()
    return opening[:1] == ["one"] and bool({"other", "another"} & set(caption[item.end :].lower().strip(" .").split()))


def are_part_and_whole(graph: SceneGraph, i: int, j: int) -> bool:
    """Whether one object is said to hold the other: what is said of one ("an old bathroom") may be true of both."""
    return any({r.head, r.tail} == {i, j} and r.lemma.lower() in HOLDING_PREDICATES for r in graph.relations)


def may_be_one_kind(first: SceneObject, second: SceneObject) -> bool:
    """Whether one noun may name what the other names: "street" and "road", "player" and "catcher"."""
    return co_refer(first, second) or nouns_overlap(first.lemma, second.lemma)


def last_word(lemma: str) -> str:
    """
    The last of a predicate's words, lower case; "" where it has none.

    >>> last_word("Sit next to"), last_word("")
    ('to', '')
    """
    return (lemma.lower().split() or [""])[-1]


def preposition_of(lemma: str) -> str:
    """A predicate's words without its verb: "around" of "sit around", "on" for "ride"; other verbs alone stay."""
    first, _, rest = lemma.partition(" ")
    if lemma in RIDING:
        return "on"
    return rest if rest and first not in PREPOSITIONS else lemma


def describing(graph: SceneGraph, index: int) -> list[Attribute]:
    """The attributes of an object that stand before its noun within its phrase."""
    item = graph.objects[index]
    return [a for a in graph.attributes if a.object == index and item.phrase_start <= a.start < item.start]


def relations_between(graph: SceneGraph, i: int, j: int) -> list[Relation]:
    """The relations between two objects, in whatever direction."""
    return [r for r in graph.relations if (r.head == i and r.tail == j) or (r.head == j and r.tail == i)]


def is_no_noun(caption: str, item: SceneObject) -> bool:
    """A verb that the parser took for an object: "fenced" in "a fenced in field", "board" in "waiting to board"."""
    word = item.text.lower()
    if word.endswith("ed") and word not in NOUNS_IN_ED:
        return True
    return word_before(caption, item.phrase_start)[0].lower() == "to" and is_bare_singular(caption, item)


def is_inverted(caption: str, graph: SceneGraph, relation: Relation) -> bool:
    """
    A participle between its object and its subject, which form a compound: "a horse drawn carriage".

    Not where a preposition comes between: "a truck surrounded by a fence".
    """
    head, tail = graph.objects[relation.head], graph.objects[relation.tail]
    if not (tail.end <= relation.start and head.start >= relation.end) or not relation.text:
        return False
    words = relation.text.lower().split()[-1], word_after(caption, relation.end)[0].lower()
    return PREPOSITIONS.isdisjoint(words)


def is_reciprocal(caption: str) -> bool:
    """Whether words of the caption ask for a plural subject: "each", "together", "gathered", "and one of them"."""
    words = caption.lower()
    return any(phrase in words for phrase in _PLURAL_ONLY)


def are_crowd_and_thing(first: SceneObject, second: SceneObject) -> bool:
    """Whether one of two objects is many ("a crowd") and the other is not: only the one does things together."""
    return (head_word(first) in CROWDS) != (head_word(second) in CROWDS)


def is_partitive(caption: str, item: SceneObject) -> bool:
    """The head of a partitive or a container: "group" in "group of people", "cup" in "cup of coffee"."""
    if word_after(caption, item.phrase_end)[0].lower() == "of":
        return True
    return item.lemma.lower() in PARTITIVES and word_after(caption, item.end)[0].lower() == "of"


def is_complement(caption: str, graph: SceneGraph, item: SceneObject) -> bool:
    """
    The object of an "of" that belongs to a noun ("coffee" in "cup of coffee"), not to a predicate ("on top of").

    Nor what a picture shows ("a photo of a dog with a car") or what a spot is on: "on the back of a giraffe".
    """
    word, start, _ = word_before(caption, item.phrase_start)
    if word.lower() != "of" or any(r.start < start < r.end for r in graph.relations):
        return False
    noun, begin, _ = word_before(caption, start)
    if noun.lower() in _PLACES_WITH_OF:
        return False
    alongside = noun.lower() == "side" and word_before(caption, begin)[0].lower() == "along"
    if noun.lower() in SPOTS and not alongside and not any(o.start <= begin < o.end for o in graph.objects):
        return False
    return noun.lower() not in PICTURES and not (noun.lower() == "up" and caption[:begin].lower().endswith("close "))


def is_possessor(caption: str, item: SceneObject) -> bool:
    """A noun with "'s" behind it: "dog" in "the dog's tail"."""
    after = caption[item.end : item.end + 3].lstrip().lower()
    return after.startswith(("'s", "\u2019s", "' ", "\u2019 "))


def is_symmetric(relation: Relation) -> bool:
    """
    Whether exchanging the ends keeps the meaning: near, next to, beside, with, and, by, "sit next to", "stand with".

    What names a side ("to the right of", not "right next to") is not, whatever its lemma, nor are "by" after a passive
    ("ridden by") and "with" after a participle ("covered with").
    """
    return _is_symmetric(relation.lemma.lower(), relation.text.lower())


@lru_cache(maxsize=_KEPT)
def _is_symmetric(lemma: str, text: str) -> bool:
    if text.startswith(("right next", "right beside", "right near", "right by")):
        lemma, text = lemma.removeprefix("right "), text.removeprefix("right ")
    if {"left", "right"} & set(text.split()):
        return False
    if lemma in SYMMETRIC_PREPOSITIONS or lemma in SYMMETRIC_VERBS:
        return True
    verb, _, rest = lemma.partition(" ")
    if rest == "at":
        return verb in STATIC_POSTURES
    if rest and verb in POSTURES:
        return any(
            rest == p or rest.endswith(" " + p)
            for p in SYMMETRIC_PREPOSITIONS
            if p not in ("around", "like", "against")
        )
    return (rest == "with" and text.partition(" ")[0].endswith("ing")) or rest in ("next to", "near", "beside")


def have_direction(graph: SceneGraph, i: int, j: int) -> bool:
    """Whether some relation of two objects says something else when they change places."""
    return any({r.head, r.tail} == {i, j} and not is_symmetric(r) for r in graph.relations)


def is_wordless(relation: Relation) -> bool:
    """No word stands for the relation ("dog's tail"), or only one that joins parts and wholes ("of")."""
    return (
        not relation.text.strip()
        or relation.lemma.lower() in BARRED_PREDICATES
        or relation.text.lower() in BARRED_PREDICATES
    )


@lru_cache(maxsize=_KEPT)
def mean_the_same(first: str, second: str) -> bool:
    """Whether two predicates' lemmas say the same: "on" and "on top of", "near" and "next to", "on" and "stand on"."""
    first, second = first.lower(), second.lower()
    if RIDING & {first, second}:
        first, second = preposition_of(first), preposition_of(second)
    if first.split()[-1:] == second.split()[-1:] and 1 in (len(first.split()), len(second.split())):
        return True
    return first == second or any(first in s and second in s for s in SYNONYMOUS_PREDICATES)


def share_a_noun(first: SceneObject, second: SceneObject) -> bool:
    """Whether two phrases have one noun or its last word in common: "stop sign" and "signs"."""
    a, b = first.lemma.lower(), second.lemma.lower()
    return a == b or a.split()[-1:] == b.split()[-1:] or a.rstrip("s") == b.rstrip("s")


def co_refer(first: SceneObject, second: SceneObject) -> bool:
    """Whether two phrases may name one object, or things alike: same noun, same last word, "man" and "guy"."""
    if share_a_noun(first, second):
        return True
    a, b = first.lemma.lower(), second.lemma.lower()
    return a in _GENERIC_PERSONS and b in _GENERIC_PERSONS


def is_repeated(graph: SceneGraph, i: int, j: int) -> bool:
    """Whether a mention between two objects names one of them again: the relation may belong to that mention."""
    pair = graph.objects[i], graph.objects[j]
    between = [o for o in graph.objects[i + 1 : j] if pair[0].end <= o.start and o.end <= pair[1].start]
    lemmas = [o.lemma.lower() for o in pair] if between else []
    return any(o.lemma.lower() in lemmas for o in between)


def overlap(first: SceneObject, second: SceneObject) -> bool:
    """Whether two phrases share characters or one lies in the other."""
    return first.phrase_start < second.phrase_end and second.phrase_start < first.phrase_end


def holds_another(graph: SceneGraph, index: int) -> bool:
    """Whether another object stands inside the phrase ("the dog's tail"): it would move, its relations would not."""
    item = graph.objects[index]
    return any(k != index and overlap(item, other) for k, other in enumerate(graph.objects))


def holds_a_stranger(graph: SceneGraph, index: int) -> bool:
    """Whether the phrase holds another object that is more than a word of its noun: not for "a bathroom sink"."""
    item = graph.objects[index]
    return any(
        k != index and overlap(item, other) and not _modifies(graph, item, index, other, k)
        for k, other in enumerate(graph.objects)
    )


def _modifies(graph: SceneGraph, item: SceneObject, index: int, other: SceneObject, k: int) -> bool:
    """Whether all that is said of an object k within another's phrase is how it belongs to that noun behind it."""
    within = item.phrase_start <= other.phrase_start and other.end == other.phrase_end <= item.start
    related = [{r.head, r.tail} for r in graph.relations if k in (r.head, r.tail)]
    described = any(a.object == k for a in graph.attributes)
    return within and not described and all(ends == {k, index} for ends in related)


def has_loose_attribute(graph: SceneGraph, index: int) -> bool:
    """Whether an attribute of the object stands outside its phrase ("the dog is brown"): it would not move along."""
    item = graph.objects[index]
    return any(
        a.object == index and not item.phrase_start <= a.start <= a.end <= item.phrase_end for a in graph.attributes
    )


def shares_attribute(graph: SceneGraph, index: int) -> bool:
    """Whether one word describes this object and another ("red cups and plates"): it cannot move with one of them."""
    spans = {(a.start, a.end) for a in graph.attributes if a.object == index}
    return bool(spans) and any((a.start, a.end) in spans for a in graph.attributes if a.object != index)


def with_complement(caption: str, graph: SceneGraph, index: int) -> SceneObject:
    """An object whose phrase takes its "of" along: "a plate of food" for the plate."""
    item = graph.objects[index]
    while item.lemma.lower() not in PARTITIVES:
        word, _, end = word_after(caption, item.phrase_end)
        if word.lower() != "of" or any(r.start < end <= r.end for r in graph.relations):
            break
        start = word_after(caption, end)[1]
        following = next((o for o in graph.objects if o.phrase_start == start), None)
        if following is None:
            break
        item = replace(item, phrase_end=following.phrase_end)
    return item


def possessed(caption: str, item: SceneObject) -> bool:
    """Whether a possessive pronoun opens the phrase ("his dog"): its owner would change or come later."""
    words = caption[item.phrase_start : item.start].lower().split()
    return bool(BACKREFERENCES & set(words))


def has_clear_phrase(caption: str, graph: SceneGraph, item: SceneObject) -> bool:
    """Whether an object's phrase is a whole noun phrase as far as its neighbours tell."""
    return has_clear_edges(caption, graph, item.phrase_start, item.phrase_end)


def is_on_each_side(relation: Relation) -> bool:
    """Whether a relation speaks of several sides: "a lamp on each side of the bed" has one bed for two lamps."""
    words = set(relation.text.lower().split())
    return bool({"each", "both", "either"} & words and {"side", "sides", "end", "ends"} & words)


def has_clear_edges(caption: str, graph: SceneGraph, start: int, end: int) -> bool:
    """
    Whether a span is a whole noun phrase as far as its neighbours tell.

    Before it: the start, a mark, a function word that is no determiner, a predicate but no participle, which makes a
    compound with what follows ("snow covered ground"); behind it: the end, a mark unless examples follow (", including
    chocolate,"), a function word, a predicate or a stated property.
    """
    before, before_start, before_end = word_before(caption, start)
    after, after_start, _ = word_after(caption, end)
    joined = (bool(after) and after_start == end and after[0] in "'\u2019-/&") or (
        before_end == start and before in ("-", "/", "'")
    )
    halved = before.lower() == "and" and _is_half(caption, graph, start, before_start)
    named = after[:1].isupper() and not is_title_case(caption) and after.lower() not in FUNCTION_WORDS
    listed = after == "," and word_after(caption, after_start + 1)[0].lower() in ("including", "such")
    return (
        not joined
        and not halved
        and not listed
        and not named
        and _may_precede(before, before_start, graph)
        and _may_follow(after, after_start, graph)
    )


def _is_half(caption: str, graph: SceneGraph, start: int, conjunction: int) -> bool:
    """Whether a phrase without a determiner follows an "and" that joins it to no object: "a fruit and veggie stand"."""
    opening = caption[start:].split(maxsplit=1)[:1]
    before, before_start, _ = word_before(caption, conjunction)
    return (
        bool(opening)
        and opening[0].lower() not in DETERMINERS
        and before.isalpha()
        and not any(o.start <= before_start < o.end for o in graph.objects)
    )


def _may_precede(word: str, start: int, graph: SceneGraph) -> bool:
    lower = word.lower()
    if not word or not word[0].isalnum():
        return lower != "'s"
    if lower in _INSIDE_PHRASES or any(o.start <= start < o.end for o in graph.objects):
        return False
    if lower.endswith("ed"):
        return False
    if any(r.start <= start < r.end for r in graph.relations):
        return True
    return lower in FUNCTION_WORDS


def _may_follow(word: str, start: int, graph: SceneGraph) -> bool:
    lower = word.lower()
    if not word or not word[0].isalnum():
        return lower != "'s"
    if lower in ("where", "who", "whom", "whose"):
        return False
    if lower.endswith("ly") and not any(o.start <= start < o.end for o in graph.objects):
        return True
    if any(r.start == start for r in graph.relations if r.text) or any(a.start == start for a in graph.attributes):
        return True
    return lower in FUNCTION_WORDS or lower.endswith(("ing", "ed"))


def opening_article(caption: str, start: int, end: int) -> str:
    """The article a span opens with, lower case, or ""."""
    words = caption[start:end].split(maxsplit=1)
    return words[0].lower() if words and words[0].lower() in ARTICLES else ""


def is_bare_singular(caption: str, item: SceneObject) -> bool:
    """A singular noun, or a collective ("small group of people"), without a determiner."""
    words = caption[item.phrase_start : item.end].lower().split()
    if "of" in words:
        return words[0] not in DETERMINERS and not words[0].endswith("s")
    return noun_number(item.text) != PLURAL and bool(words) and words[0] not in DETERMINERS and not words[0].isdigit()
