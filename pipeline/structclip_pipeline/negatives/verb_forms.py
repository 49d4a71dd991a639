"""Verbs in the form of another: "riding" and "carry" make "carrying"."""

from structclip_pipeline.negatives.number import third_person
from structclip_pipeline.parser.inflection import verb_bases

_VOWELS = "aeiou"
_GERUNDS = {"lie": "lying", "die": "dying", "tie": "tying", "ski": "skiing", "be": "being", "see": "seeing"}
_UNSTRESSED = ("open", "enter", "cover", "water", "follow", "offer", "gather")


def gerund(verb: str) -> str:
    """
    The -ing form of a verb's plain form.

    >>> [gerund(v) for v in ("ride", "carry", "run", "eat", "lie", "enter", "throw")]
    ['riding', 'carrying', 'running', 'eating', 'lying', 'entering', 'throwing']
    """
    if verb in _GERUNDS:
        return _GERUNDS[verb]
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    if _doubles(verb):
        return verb + verb[-1] + "ing"
    return verb + "ing"


def inflect_like(verb: str, form: str) -> str | None:
    """
    A verb in the form that another verb's word shows; None for past forms and participles, which are not told apart.

    >>> inflect_like("carry", "riding"), inflect_like("carry", "rides"), inflect_like("carry", "ride")
    ('carrying', 'carries', 'carry')
    """
    lower = form.lower()
    bases = verb_bases(lower)
    if lower.endswith("ing") and lower not in ("bring", "swing", "sing", "ring", "cling", "fling", "string", "spring"):
        return gerund(verb)
    if any(lower == third_person(base) for base in bases):
        return third_person(verb)
    return verb if lower == bases[0] else None


def _doubles(verb: str) -> bool:
    """One vowel between consonants at the end of a verb that is stressed there: "run", "swim"."""
    if len(verb) < 3 or verb in _UNSTRESSED:
        return False
    return verb[-1] not in _VOWELS + "wxy" and verb[-2] in _VOWELS and verb[-3] not in _VOWELS
