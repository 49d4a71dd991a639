"""English words by WordNet, to tell a rare word from a misspelt one."""

import gzip
from functools import cache
from pathlib import Path

from structclip_pipeline.parser.inflection import singular, verb_bases

WORDS_FILE = Path(__file__).parent / "words.txt.gz"
SHORTEST = 3
"""Shorter words are not listed."""

_ENDINGS = ("er", "est", "ly", "r", "st", "y")


@cache
def load_words() -> frozenset[str]:
    """The shipped list."""
    return frozenset(gzip.decompress(WORDS_FILE.read_bytes()).decode("ascii").split())


def is_word(word: str) -> bool:
    """Whether a lower-cased word or a base of it is listed: a plural, a verb form, a comparative, an adverb."""
    words = load_words()
    bases = (word, singular(word), *verb_bases(word), *(word.removesuffix(e) for e in _ENDINGS))
    return any(base in words for base in bases)
