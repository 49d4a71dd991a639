"""Counts and the cross-fitted 3-gram model against a plain oracle."""

import io
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.negatives.language_model import STRENGTHS, VOCABULARY, mean_log_probabilities
from structclip_pipeline.negatives.ngrams import TOTAL, tokenize
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
    """The model of the docstring, with plain counters over tuples of words."""
    grams: Counter[tuple[str, ...]] = Counter()
    total = 0
    for words in (["<s>", *tokenize(t), "</s>"] for t in training):
        total += len(words) - 1
        for n in (1, 2, 3):
            grams.update(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
    words, logs = ["<s>", *tokenize(text), "</s>"], []
    for i in range(1, len(words)):
        p = 1 / VOCABULARY
        for n in range(1, min(3, i + 1) + 1):
            gram = tuple(words[i - n + 1 : i + 1])
            history = grams[gram[:-1]] if n > 1 else total
            p = (grams[gram] + STRENGTHS[n - 1] * p) / (history + STRENGTHS[n - 1])
        logs.append(math.log(p))
    return sum(logs) / len(logs)


def test_scores_are_those_of_the_plain_model() -> None:
    """Each text is judged by the counts of the other folds."""
    scores = mean_log_probabilities(count_ngrams(TEXTS, FOLDS_OF_TEXTS), TEXTS, FOLDS_OF_TEXTS)
    for text, fold, score in zip(TEXTS, FOLDS_OF_TEXTS, scores, strict=True):
        others = [t for t, f in zip(TEXTS, FOLDS_OF_TEXTS, strict=True) if f != fold]
        assert score == pytest.approx(_oracle(others, text))


def test_a_score_does_not_depend_on_its_batch() -> None:
    """Alone or among others, a text gets the same score to the last bit."""
    counts = count_ngrams(TEXTS, FOLDS_OF_TEXTS)
    together = mean_log_probabilities(counts, TEXTS, FOLDS_OF_TEXTS)
    alone = [mean_log_probabilities(counts, [t], [f])[0] for t, f in zip(TEXTS, FOLDS_OF_TEXTS, strict=True)]
    assert together.tolist() == alone


def test_empty_counts_give_finite_scores() -> None:
    """Without any training text the model is uniform."""
    assert mean_log_probabilities(count_ngrams([], []), ["a dog"], [0])[0] == pytest.approx(-math.log(VOCABULARY))


@given(_CAPTIONS, st.integers(0, 8))
def test_counts_of_parts_add_up(captions: list[tuple[str, int]], cut: int) -> None:
    """Counting in parts and merging gives the counts of the whole, wherever it is cut."""
    texts, folds = [c for c, _ in captions], [f for _, f in captions]
    whole = count_ngrams(texts, folds)
    merged = merge_counts([count_ngrams(texts[:cut], folds[:cut]), count_ngrams(texts[cut:], folds[cut:])])
    assert np.array_equal(whole.hashes, merged.hashes)
    assert np.array_equal(whole.counts, merged.counts)


def test_pruning_keeps_the_frequent_and_the_total() -> None:
    """The rarest n-grams go first, the number of tokens stays."""
    counts = NgramCounts(np.array([0, 5, 7, 9], np.uint64), np.eye(4, FOLDS, dtype=np.int64) * [[9], [1], [3], [1]])
    assert prune(counts, 2).hashes.tolist() == [int(TOTAL), 7]


def test_counts_survive_their_file() -> None:
    """Written and read again they are the same."""
    counts, file = count_ngrams(TEXTS, FOLDS_OF_TEXTS), io.BytesIO()
    write_counts(file, counts, "plan")
    found = read_counts(io.BytesIO(file.getvalue()), "file")
    assert np.array_equal(found.hashes, counts.hashes)
    assert np.array_equal(found.counts, counts.counts)


def test_a_file_of_another_kind_is_refused() -> None:
    """What is no statistics file is named as such."""
    with pytest.raises(InputError, match="statistics"):
        read_counts(io.BytesIO(b"no parquet"), "file")


def test_captions_of_an_image_share_a_fold() -> None:
    """The fold follows the image, and the caption where there is no image."""
    assert fold_of("image", "one") == fold_of("image", "two")
    assert len({fold_of(None, str(i)) for i in range(100)}) == FOLDS
