"""Which negatives a balance keeps."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.audit.balance import balance, bin_of, is_kept
from structclip_pipeline.audit.variants import Listed

PLAUSIBILITY = st.one_of(st.just(0.0), st.floats(-2, 2, width=32))
GAPS = st.lists(st.tuples(st.sampled_from(["swap_object", "swap_attribute"]), PLAUSIBILITY), max_size=60)
WIDTH = 0.1


def _negatives(gaps):
    return [Listed(0, row, "negative", 0, str(row), kind, f"n{row}", gap) for row, (kind, gap) in enumerate(gaps)]


def _kept(negatives, seed=0):
    limits = balance(negatives, WIDTH, seed).limits
    return [n for n in negatives if is_kept(n, limits, WIDTH, seed)]


def _mirrored(negatives):
    """Counts of (kind, size of the gap in bins, its sign) by the plain rule that the gap's size is cut down."""
    return Counter((n.kind, int(abs(n.plausibility) / WIDTH), n.plausibility > 0) for n in negatives if n.plausibility)


@given(GAPS)
def test_what_is_kept_is_symmetric(gaps):
    """Of each kind and bin as many above zero as below."""
    counts = _mirrored(_kept(_negatives(gaps)))
    assert all(counts[kind, size, True] == counts[kind, size, False] for kind, size, _ in counts)


@given(GAPS)
def test_nothing_is_taken_that_could_stay(gaps):
    """The rarer side of a bin stays whole, and so does every gap of exactly zero."""
    negatives = _negatives(gaps)
    before, after = _mirrored(negatives), _mirrored(_kept(negatives))
    for kind, size, _ in before:
        sides = [before[kind, size, side] for side in (True, False)]
        assert after[kind, size, True] == min(sides)
    assert {n for n in negatives if n.plausibility == 0} <= set(_kept(negatives))


@given(GAPS, st.randoms(use_true_random=False))
def test_the_order_of_the_negatives_does_not_matter(gaps, random):
    """The same ones stay, in whatever order they are read."""
    negatives = _negatives(gaps)
    assert set(_kept(random.sample(negatives, len(negatives)))) == set(_kept(negatives))


@given(GAPS)
def test_preferences_are_those_of_the_negatives(gaps):
    """Before and after, counted one by one; after, a text-only model is right half of the time."""
    negatives = _negatives(gaps)
    found = balance(negatives, WIDTH, 0)
    for preference, those in ((found.before, negatives), (found.after, _kept(negatives))):
        signs = Counter((n.plausibility > 0) - (n.plausibility < 0) for n in those)
        assert (preference.less, preference.equal, preference.more) == (signs[-1], signs[0], signs[1])
    assert found.after.blind == 0.5


def test_another_seed_keeps_others():
    """As many, but not the same."""
    negatives = _negatives([("swap_object", 0.05)] * 10 + [("swap_object", -0.05)] * 40)
    first, second = (_kept(negatives, seed) for seed in (0, 1))
    assert len(first) == len(second) == 20
    assert set(first) != set(second)


@pytest.mark.parametrize(("gap", "number"), [(0.05, 1), (-0.05, -1), (0.15, 2), (-0.25, -3), (3.05, 31)])
def test_bins_count_from_zero_outwards(gap, number):
    """Opposite gaps are in opposite bins, and there is no last one."""
    assert bin_of("k", gap, WIDTH) == ("k", number)
