"""Shares and their intervals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.audit.intervals import Share, wilson_interval

Z = 1.959963984540054
COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def _fits(p, yes, n):
    """Whether the share seen lies within z standard errors of p: what the interval is made of."""
    return abs(yes / n - p) <= Z * (p * (1 - p) / n) ** 0.5


def _search(inside, outside, yes, n):
    """The border between a p that fits and one that does not, by bisection."""
    for _ in range(100):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if _fits(middle, yes, n) else (inside, middle)
    return inside


@given(COUNTS)
def test_the_interval_holds_every_share_that_fits(counts):
    """The ends are where the score test turns, found by bisection from the share itself."""
    yes, n = counts
    low, high = wilson_interval(yes, n)
    assert low == pytest.approx(_search(yes / n, 0.0, yes, n) if yes else 0.0, abs=1e-9)
    assert high == pytest.approx(_search(yes / n, 1.0, yes, n) if yes < n else 1.0, abs=1e-9)


def test_a_published_interval_comes_out():
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611."""
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@given(COUNTS)
def test_no_and_yes_mirror_each_other(counts):
    """The interval of the no answers is the mirror image."""
    yes, n = counts
    low, high = wilson_interval(yes, n)
    assert wilson_interval(n - yes, n) == pytest.approx((1 - high, 1 - low))


def test_without_answers_nothing_is_known():
    """No share, and an interval from 0 to 1."""
    assert Share(0, 0).share is None
    assert Share(0, 0).interval == (0.0, 1.0)
