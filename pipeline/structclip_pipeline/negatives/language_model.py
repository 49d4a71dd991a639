"""
A text-only 3-gram model whose counts leave out the fold of the text it judges.

Interpolated modified Kneser-Ney smoothing (Chen and Goodman 1998): below the highest order an n-gram counts as often as
different tokens stand before it; one that opens a text counts as often as it occurs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from structclip_pipeline.negatives.ngrams import (
    ORDER,
    START,
    Hashes,
    TokenBatch,
    batch_tokens,
    hash_ngram,
    ngram_hashes,
)
from structclip_pipeline.negatives.statistics import FOLDS, NgramCounts

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)
"""What is taken off counts of one, two and more where too few n-grams tell how much that should be."""

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """
    The n-grams outside one fold.

    hashes (N,). adjusted (N,): their adjusted counts. totals (N + 1,), types (N + 1, 3): of each n-gram as a history
    the sum of the adjusted counts of its continuations, and how many of them count one, two and more; the last row is
    the empty history's. discounts (ORDER, 4): what is taken off adjusted counts of 0, 1, 2 and more. vocabulary: number
    of tokens, the unknown one among them.
    """

    hashes: Hashes
    adjusted: Floats
    totals: Floats
    types: Floats
    discounts: Floats
    vocabulary: int


def mean_log_probabilities(counts: NgramCounts, texts: Sequence[str], folds: Sequence[int]) -> Floats:
    """Mean natural log-probability per token of each text (N,) without its fold, the end of text being a token."""
    found = np.zeros(len(texts))
    for fold in sorted(set(folds)):
        own = [k for k, other in enumerate(folds) if other == fold]
        found[own] = _judge(_build_model(counts, fold), [texts[k] for k in own])
    return found


@lru_cache(maxsize=FOLDS)
def _build_model(counts: NgramCounts, fold: int) -> LanguageModel:
    """The model without a fold, kept: every shard of a run asks for all folds, and its hard positives ask again."""
    suffix, history = (_find_rows(counts.hashes, wanted) for wanted in (counts.suffixes, counts.histories))
    outside = counts.counts.sum(axis=1) - counts.counts[:, fold]
    adjusted = _adjust(counts, outside, suffix)
    words = counts.orders == 1
    continued = np.where(words, len(outside), history)
    known = (adjusted > 0) & (continued >= 0)
    shape = len(outside) + 1
    types = [np.bincount(continued[known & _amounts_to(adjusted, n)], minlength=shape) for n in (1, 2, 3)]
    return LanguageModel(
        counts.hashes,
        adjusted,
        np.bincount(continued[known], weights=adjusted[known], minlength=shape).astype(np.float64),
        np.stack(types, axis=1).astype(np.float64),
        np.array([_discount(adjusted[counts.orders == order]) for order in range(1, ORDER + 1)]),
        int((adjusted[words] > 0).sum()) + 1,
    )


def _adjust(counts: NgramCounts, outside: NDArray[np.int64], suffix: Rows) -> Floats:
    """How many tokens stand before an n-gram; its count where none does or it is of the highest order."""
    extends = (outside > 0) & (suffix >= 0)
    before = np.bincount(suffix[extends], minlength=len(outside))
    adjusted = np.where((before > 0) & (counts.orders < ORDER), before, outside).astype(np.float64)
    adjusted[counts.hashes == hash_ngram((START,))] = 0
    return adjusted


def _amounts_to(adjusted: Floats, number: int) -> NDArray[np.bool_]:
    """Which counts are one, two, or three and more."""
    return adjusted == number if number < 3 else adjusted >= number


def _discount(adjusted: Floats) -> tuple[float, ...]:
    n1, n2, n3, n4 = ((adjusted == n).sum() for n in (1, 2, 3, 4))
    if min(n1, n2, n3, n4) > 0:
        share = n1 / (n1 + 2 * n2)
        taken = 1 - 2 * share * n2 / n1, 2 - 3 * share * n3 / n2, 3 - 4 * share * n4 / n3
        if all(0 < off < n for n, off in enumerate(taken, 1)):
            return (0.0, *map(float, taken))
    return (0.0, *FALLBACK_DISCOUNTS)


def _judge(model: LanguageModel, texts: Sequence[str]) -> Floats:
    batch = batch_tokens(texts)
    probability = np.full(len(batch.hashes), 1.0 / model.vocabulary)
    for order in range(1, ORDER + 1):
        _interpolate(model, batch, order, probability)
    predicted = batch.position > 0
    text = batch.text[predicted]
    sums = np.bincount(text, weights=np.log(probability[predicted]), minlength=len(texts))
    return np.asarray(sums / np.bincount(text, minlength=len(texts)))


def _interpolate(model: LanguageModel, batch: TokenBatch, order: int, probability: Floats) -> None:
    """Bring the counts of one order into the probabilities, in place, where the history is long enough and known."""
    ngrams, last = ngram_hashes(batch, order)
    history = np.full(len(last), len(model.hashes))
    if order > 1:
        shorter, ends = ngram_hashes(batch, order - 1)
        history = _find_rows(model.hashes, shorter[np.searchsorted(ends, last - 1)])
    known = (history >= 0) & (model.totals[history] > 0)
    ngrams, last, history = ngrams[known], last[known], history[known]
    row = _find_rows(model.hashes, ngrams)
    adjusted = np.where(row >= 0, model.adjusted[row], 0.0) if len(model.hashes) else np.zeros(len(row))
    discount = model.discounts[order - 1]
    own = np.maximum(adjusted - discount[np.minimum(adjusted, 3).astype(np.int64)], 0)
    shared = model.types[history] @ discount[1:]
    probability[last] = (own + shared * probability[last]) / model.totals[history]


def _find_rows(hashes: Hashes, wanted: Hashes) -> Rows:
    """The row of each wanted hash among ascending ones, -1 where there is none."""
    if not len(hashes):
        return np.full(len(wanted), -1)
    place = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
    return np.asarray(np.where(hashes[place] == wanted, place, -1))
