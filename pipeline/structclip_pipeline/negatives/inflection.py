"""Nouns in the other number, by the library inflect: "dog", "dogs"; "fire hydrants", "fire hydrant"."""

from functools import cache, lru_cache
from threading import Lock
from typing import Any
from unittest.mock import patch

from structclip_pipeline.negatives.lexicon import COUNTABLE, COUNTED_IN_ING, MASS, PAIRED_NOUNS
from structclip_pipeline.negatives.number import PLURAL, SINGULAR, noun_number

_KEPT = 20_000
_WITHOUT_OTHER_NUMBER = MASS - COUNTABLE | PAIRED_NOUNS
_IMPORTING = Lock()
_LONGEST_ACRONYM = 2
"""Letters of "TV"; longer words in capitals are words of a caption in capitals."""


@lru_cache(maxsize=_KEPT)
def inflect_noun(noun: str, number: str) -> str | None:
    """
    A noun in the singular or plural, as it is when it stands in that number; None where it has no such form.

    >>> inflect_noun("dog", "plural"), inflect_noun("Women", "singular"), inflect_noun("scissors", "singular")
    ('dogs', 'Woman', None)
    """
    if noun.isupper() and 1 < len(noun) < _LONGEST_ACRONYM + 1 and number == PLURAL:
        return f"{noun}s"
    if noun.isupper() and len(noun) > 1:
        turned = inflect_noun(noun.lower(), number)
        return turned and turned.upper()
    words = noun.split()
    if not words or words[-1].lower() in _WITHOUT_OTHER_NUMBER or not words[-1].isalpha():
        return None
    if noun_number(noun) == number:
        return noun
    if _names_doing(words[-1].lower()):
        return None
    if number == PLURAL:
        return str(_engine().plural_noun(noun))
    if number == SINGULAR:
        turned = _engine().singular_noun(noun) or None
        return None if turned and turned.lower().split()[-1] in MASS - COUNTABLE else turned
    return None


def _names_doing(noun: str) -> bool:
    """Whether a noun in -ing is what one does, of which there are no two: "parasailing"."""
    return noun.endswith("ing") and noun not in COUNTED_IN_ING


@cache
def _engine() -> Any:
    """The library's engine, imported without the checks of types that it compiles into itself for two seconds."""
    with _IMPORTING, patch("typeguard.typechecked", lambda function: function):
        import inflect
    return inflect.engine()
