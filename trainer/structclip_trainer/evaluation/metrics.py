"""Shares with their 95 % intervals, strict comparisons and retrieval ranks; numpy only, no model."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]
Booleans = NDArray[np.bool_]

_Z = 1.959963984540054  # the normal distribution's 97.5 % point
_CHUNK_SIMILARITIES = 16_000_000


@dataclass(frozen=True, slots=True)
class Measure:
    """A share from 0 to 1 of n trials with the ends of its 95 % interval."""

    share: float
    n: int
    low: float
    high: float


def measure(hits: int, n: int) -> Measure:
    """
    The share of hits among n > 0 trials with Wilson's 95 % interval.

    >>> measure(50, 100)
    Measure(share=0.5, n=100, low=0.4038..., high=0.5961...)
    """
    share, z2 = hits / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Measure(share, n, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def mean_of(measures: Sequence[Measure]) -> Measure:
    """
    The unweighted (macro) mean of shares.

    Its interval joins theirs by the square root of summed squares (MOVER: Zou and Donner, Statistics in Medicine 2008).
    """
    count = len(measures)
    share = sum(m.share for m in measures) / count
    down = sqrt(sum((m.share - m.low) ** 2 for m in measures)) / count
    up = sqrt(sum((m.high - m.share) ** 2 for m in measures)) / count
    return Measure(share, sum(m.n for m in measures), share - down, share + up)


def share_of(outcomes: Iterable[bool]) -> Measure:
    """The share of true outcomes; at least one outcome is needed."""
    values = [bool(o) for o in outcomes]
    return measure(sum(values), len(values))


def won(true: Floats, false: Floats, owner: Integers) -> Booleans:
    """
    Which comparisons the true caption wins: it scores strictly above every one of its negatives; a tie is wrong.

    ``true`` (N,) scores of the true captions, ``false`` (P,) scores of all negatives, ``owner`` (P,) the comparison
    of each negative. Not-a-number never wins.
    """
    result = np.isfinite(true)
    result[owner[~(false < true[owner])]] = False
    return result


def similarities(left: Floats, right: Floats) -> Floats:
    """
    Dot products (L, R) of the rows of two matrices, float32.

    Summed in float64 and rounded once, so that equal rows give equal scores wherever they stand in the matrix and a
    tie stays a tie.
    """
    products: Floats = (left.astype(np.float64) @ right.astype(np.float64).T).astype(np.float32)
    return products


def paired_similarities(left: Floats, right: Floats) -> Floats:
    """Dot products (N,) of each row of ``left`` with the same row of ``right``, rounded as :func:`similarities`."""
    products: Floats = np.einsum("nd,nd->n", left.astype(np.float64), right.astype(np.float64)).astype(np.float32)
    return products


def retrieval_ranks(images: Floats, texts: Floats, owner: Integers) -> tuple[Integers, Integers]:
    """
    Ranks from 0, ties counted against the model: of every image's best own caption, and of every caption's image.

    ``images`` (I, D) and ``texts`` (T, D) are embeddings, ``owner`` (T,) is the image of each caption; every image owns
    a caption. An image's rank is the number of other images' captions that do not score strictly below its best own
    caption; a caption's rank is the number of other images that do not score strictly below its own.
    Works on chunks of images, so memory stays bounded.
    """
    own = paired_similarities(images[owner], texts)
    image_ranks, text_ranks = np.empty(len(images), np.int64), np.zeros(len(texts), np.int64)
    for start, scores in _chunks(images, texts):
        foreign = owner[None, :] != np.arange(start, start + len(scores))[:, None]
        best = np.where(foreign, -np.inf, own[None, :]).max(axis=1)
        image_ranks[start : start + len(scores)] = (foreign & ~(scores < best[:, None])).sum(axis=1)
        text_ranks += (foreign & ~(scores < own[None, :])).sum(axis=0)
    return image_ranks, text_ranks


def _chunks(images: Floats, texts: Floats) -> Iterator[tuple[int, Floats]]:
    size = max(1, _CHUNK_SIMILARITIES // max(1, len(texts)))
    for start in range(0, len(images), size):
        yield start, similarities(images[start : start + size], texts)
