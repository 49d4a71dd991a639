"""Signs that forbid: "a no parking sign", "do not enter" deny nothing of what the caption shows."""

from collections.abc import Container, Sequence

from structclip_pipeline.parser.phrases import DETERMINERS

_SIGNS = frozenset(("sign", "signs", "symbol", "symbols", "zone", "zones"))
_FORBIDDEN = frozenset(("turn", "turns", "entry", "access", "outlet", "exit", "trespassing"))
_SUBJECTS = frozenset(("who", "which", "that", "they", "we", "you", "i", "he", "she", "it", "there", "people"))


def is_sign(word: str) -> bool:
    """Whether a noun names what forbids."""
    return word in _SIGNS


def is_idiom(words: Sequence[str], no: int, start: int, end: int, described: Container[int]) -> bool:
    """
    Whether ``words[start:end]`` is a sign, and what stands between it and "no" is what it forbids.

    ``described`` holds the places of words that state a property: "no street signs" are no signs.

    >>> words = "a no parking sign".split()
    >>> is_idiom(words, 1, 3, 4, ()), is_idiom("no signs".split(), 0, 1, 2, ())
    (True, False)
    """
    if not is_sign(words[end - 1]):
        return False
    between = range(no + 1, end - 1)
    named = any(words[i] in _FORBIDDEN or words[i].endswith("ing") for i in between)
    plain = any(i not in described and i < start and words[i] not in DETERMINERS for i in between)
    return named or plain or (no > 0 and words[no - 1] in DETERMINERS)


def is_imperative(words: Sequence[str], place: int, objects: Container[int]) -> bool:
    """
    Whether "not" is part of an order that a sign gives: nobody stands before its "do".

    >>> is_imperative("a do not enter sign".split(), 2, ()), is_imperative("trees do not move".split(), 2, {0})
    (True, False)
    """
    subject = place - 2
    if place < 1 or words[place - 1] != "do":
        return False
    return subject < 0 or (subject not in objects and words[subject] not in _SUBJECTS)
