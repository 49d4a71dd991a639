"""Texts of a large batch in a few groups of similar length, so that one long caption does not make all of them long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Self

import torch
from torch import Tensor

MOST_GROUPS = 4
LEAST_TEXTS = 128
"""Texts of a group: fewer do not fill a GPU."""


@dataclass(frozen=True)
class TextGroups:
    """
    T texts by length: ``order`` (T,) their rows, shortest first; ``back`` (T,) where each row stands in that order.

    The next ``sizes[i]`` rows of the order are read to ``lengths[i]`` tokens.
    """

    order: Tensor
    back: Tensor
    sizes: tuple[int, ...]
    lengths: tuple[int, ...]

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """The same groups with every tensor changed."""
        return replace(self, order=change(self.order), back=change(self.back))

    def encode(self, input_ids: Tensor, encode_text: Callable[[Tensor], Tensor]) -> Tensor:
        """(T, D) embeddings of token ids (T, L), a call a group; exact where padding on the right changes nothing."""
        rows = torch.split(self.order, list(self.sizes))
        parts = [encode_text(input_ids[own, :length]) for own, length in zip(rows, self.lengths, strict=True)]
        return torch.cat(parts)[self.back]


def group_by_length(lengths: Sequence[int], most: int = MOST_GROUPS, least: int = LEAST_TEXTS) -> TextGroups | None:
    """
    The groups that read the fewest tokens; None where one does.

    At most ``most``, of at least ``least`` texts each, texts of equal length together.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    sizes = _cut([lengths[row] for row in order], most, least)
    if len(sizes) == 1:
        return None
    rows, ends = torch.tensor(order), accumulate(sizes)
    return TextGroups(rows, rows.argsort(), sizes, tuple(lengths[order[end - 1]] for end in ends))


def _cut(ordered: Sequence[int], most: int, least: int) -> tuple[int, ...]:
    """Sizes of the cheapest groups of ordered lengths; of equally cheap ones the fewest."""
    count = len(ordered)
    ends = [end for end in range(1, count) if ordered[end - 1] < ordered[end]] + [count]
    best: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    found: tuple[int, tuple[int, ...]] = (count * ordered[-1], (count,)) if count else (0, (0,))
    for _ in range(most):
        best = {
            end: min(
                (cost + (end - start) * ordered[end - 1], (*sizes, end - start))
                for start, (cost, sizes) in best.items()
                if end - start >= least
            )
            for end in ends
            if any(end - start >= least for start in best)
        }
        if count in best and best[count][0] < found[0]:
            found = best[count]
    return found[1]
