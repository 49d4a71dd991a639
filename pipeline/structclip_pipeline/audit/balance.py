"""Which negatives to keep so that a text-only model's preference is symmetric around zero."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from structclip_pipeline.audit.variants import Listed
from structclip_pipeline.negatives.selection import keyed_hash

Bin = tuple[str, int]
"""A kind, and the bin of a plausibility: 1 for values from 0 to one width, -1 for their opposites, and so on."""


@dataclass(frozen=True, slots=True)
class Preference:
    """How many negatives a text-only model finds less plausible than their caption, as plausible, more plausible."""

    less: int
    equal: int
    more: int

    @property
    def negatives(self) -> int:
        """All of them."""
        return self.less + self.equal + self.more

    @property
    def blind(self) -> float:
        """The share of pairs in which the model prefers the caption, ties counted half; 0.5 gives nothing away."""
        return (self.less + self.equal / 2) / self.negatives if self.negatives else 0.5


@dataclass(frozen=True, slots=True)
class Balance:
    """
    The greatest hash that is kept of each bin, and the text-only model's preference before and after.

    A bin without an entry is kept whole.
    """

    limits: Mapping[Bin, int]
    before: Preference
    after: Preference


def bin_of(kind: str, plausibility: float, width: float) -> Bin | None:
    """
    The bin of a negative; None for a plausibility of exactly 0, which is always kept.

    >>> bin_of("swap_object", 0.25, 0.1), bin_of("swap_object", -0.25, 0.1)
    (('swap_object', 3), ('swap_object', -3))
    """
    if plausibility == 0:
        return None
    number = int(abs(plausibility) / width) + 1
    return kind, number if plausibility > 0 else -number


def rank(seed: int, caption_id: str, variant: str) -> int:
    """The hash by which negatives of one bin are kept, the least first."""
    return keyed_hash([seed, caption_id, variant])


def balance(negatives: Iterable[Listed], width: float, seed: int) -> Balance:
    """
    Keep equally many negatives of each kind and bin on both sides of zero, those with the least hash.

    This is SugarCrepe's adversarial refinement (Hsieh et al. 2023: equal counts in opposite cells of a grid of gaps)
    with one text-only model in place of two, and the choice by hash in place of an unseeded draw. Every negative must
    have a plausibility.
    """
    ranks: dict[Bin, array[int]] = defaultdict(lambda: array("Q"))
    equal = 0
    for negative in negatives:
        assert negative.plausibility is not None
        found = bin_of(negative.kind, negative.plausibility, width)
        if found is None:
            equal += 1
        else:
            ranks[found].append(rank(seed, negative.caption_id, negative.variant))
    limits, kept = {}, 0
    for (kind, number), here in ranks.items():
        there = len(ranks.get((kind, -number), ()))
        kept += min(len(here), there)
        if there < len(here):
            limits[kind, number] = sorted(here)[there - 1] if there else -1
    more = sum(len(found) for (_, number), found in ranks.items() if number > 0)
    less = sum(len(found) for (_, number), found in ranks.items() if number < 0)
    return Balance(limits, Preference(less, equal, more), Preference(kept // 2, equal, kept // 2))


def is_kept(negative: Listed, limits: Mapping[Bin, int], width: float, seed: int) -> bool:
    """Whether a negative stays."""
    assert negative.plausibility is not None
    found = bin_of(negative.kind, negative.plausibility, width)
    if found is None or found not in limits:
        return True
    return rank(seed, negative.caption_id, negative.variant) <= limits[found]
