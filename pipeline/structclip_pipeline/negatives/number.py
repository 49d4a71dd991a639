"""Grammatical number of objects and the agreement of verbs with them."""

from functools import lru_cache

from structclip_pipeline.negatives.lexicon import (
    INVARIANT_NOUNS,
    IRREGULAR_PLURALS,
    PLURAL_DETERMINERS,
    PLURALS_LIKE_SINGULARS,
    SINGULAR_DETERMINERS,
    SINGULAR_IN_S,
)
from structclip_pipeline.parser.inflection import singular
from structclip_pipeline.parser.phrases import MEASURES
from structclip_schemas.graph import SceneObject

_KEPT = 1 << 14
_HOT_DOGS = frozenset(("hot dog", "hot dogs"))
"""What is called by an animal that it is none of."""

_PLENTY = frozenset(("lot", "lots", "couple", "number", "variety"))
"""Collectives that agree with what they are of."""

SINGULAR, PLURAL, EITHER = "singular", "plural", "either"
_PAIRS = {
    "is": "are",
    "was": "were",
    "has": "have",
    "does": "do",
    "isn't": "aren't",
    "wasn't": "weren't",
    "hasn't": "haven't",
    "doesn't": "don't",
    "goes": "go",
}
_TO_PLURAL = dict(_PAIRS)
_TO_SINGULAR = {plural: singular for singular, plural in _PAIRS.items()}


@lru_cache(maxsize=_KEPT)
def noun_number(noun: str) -> str:
    """Singular, plural or either, by the noun's form alone."""
    word = noun.lower().split()[-1] if noun.split() else ""
    if word in INVARIANT_NOUNS:
        return EITHER
    if word in IRREGULAR_PLURALS | PLURALS_LIKE_SINGULARS or (
        word.endswith(("men", "children", "people")) and word not in ("specimen", "ramen")
    ):
        return PLURAL
    if word in SINGULAR_IN_S or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return SINGULAR
    return PLURAL


def head_word(item: SceneObject) -> str:
    """The last word of an object's lemma, lower case: "bear" for a teddy bear; no hot dog is a dog; "" without one."""
    lemma = item.lemma.lower()
    return "hotdog" if lemma in _HOT_DOGS else (lemma.split() or [""])[-1]


def object_number(caption: str, item: SceneObject) -> str:
    """
    Singular, plural or either: by the determiner or count that opens the phrase, else by the noun's form.

    A collective ("a group of people") agrees with both; what comes in pieces agrees with them ("two slices of pizza").
    """
    opening = caption[item.phrase_start : item.start].lower().split()
    form = noun_number(item.text)
    if "of" in opening[1:]:
        return _number_of_all(caption, item, opening, form)
    if opening and opening[0] in SINGULAR_DETERMINERS and form == SINGULAR:
        return SINGULAR
    if any(map(_is_several, opening)):
        return PLURAL
    if opening and opening[0] in SINGULAR_DETERMINERS:
        return SINGULAR
    return form


def measure_of(caption: str, item: SceneObject) -> str:
    """What an object comes in, as its phrase says: "slices" for the pizza of "two slices of pizza"; else ""."""
    words = caption[item.phrase_start : item.start].lower().split()
    measure = words[words.index("of") - 1] if "of" in words[1:] else ""
    return measure if singular(measure) in MEASURES else ""


def _number_of_all(caption: str, item: SceneObject, opening: list[str], form: str) -> str:
    """The number of what opens with a collective or with pieces: "two groups of men" are several, a group is either."""
    measure, collective = measure_of(caption, item), opening[opening.index("of") - 1]
    if measure:
        return _number_of_pieces(measure, form)
    if collective in _PLENTY:
        return form
    return PLURAL if _is_several(opening[0]) and noun_number(collective) == PLURAL else EITHER


def _is_several(word: str) -> bool:
    """Whether a lower-cased word of an opening counts more than one: "two", "these", "25"."""
    return word in PLURAL_DETERMINERS or (word.isdigit() and word != "1")


def _number_of_pieces(measure: str, form: str) -> str:
    if noun_number(measure) == PLURAL:
        return PLURAL
    return SINGULAR if form == SINGULAR else EITHER


def agreeing_auxiliary(word: str, number: str) -> str:
    """
    The form of is, was, has, does (and their negations) that agrees with a number; other words unchanged.

    >>> agreeing_auxiliary("is", PLURAL), agreeing_auxiliary("have", SINGULAR)
    ('are', 'has')
    """
    table = {PLURAL: _TO_PLURAL, SINGULAR: _TO_SINGULAR}.get(number, {})
    return table.get(word.lower(), word)


def third_person(verb: str) -> str:
    """
    The third person singular of a verb's plain form.

    >>> [third_person(v) for v in ("ride", "watch", "carry", "play", "have")]
    ['rides', 'watches', 'carries', 'plays', 'has']
    """
    if verb in _TO_SINGULAR:
        return _TO_SINGULAR[verb]
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2:-1] not in tuple("aeiou"):
        return verb[:-1] + "ies"
    return verb + "s"


def verb_number(word: str, lemma: str) -> str | None:
    """
    The number that a finite verb shows against its lemma; None for participles, past forms and words that are no verbs.

    >>> verb_number("rides", "ride"), verb_number("ride", "ride"), verb_number("riding", "ride")
    ('singular', 'plural', None)
    """
    word, lemma = word.lower(), lemma.lower()
    if not word.isalpha() or lemma.endswith(("ing", "ed")):
        return None
    if word == third_person(lemma):
        return SINGULAR
    return PLURAL if word == lemma else None
