"""Which variants are drawn."""

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.audit.sampling import draw, seats
from structclip_pipeline.audit.variants import Listed

SIZES = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=1), st.integers(1, 40), min_size=1)


def _variants(sizes):
    return [
        Listed(0, row, "negative", 0, f"{kind}{row}", kind, f"{kind} {row}", None)
        for kind, size in sizes.items()
        for row in range(size)
    ]


@given(SIZES, st.integers(1, 100))
def test_all_seats_are_given(sizes, n):
    """As many as asked for or as there are; nobody gets more than all, nobody nothing where n suffices."""
    given_seats = seats(sizes, n)
    assert sum(given_seats.values()) == min(n, sum(sizes.values()))
    assert all(given_seats[key] <= sizes[key] for key in sizes)
    assert n < len(sizes) or min(given_seats.values()) >= 1


@given(st.lists(st.integers(1, 30), min_size=2, max_size=3), st.integers(3, 12))
def test_seats_are_in_proportion(sizes, n):
    """No other allocation of at least one each has a smaller sum of size² / seats, which equal proportions minimise."""
    n = min(n, sum(sizes))
    found = seats(dict(enumerate(sizes)), n)
    others = product(*(range(1, size + 1) for size in sizes))
    best = min(sum(Fraction(s * s, k) for s, k in zip(sizes, ks, strict=True)) for ks in others if sum(ks) == n)
    assert sum(Fraction(size**2, found[key]) for key, size in enumerate(sizes)) == best


@given(SIZES, st.integers(1, 60), st.integers(0, 20), st.integers(0, 3))
def test_a_larger_sample_holds_the_smaller(sizes, n, more, seed):
    """Of the same seed."""
    variants = _variants(sizes)
    assert set(draw(variants, n, seed).variants) <= set(draw(variants, n + more, seed).variants)


@given(SIZES, st.integers(1, 60), st.randoms(use_true_random=False))
def test_the_order_of_the_variants_does_not_matter(sizes, n, random):
    """The same variants in the same order come out of any order."""
    variants = _variants(sizes)
    mixed = random.sample(variants, len(variants))
    assert draw(variants, n, 0).variants == draw(mixed, n, 0).variants


def test_another_seed_is_another_sample():
    """And it is spread over the dataset, not its beginning."""
    variants = _variants({"a": 1000})
    first, second = (draw(variants, 100, seed).variants for seed in (0, 1))
    assert set(first) != set(second)
    assert sum(v.row < 500 for v in first) in range(35, 66)


def test_negatives_and_positives_are_strata_of_their_own():
    """A few positives among many negatives are in the sample."""
    positive = Listed(0, 0, "positive", 0, "p", "a", "p", None)
    found = draw([*_variants({"a": 500}), positive], 10, 0)
    assert positive in found.variants
    assert found.drawn == {("negative", "a"): 9, ("positive", "a"): 1}
    assert found.sizes == {("negative", "a"): 500, ("positive", "a"): 1}
