"""Which words of a corpus stand in like contexts, from the counts of :mod:`contexts`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from structclip_pipeline.negatives.contexts import BARE, COUNTED, INSTEAD, PLURAL_USE

USES = (COUNTED, PLURAL_USE, BARE)
FEWEST = 5
"""A word met less often replaces nothing."""

WORDS, CONTEXTS = 3_000, 6_000
"""Most words of a role, and contexts, whose likeness is measured: the most frequent ones."""

INTERCHANGED = 0.15
"""From this share of the rarer word's mentions on, two words of different captions of an image mean the same thing."""

_SCALE = 16.0
Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Words of one role and the cosines of their contexts. cosines: float64 (N, N)."""

    place: Mapping[str, int]
    cosines: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """
    Counts of contexts by role and word, how often each word was met, and the likeness of the words of each role.

    Two are equal only when they are one object, so that what is found in one can be kept by it.
    """

    contexts: Mapping[str, Counts]
    met: Mapping[str, Mapping[str, int]]
    likeness: Mapping[str, Likeness]

    def known(self, role: str, word: str) -> bool:
        """Whether a word was met often enough to replace another."""
        return self.met[role].get(word, 0) >= FEWEST

    def saw(self, role: str, word: str, context: str) -> bool:
        """Whether a word was met in a context."""
        return context in self.contexts[role].get(word, {})

    def used_as(self, noun: str, use: str) -> bool:
        """Whether a noun is counted so ("=one", "=many", "=bare") in a tenth of the places that tell."""
        counts = self.contexts["object"].get(noun, {})
        return counts.get(use, 0) * 10 >= max(1, sum(counts.get(u, 0) for u in USES))

    def interchanged(self, first: str, second: str) -> bool:
        """Whether captions of one image often have one noun where others have the second: "hat" and "cap"."""
        counts = self.contexts["object"]
        instead = counts.get(first, {}).get(f"{INSTEAD}{second}", 0)
        rarer = min(self.met["object"].get(first, 0), self.met["object"].get(second, 0))
        return instead > 1 and instead > INTERCHANGED * rarer

    def rank(self, role: str, word: str, candidates: Iterable[str], contexts: Sequence[str]) -> list[str]:
        """Candidates by how many of the contexts they were met in, then by likeness to the word, then by name."""
        return sorted(candidates, key=lambda c: (-self.fit(role, c, contexts), -self.likeness_of(role, word, c), c))

    def fit(self, role: str, word: str, contexts: Sequence[str]) -> int:
        """How many contexts a word was met in."""
        found = self.contexts[role].get(word, {})
        return sum(context in found for context in contexts)

    def likeness_of(self, role: str, first: str, second: str) -> float:
        """Cosine of two words' contexts, 0 where one is not measured."""
        like = self.likeness[role]
        a, b = like.place.get(first), like.place.get(second)
        return 0.0 if a is None or b is None else float(like.cosines[a, b])


def neighbours_from(counts: pa.Table) -> Neighbours:
    """Read neighbours from the counts that :func:`contexts.merge_contexts` gives."""
    contexts: dict[str, dict[str, dict[str, int]]] = {role: defaultdict(dict) for role in _ROLES}
    for role, word, context, count in zip(*(counts[name].to_pylist() for name in counts.column_names), strict=True):
        contexts[role][word][context] = count
    met = {role: {word: _mentions(role, found) for word, found in words.items()} for role, words in contexts.items()}
    likeness = {role: _measure(words, met[role]) for role, words in contexts.items()}
    return Neighbours(contexts, met, likeness)


_ROLES = ("object", "attribute", "relation")


def _mentions(role: str, contexts: Mapping[str, int]) -> int:
    """How often a word was met: objects where their number tells, relations once for both ends."""
    if role == "object":
        return sum(contexts.get(use, 0) for use in USES)
    return sum(contexts.values()) // (2 if role == "relation" else 1)


def _measure(words: Counts, met: Mapping[str, int]) -> Likeness:
    """
    Cosines of positive pointwise mutual information, in sixteenths of a nat.

    Whole numbers make the sums exact, so that the order of additions does not matter.
    """
    kept = sorted((w for w in words if met[w] >= FEWEST), key=lambda w: (-met[w], w))[:WORDS]
    totals: dict[str, int] = defaultdict(int)
    for word in kept:
        for context, count in words[word].items():
            totals[context] += count
    telling = sorted((c for c in totals if c[0] not in (INSTEAD, COUNTED[0])), key=lambda c: (-totals[c], c))[:CONTEXTS]
    column = {context: k for k, context in enumerate(telling)}
    matrix = np.zeros((len(kept), len(telling)))
    for row, word in enumerate(kept):
        for context, count in words[word].items():
            if context in column:
                matrix[row, column[context]] = count
    return Likeness({word: k for k, word in enumerate(kept)}, _cosines(matrix))


def _cosines(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(counts.sum(), 1.0)
    weights = np.zeros_like(counts)
    seen = counts > 0
    weights[seen] = np.rint(_SCALE * np.maximum(np.log(counts[seen] / expected[seen]), 0.0))
    products = weights @ weights.T
    lengths = np.maximum(np.diagonal(products), 1.0)
    return np.asarray(products / np.sqrt(np.outer(lengths, lengths)))
