"""A text-only interpolated 3-gram model whose counts leave out the fold of the text it judges."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from structclip_pipeline.negatives.ngrams import ORDER, TOTAL, Hashes, TokenBatch, batch_tokens, ngram_hashes
from structclip_pipeline.negatives.statistics import NgramCounts

VOCABULARY = 100_000
"""Words a text might hold: the base probability of an unseen one is 1 / VOCABULARY."""

STRENGTHS = (30.0, 100.0, 60.0)
"""Weight, in counts, of the shorter history's probability against the counts of orders 1, 2 and 3; chosen by
the perplexity of 20,000 COCO captions, each fold judged by the other four."""

Floats = NDArray[np.float64]


def mean_log_probabilities(counts: NgramCounts, texts: Sequence[str], folds: Sequence[int]) -> Floats:
    """
    Mean natural log-probability per token of each text (N,), the end of text being a token.

    p(w | h) = (c(hw) + k p(w | shorter h)) / (c(h) + k), with counts of the folds other than the text's own; the base
    is uniform over VOCABULARY words.
    """
    if not texts:
        return np.zeros(0)
    batch = batch_tokens(texts)
    fold = np.asarray(folds, dtype=np.int64)[batch.text]
    probability = np.full(len(batch.hashes), 1.0 / VOCABULARY)
    for order in range(1, ORDER + 1):
        _interpolate(counts, batch, fold, order, probability)
    predicted = batch.position > 0
    text = batch.text[predicted]
    sums = np.bincount(text, weights=np.log(probability[predicted]), minlength=len(texts))
    return np.asarray(sums / np.bincount(text, minlength=len(texts)))


def _interpolate(
    counts: NgramCounts, batch: TokenBatch, fold: NDArray[np.int64], order: int, probability: Floats
) -> None:
    """Bring the counts of one order into the probabilities, in place, where the history is long enough."""
    ngrams, last = ngram_hashes(batch, order)
    strength = STRENGTHS[order - 1]
    seen = _look_up(counts, ngrams, fold[last])
    if order == 1:
        history = _look_up(counts, np.full(len(last), TOTAL, dtype=np.uint64), fold[last])
    else:
        shorter, ends = ngram_hashes(batch, order - 1)
        history = _look_up(counts, shorter[np.searchsorted(ends, last - 1)], fold[last])
    probability[last] = (seen + strength * probability[last]) / (history + strength)


def _look_up(counts: NgramCounts, ngrams: Hashes, fold: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each n-gram (N,) occurs outside its fold (N,)."""
    if not len(counts.hashes):
        return np.zeros(len(ngrams), dtype=np.int64)
    place = np.minimum(np.searchsorted(counts.hashes, ngrams), len(counts.hashes) - 1)
    found = counts.counts[place]
    outside = found.sum(axis=1) - found[np.arange(len(ngrams)), fold]
    return np.asarray(np.where(counts.hashes[place] == ngrams, outside, 0))
