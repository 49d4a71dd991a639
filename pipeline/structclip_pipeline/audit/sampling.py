"""Drawing a stratified sample of variants: how many of each kind, and which."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from structclip_pipeline.audit.variants import Listed
from structclip_pipeline.negatives.selection import keyed_hash

K = TypeVar("K", bound=Hashable)
Stratum = tuple[str, str]
"""A list (negative or positive) and a kind."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The variants drawn, in hash order, and how many there were and were drawn of each stratum."""

    variants: tuple[Listed, ...]
    sizes: Mapping[Stratum, int]
    drawn: Mapping[Stratum, int]


def draw(variants: Iterable[Listed], n: int, seed: int) -> Sample:
    """
    Draw ``n`` variants (all, where there are fewer), from each stratum in proportion to its size and at least one.

    Within a stratum those with the least hash of (seed, caption_id, variant) are drawn: the order of the variants does
    not matter, and a larger sample of the same seed holds the smaller one.
    """
    heaps: dict[Stratum, list[tuple[int, int, Listed]]] = defaultdict(list)
    sizes: Counter[Stratum] = Counter()
    for place, variant in enumerate(variants):
        stratum = (variant.list_name, variant.kind)
        sizes[stratum] += 1
        entry = (-keyed_hash([seed, variant.caption_id, variant.variant]), place, variant)
        push = heapq.heappush if len(heaps[stratum]) < n else heapq.heappushpop
        push(heaps[stratum], entry)
    drawn = seats(sizes, n)
    chosen = [entry for stratum, heap in heaps.items() for entry in sorted(heap, reverse=True)[: drawn[stratum]]]
    chosen.sort(key=lambda entry: -entry[0])
    return Sample(tuple(variant for _, _, variant in chosen), dict(sizes), drawn)


def seats(sizes: Mapping[K, int], n: int) -> dict[K, int]:
    """
    Share ``n`` out in proportion to sizes, each at least one (the largest, where ``n`` does not suffice), none over its
    size.

    The method of equal proportions (Huntington and Hill): the next seat goes where size / sqrt(k (k + 1)) is greatest,
    k being the seats so far. More seats never take one away.

    >>> seats({"a": 80, "b": 19, "c": 1}, 10)
    {'a': 7, 'b': 2, 'c': 1}
    """
    given = dict.fromkeys(sizes, 0)
    for _ in range(min(n, sum(sizes.values()))):
        open_ones = [key for key in sizes if given[key] < sizes[key]]
        given[max(open_ones, key=lambda key: (given[key] == 0, _claim(sizes[key], given[key]), repr(key)))] += 1
    return given


def _claim(size: int, seats_so_far: int) -> Fraction:
    """The square of size / sqrt(k (k + 1)); with no seat so far, of the size."""
    return Fraction(size * size, max(seats_so_far * (seats_so_far + 1), 1))
