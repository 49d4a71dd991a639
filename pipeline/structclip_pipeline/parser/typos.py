"""Plain typos are mended, as FACTUAL's annotators mend them: "sidewlak" is read as "sidewalk"."""

from collections.abc import Sequence
from dataclasses import replace
from string import ascii_lowercase

from structclip_pipeline.parser.token_graph import Token
from structclip_pipeline.parser.words import is_word

COMMON = 3_000
"""This many most frequent words of the training captions are words, and what a typo may stand for."""

_SHORTEST = 4
"""Shorter words are too near each other to be mended."""

_LONGEST = 24
_REMEMBERED = 50_000


class Mender:
    """Mends tokens towards the common words of a vocabulary in order of frequency."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._known = frozenset(vocabulary[:COMMON])
        common = [w for w in vocabulary[:COMMON] if len(w) >= _SHORTEST and w.isascii() and w.isalpha() and is_word(w)]
        self._ranks = {word: rank for rank, word in enumerate(common)}
        self._memory: dict[str, str] = {}

    def mend(self, caption: str, tokens: Sequence[Token]) -> Sequence[Token]:
        """The tokens with typos mended; names, in capitals where no sentence starts, stay as they are."""
        mended = [self.mend_word(t.text) for t in tokens]
        return [
            t if text == t.text or (i and caption[t.start].isupper()) else replace(t, text=text, mended=True)
            for i, (t, text) in enumerate(zip(tokens, mended, strict=True))
        ]

    def mend_word(self, word: str) -> str:
        """The common word that one letter more, less, other or exchanged makes of no word; any other word itself."""
        if word in self._known or not _SHORTEST <= len(word) <= _LONGEST:
            return word
        if word not in self._memory:
            if len(self._memory) >= _REMEMBERED:
                self._memory.clear()
            self._memory[word] = self._search(word)
        return self._memory[word]

    def _search(self, word: str) -> str:
        if not word.isascii() or not word.isalpha() or is_word(word):
            return word
        near = [other for other in edit_word(word) if other in self._ranks]
        return min(near, key=lambda other: (other[0] != word[0], self._ranks[other]), default=word)


def edit_word(word: str) -> set[str]:
    """
    Every string one edit away: a letter left out, put in, changed, or two exchanged.

    >>> {"cat", "ct", "cxt", "act"} <= edit_word("cat") | {"cat"}
    True
    """
    halves = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    shorter = {a + b[1:] for a, b in halves if b}
    exchanged = {a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1}
    changed = {a + c + b[1:] for a, b in halves if b for c in ascii_lowercase}
    return shorter | exchanged | changed | {a + c + b for a, b in halves for c in ascii_lowercase}
