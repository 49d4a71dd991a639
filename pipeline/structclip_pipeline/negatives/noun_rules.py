"""What a noun says of its object: whether it names a thing that could be elsewhere, and how it is determined."""

from structclip_pipeline.negatives.lexicon import (
    ARTICLES,
    BACKREFERENCES,
    COLOURS,
    DETERMINERS,
    NOUNS_IN_ED,
    PARTITIVES,
    PICTURES,
    PLACELESS,
    PRONOUNS,
    SPOTS,
)
from structclip_pipeline.negatives.number import PLURAL, head_word, noun_number
from structclip_pipeline.negatives.words import word_after, word_before
from structclip_schemas.graph import SceneGraph, SceneObject

_TOPS = frozenset(("table top", "counter top", "mountain top", "roof top", "stove top", "hill top"))
"""Things by whose last word one would not know them."""

_MEANS = frozenset(("phone", "mail", "email", "hand", "foot", "air", "rail"))
"""By what something is done, behind "by" without an article."""

_PLACES_WITH_OF = frozenset(("off", "beside", "atop", "inside", "outside"))
"""Prepositions that may take an "of" along: "off of"."""


def is_pronoun(item: SceneObject) -> bool:
    """Pronouns and expletives stand for something else: "it", "who", "one", "something"."""
    return item.lemma.lower() in PRONOUNS or item.text.lower() in PRONOUNS


def is_placeless(item: SceneObject) -> bool:
    """Nouns that name no thing in the picture: "background", "top", "day", "photo", "green" in "a man in green"."""
    noun = head_word(item)
    return (noun in PLACELESS or noun in COLOURS) and item.lemma.lower() not in _TOPS


def is_no_noun(caption: str, item: SceneObject) -> bool:
    """
    A verb that the parser took for an object ("fenced" in "a fenced in field", "board" in "waiting to board"), or a
    noun that only says how: "by phone".
    """
    word = item.text.lower()
    if word.endswith("ed") and word not in NOUNS_IN_ED:
        return True
    before = word_before(caption, item.phrase_start)[0].lower()
    return (before == "to" or (before == "by" and word in _MEANS)) and is_bare_singular(caption, item)


def is_compared(caption: str, item: SceneObject) -> bool:
    """Whether a phrase counts one of two ("in one hand") and the caption goes on with the other, or says "the same"."""
    opening = caption[item.phrase_start : item.start].lower().split()
    if "same" in opening:
        return True
    return opening[:1] == ["one"] and bool({"other", "another"} & set(caption[item.end :].lower().strip(" .").split()))


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


def possessed(caption: str, item: SceneObject) -> bool:
    """Whether a possessive pronoun opens the phrase ("his dog"): its owner would change or come later."""
    words = caption[item.phrase_start : item.start].lower().split()
    return bool(BACKREFERENCES & set(words))


def opening_article(caption: str, start: int, end: int) -> str:
    """The article a span opens with, lower case, or ""."""
    words = caption[start:end].split(maxsplit=1)
    return words[0].lower() if words and words[0].lower() in ARTICLES else ""


def is_bare_singular(caption: str, item: SceneObject) -> bool:
    """A singular noun, or a collective ("small group of people"), without a determiner."""
    words = caption[item.phrase_start : item.end].lower().split()
    if "of" in words:
        return words[0] not in DETERMINERS and not words[0].endswith("s") and not words[0].isdigit()
    return noun_number(item.text) != PLURAL and bool(words) and words[0] not in DETERMINERS and not words[0].isdigit()
