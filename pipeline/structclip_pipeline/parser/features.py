"""What the network sees of a word: its number in the vocabulary and the hashes of its character n-grams."""

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence

UNKNOWN = 0
"""The number of every word outside the vocabulary."""

BUCKETS = 16_384
_SIZES = (2, 3, 4, 5)
_LONGEST_WORD = 24


def hash_ngrams(word: str) -> list[int]:
    """
    Buckets of the character n-grams of a lower-cased word between markers, and of the whole; the same on every machine.

    >>> len(hash_ngrams("cat")), hash_ngrams("cat") == hash_ngrams("cat")
    (11, True)
    """
    marked = f"<{word[:_LONGEST_WORD]}>"
    grams = [marked] + [marked[i : i + n] for n in _SIZES for i in range(len(marked) - n + 1)]
    return [zlib.crc32(gram.encode("utf-8", "replace")) % BUCKETS for gram in grams]


def build_vocabulary(sentences: Iterable[Sequence[str]], minimum: int = 2) -> tuple[str, ...]:
    """Words seen at least ``minimum`` times, most frequent first; the first entry stands for every other word."""
    counts: Counter[str] = Counter()
    for words in sentences:
        counts.update(words)
    kept = [word for word, count in counts.items() if count >= minimum]
    return ("", *sorted(kept, key=lambda word: (-counts[word], word)))
