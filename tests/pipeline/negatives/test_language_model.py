"""Counts and the cross-fitted 3-gram model against a plain oracle."""

import io
import math
import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.negatives.language_model import FALLBACK_DISCOUNTS, mean_log_probabilities
from structclip_pipeline.negatives.ngrams import tokenize
from structclip_pipeline.negatives.statistics import (
    FOLDS,
    NgramCounts,
    count_ngrams,
    fold_of,
    merge_counts,
    prune,
    read_counts,
    write_counts,
)
from structclip_schemas.errors import InputError

TEXTS = ["a red cup on a blue table", "a dog", "A dog on a blue table.", "two dogs", "a red dog on a cup", ""]
FOLDS_OF_TEXTS = [0, 1, 2, 3, 4, 0]
_CAPTIONS = st.lists(st.tuples(st.text("ab c", max_size=12), st.integers(0, FOLDS - 1)), max_size=8)


def _oracle(training: Sequence[str], text: str) -> float:
    """Interpolated modified Kneser-Ney with plain counters over tuples of words, word by word."""
    sentences = [["<s>", *tokenize(t), "</s>"] for t in training]
    counts = _adjusted(sentences)
    vocabulary = len(counts[1]) + 1
    words, logs = ["<s>", *tokenize(text), "</s>"], []
    for i in range(1, len(words)):
        p = 1 / vocabulary
        for n in range(1, min(3, i + 1) + 1):
            history = tuple(words[i - n + 1 : i])
            following = {g[-1]: c for g, c in counts[n].items() if g[:-1] == history}
            if following:
                off = _discounts(counts[n])
                kept = max(following.get(words[i], 0) - off[min(following.get(words[i], 0), 3)], 0)
                p = (kept + sum(off[min(c, 3)] for c in following.values()) * p) / sum(following.values())
        logs.append(math.log(p))
    return sum(logs) / len(logs)


def _adjusted(sentences: Sequence[Sequence[str]]) -> dict[int, Counter[tuple[str, ...]]]:
    grams = {n: Counter(tuple(s[i : i + n]) for s in sentences for i in range(len(s) - n + 1)) for n in (1, 2, 3)}
    adjusted = {3: grams[3]}
    for n in (1, 2):
        before = Counter(gram[1:] for gram in grams[n + 1])
        opening = {gram: count for gram, count in grams[n].items() if gram[0] == "<s>"}
        adjusted[n] = Counter({**before, **opening})
    del adjusted[1][("<s>",)]
    return adjusted


def _discounts(counts: Counter[tuple[str, ...]]) -> tuple[float, ...]:
    n1, n2, n3, n4 = (sum(c == n for c in counts.values()) for n in (1, 2, 3, 4))
    if min(n1, n2, n3, n4):
        y = n1 / (n1 + 2 * n2)
        off = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
        if all(0 < o < n for n, o in zip((1, 2, 3), off, strict=True)):
            return (0, *off)
    return (0, *FALLBACK_DISCOUNTS)


def test_scores_are_those_of_the_plain_model() -> None:
    """Each text is judged by the counts of the other folds."""
    scores = mean_log_probabilities(count_ngrams(TEXTS, FOLDS_OF_TEXTS), TEXTS, FOLDS_OF_TEXTS)
    for text, fold, score in zip(TEXTS, FOLDS_OF_TEXTS, scores, strict=True):
        others = [t for t, f in zip(TEXTS, FOLDS_OF_TEXTS, strict=True) if f != fold]
        assert score == pytest.approx(_oracle(others, text))


def test_discounts_come_from_the_counts_where_these_suffice() -> None:
    """A corpus with n-grams of every small count is judged as the plain model does, by estimated discounts."""
    rng = random.Random(0)
    texts = [" ".join(rng.choices("abcdefgh", range(1, 9), k=6)) for _ in range(60)]
    folds = [k % FOLDS for k in range(60)]
    scores = mean_log_probabilities(count_ngrams(texts, folds), texts[:5], folds[:5])
    assert _discounts(_adjusted([["<s>", *t.split(), "</s>"] for t in texts])[3])[1:] != FALLBACK_DISCOUNTS
    for text, fold, score in zip(texts[:5], folds[:5], scores, strict=True):
        others = [t for t, f in zip(texts, folds, strict=True) if f != fold]
        assert score == pytest.approx(_oracle(others, text))


def test_a_score_does_not_depend_on_its_batch() -> None:
    """Alone or among others, a text gets the same score to the last bit."""
    counts = count_ngrams(TEXTS, FOLDS_OF_TEXTS)
    together = mean_log_probabilities(counts, TEXTS, FOLDS_OF_TEXTS)
    alone = [mean_log_probabilities(counts, [t], [f])[0] for t, f in zip(TEXTS, FOLDS_OF_TEXTS, strict=True)]
    assert together.tolist() == alone


def test_empty_counts_give_finite_scores() -> None:
    """Without any training text every text is as likely as any other."""
    assert mean_log_probabilities(count_ngrams([], []), ["a dog", "the cat"], [0, 1]).tolist() == [0, 0]


@given(_CAPTIONS, st.integers(0, 8))
def test_counts_of_parts_add_up(captions: list[tuple[str, int]], cut: int) -> None:
    """Counting in parts and merging gives the counts of the whole, wherever it is cut."""
    texts, folds = [c for c, _ in captions], [f for _, f in captions]
    whole = count_ngrams(texts, folds)
    merged = merge_counts([count_ngrams(texts[:cut], folds[:cut]), count_ngrams(texts[cut:], folds[cut:])])
    _assert_equal(whole, merged)


def test_pruning_keeps_the_frequent() -> None:
    """The rarest n-grams go first, and of equally rare ones none stays by chance."""
    hashes = np.array([3, 5, 7, 9], np.uint64)
    counts = np.eye(4, FOLDS, dtype=np.int64) * [[9], [1], [3], [1]]
    found = prune(NgramCounts(hashes, np.ones(4, np.int8), 0 * hashes, 0 * hashes, counts), 3)
    assert found.hashes.tolist() == [3, 7]


def test_counts_survive_their_file() -> None:
    """Written and read again they are the same."""
    counts, file = count_ngrams(TEXTS, FOLDS_OF_TEXTS), io.BytesIO()
    write_counts(file, counts, "plan")
    _assert_equal(read_counts(io.BytesIO(file.getvalue()), "file"), counts)


def _assert_equal(first: NgramCounts, second: NgramCounts) -> None:
    for name in ("hashes", "orders", "suffixes", "histories", "counts"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


def test_a_file_of_another_kind_is_refused() -> None:
    """What is no statistics file is named as such."""
    with pytest.raises(InputError, match="statistics"):
        read_counts(io.BytesIO(b"no parquet"), "file")


def test_captions_of_an_image_share_a_fold() -> None:
    """The fold follows the image, and the caption where there is no image."""
    assert fold_of("image", "one") == fold_of("image", "two")
    assert len({fold_of(None, str(i)) for i in range(100)}) == FOLDS
