"""Words of a caption around an offset."""

import re
from collections.abc import Iterable
from functools import lru_cache

_KEPT = 1 << 12

_TOKEN = re.compile(r"\w+(?:['\u2019\-]\w+)*|[^\w\s]")
_BEFORE = re.compile(r"(\w+(?:['\u2019\-]\w+)*|[^\w\s])\s*\Z")
_AFTER = re.compile(r"\s*('s\b|\w+(?:['\u2019\-]\w+)*|[^\w\s])")
_ABBREVIATED = re.compile(r"(\b|\.)\w\.$")
"""A letter with its full stop: "t.v." ends no sentence."""

_VOWEL_SOUND = re.compile(
    r"(?!uni[^nm]|uri|use|usu|euro|one\b|once\b|ut[ei]|ufo)[aeiou]|hour|honest|heir|x-?ray", re.IGNORECASE
)


@lru_cache(maxsize=_KEPT)
def tokens(text: str) -> tuple[tuple[str, int, int], ...]:
    """Every word and every mark with its half-open range."""
    return tuple((m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text))


@lru_cache(maxsize=_KEPT)
def word_before(caption: str, offset: int) -> tuple[str, int, int]:
    """The word or mark that ends before an offset with its range; ("", offset, offset) at the caption's start."""
    found = _BEFORE.search(caption, max(0, offset - 60), offset)
    return (found.group(1), found.start(1), found.end(1)) if found else ("", offset, offset)


@lru_cache(maxsize=_KEPT)
def word_after(caption: str, offset: int) -> tuple[str, int, int]:
    """The word or mark that starts at or after an offset with its range; ("", offset, offset) at the end."""
    found = _AFTER.match(caption, offset)
    return (found.group(1), found.start(1), found.end(1)) if found else ("", offset, offset)


def cut_out(caption: str, start: int, end: int, spans: Iterable[tuple[int, int]]) -> str:
    """
    A slice of a caption without the spans that lie in it, which do not overlap.

    >>> cut_out("a red cup and a plate", 0, 21, [(2, 5), (10, 13)])
    'a  cup  a plate'
    """
    between = caption[start:end]
    inside = {s for s in spans if start <= s[0] and s[1] <= end}
    for first, last in sorted(inside, reverse=True) if inside else ():
        between = between[: first - start] + between[last - start :]
    return between


def starts_sentence(caption: str, offset: int) -> bool:
    """Whether nothing but marks stands between the offset and the start of the caption or a full stop."""
    before = caption[:offset].rstrip(" \t\"'(\u201c\u2018")
    return not before or (before[-1] in ".!?" and not _ABBREVIATED.search(before))


@lru_cache(maxsize=1 << 10)
def is_title_case(caption: str) -> bool:
    """Whether most words of a caption have a capital, so that a capital says nothing."""
    words = [w for w in caption.split() if w[0].isalpha()]
    return len(words) > 3 and sum(w[0].isupper() for w in words) > 0.6 * len(words)


def is_written_as_a_name(caption: str, text: str, start: int) -> bool:
    """Whether a capital opens words within a sentence ("London"), in a caption that has not capitals everywhere."""
    capital = text[:1].isupper() and not starts_sentence(caption, start)
    return capital and not caption.isupper() and not is_title_case(caption)


def cased_like(word: str, changed: str) -> str:
    """
    A word in the letters of the one whose place it takes.

    >>> cased_like("HIS", "its"), cased_like("His", "its"), cased_like("his", "its")
    ('ITS', 'Its', 'its')
    """
    if word.isupper() and len(word) > 1:
        return changed.upper()
    return changed.capitalize() if word[0].isupper() else changed


def indefinite_article(word: str) -> str:
    """
    The article a following word asks for, by its sound as far as spelling tells.

    >>> [indefinite_article(w) for w in ("apple", "horse", "hour", "uniform", "umbrella")]
    ['an', 'a', 'an', 'a', 'an']
    """
    return "an" if _VOWEL_SOUND.match(word) else "a"
