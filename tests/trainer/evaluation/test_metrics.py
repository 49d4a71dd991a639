"""Metrics against slow, obvious loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from structclip_trainer.evaluation.metrics import (
    Measure,
    mean_of,
    measure,
    paired_similarities,
    retrieval_ranks,
    share_of,
    similarities,
    won,
)

coarse = st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0])


def _wilson_by_bisection(hits: int, n: int, sign: int) -> float:
    """Where the score test's statistic is 1.96: (p - share)^2 = z^2 p (1 - p) / n."""
    share, z = hits / n, 1.959963984540054
    inner, outer = share, 0.0 if sign < 0 else 1.0
    for _ in range(200):
        middle = (inner + outer) / 2
        inside = (middle - share) ** 2 <= z * z * middle * (1 - middle) / n
        inner, outer = (middle, outer) if inside else (inner, middle)
    return outer


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_inverts_the_score_test(trial: tuple[int, int]) -> None:
    """Wilson's interval is the set of shares that the score test does not reject."""
    hits, n = trial
    found = measure(hits, n)
    assert found.low == pytest.approx(_wilson_by_bisection(hits, n, -1), abs=1e-9)
    assert found.high == pytest.approx(_wilson_by_bisection(hits, n, 1), abs=1e-9)
    assert 0 <= found.low <= found.share <= found.high <= 1


def test_the_mean_weighs_every_group_alike() -> None:
    """A macro mean of 100 % of 1 and 0 % of 99 is 50 %."""
    mean = mean_of([measure(1, 1), measure(0, 99)])
    assert (mean.share, mean.n) == (0.5, 100)
    assert mean.low < 0.5 < mean.high


def test_the_mean_of_one_group_is_the_group() -> None:
    """A single group keeps its interval."""
    found, wanted = mean_of([measure(3, 4)]), measure(3, 4)
    assert (found.low, found.high) == (pytest.approx(wanted.low), pytest.approx(wanted.high))


def test_share_of_counts_true_outcomes() -> None:
    """Two of four."""
    assert share_of([True, False, np.True_, np.False_]) == measure(2, 4)
    assert isinstance(share_of([True]), Measure)


@given(st.lists(st.tuples(coarse, st.lists(coarse, min_size=1, max_size=4)), min_size=1, max_size=8))
def test_a_comparison_is_won_against_every_negative(trials: list[tuple[float, list[float]]]) -> None:
    """Strictly above all negatives, whatever their number and order."""
    true = np.array([t for t, _ in trials])
    false = np.array([f for _, negatives in trials for f in negatives])
    owner = np.array([i for i, (_, negatives) in enumerate(trials) for _ in negatives])
    wanted = [all(t > f for f in negatives) for t, negatives in trials]
    assert won(true, false, owner).tolist() == wanted
    assert won(true, false[::-1], owner[::-1]).tolist() == wanted


def test_a_tie_is_wrong() -> None:
    """Equal scores win nothing."""
    assert won(np.array([0.5]), np.array([0.5]), np.array([0])).tolist() == [False]


@pytest.mark.parametrize(("true", "false"), [(math.nan, 0.0), (0.0, math.nan), (math.nan, math.nan)])
def test_what_is_no_number_never_wins(true: float, false: float) -> None:
    """Not-a-number on either side is wrong."""
    assert won(np.array([true]), np.array([false]), np.array([0])).tolist() == [False]


def _slow_ranks(scores: np.ndarray, owner: list[int]) -> tuple[list[int], list[int]]:
    images, texts = range(scores.shape[0]), range(scores.shape[1])
    image_ranks = []
    for i in images:
        best = max(scores[i][t] for t in texts if owner[t] == i)
        image_ranks.append(sum(1 for t in texts if owner[t] != i and scores[i][t] >= best))
    text_ranks = [sum(1 for i in images if i != owner[t] and scores[i][t] >= scores[owner[t]][t]) for t in texts]
    return image_ranks, text_ranks


@st.composite
def galleries(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Embeddings of coarse numbers (so that ties abound) and owners; every image owns a caption."""
    count = draw(st.integers(1, 5))
    more = draw(st.lists(st.integers(0, count - 1), max_size=6))
    owner = draw(st.permutations([*range(count), *more]))
    images = draw(arrays(np.float32, (count, 3), elements=coarse))
    texts = draw(arrays(np.float32, (len(owner), 3), elements=coarse))
    return images, texts, list(owner)


@given(galleries(), st.integers(1, 12))
def test_retrieval_ranks_equal_a_loop(gallery: tuple[np.ndarray, np.ndarray, list[int]], chunk: int) -> None:
    """Several captions an image, ties against the model, any chunk size."""
    images, texts, owner = gallery
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("structclip_trainer.evaluation.metrics._CHUNK_SIMILARITIES", chunk)
        image_ranks, text_ranks = retrieval_ranks(images, texts, np.array(owner))
    wanted_images, wanted_texts = _slow_ranks(images.astype(float) @ texts.astype(float).T, owner)
    assert image_ranks.tolist() == wanted_images
    assert text_ranks.tolist() == wanted_texts


def test_equal_images_are_a_tie_and_wrong() -> None:
    """Two images that look the same cannot be told apart, so neither retrieval direction is right."""
    images = np.random.default_rng(0).normal(size=(1, 64)).astype(np.float32).repeat(2, 0)
    texts = np.random.default_rng(1).normal(size=(2, 64)).astype(np.float32)
    _, text_ranks = retrieval_ranks(images, texts, np.array([0, 1]))
    assert text_ranks.tolist() == [1, 1]


def test_paired_and_full_similarities_agree() -> None:
    """The diagonal of all similarities is the paired ones, bit for bit."""
    left, right = np.random.default_rng(2).normal(size=(2, 40, 96)).astype(np.float32)
    assert np.array_equal(np.diag(similarities(left, right)), paired_similarities(left, right))
