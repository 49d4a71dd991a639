"""How well a stretch of a caption matches a phrase of a gold graph."""

from difflib import SequenceMatcher
from functools import lru_cache

from structclip_pipeline.parser.inflection import NUMBERS, singular, verb_bases

_MINIMUM_RATIO = 0.75


@lru_cache(maxsize=500_000)
def rate_match(text: str, phrase: str) -> float:
    """
    Rate from 0 (no match) to 1 (equal) how well a lower-cased stretch of a caption matches a gold phrase.

    >>> rate_match("fire hydrant", "fire hydrant"), rate_match("side walk", "sidewalk") > 0.9, rate_match("cat", "dog")
    (1.0, True, 0.0)
    """
    if text == phrase or NUMBERS.get(text) == phrase:
        return 1.0
    compact, wanted = _compact(text), _compact(phrase)
    if compact == wanted:
        return 0.97
    if _singulars(text) == _singulars(phrase) or compact == singular(wanted) or singular(compact) == wanted:
        return 0.95
    if wanted.endswith("ing") and verb_bases(compact)[0] == verb_bases(wanted)[0]:
        return 0.8
    return _rate_similar(compact, wanted)


@lru_cache(maxsize=100_000)
def rate_verb(text: str, verb: str) -> float:
    """Rate from 0 to 1 how well a token fits a lemmatised verb; typos count a little."""
    bases = verb_bases(text)
    if verb in bases:
        return 1.0
    return max(_rate_similar(base, verb) for base in bases) if len(verb) > 3 else 0.0


def _rate_similar(text: str, wanted: str) -> float:
    if min(len(text), len(wanted)) < 3 or text[0] != wanted[0] or abs(len(text) - len(wanted)) > 4:
        return 0.0
    common = next(
        (i for i, (a, b) in enumerate(zip(text, wanted, strict=False)) if a != b), min(len(text), len(wanted))
    )
    if common >= 4 and common >= 0.6 * max(len(text), len(wanted)):
        return 0.75
    ratio = SequenceMatcher(None, text, wanted, autojunk=False).ratio()
    return 0.85 * ratio if ratio >= _MINIMUM_RATIO else 0.0


def _compact(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


def _singulars(text: str) -> list[str]:
    return [singular(word) for word in text.split()]
