"""Texts of a large batch set in lines, several a line, so that little of what the text tower reads is padding."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
import torch
from torch import Tensor

LEAST_TEXTS = 256
"""Texts of a batch that are set in lines; few fill no line, and small models see what they always saw."""
WIDTH = 64
"""Places of a line where no text is longer: captions fill it well, and attention over it costs little."""


@dataclass(frozen=True)
class TextLines:
    """
    T texts in L lines of W places, each text whole and in one line.

    ``input_ids`` (L, W); ``positions`` (L, W): the place within its text; ``members`` (L, W): which text, -1 for
    padding; ``ends`` (T,): where each text's first end token stands among all L * W places.
    """

    input_ids: Tensor
    positions: Tensor
    members: Tensor
    ends: Tensor

    @property
    def mask(self) -> Tensor:
        """(L, 1, W, W) bool: what a place may look at, that is its own text up to itself. Padding sees padding."""
        own = self.members[:, :, None] == self.members[:, None, :]
        return own.tril()[:, None]

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """The same lines with every tensor changed."""
        return type(self)(*map(change, (self.input_ids, self.positions, self.members, self.ends)))


def set_in_lines(texts: Sequence[Sequence[int]], pad: int, longest: int) -> TextLines | None:
    """
    Token ids of texts, each ending in its end token, in lines of at most ``longest`` places.

    None where there are fewer than ``LEAST_TEXTS`` texts or where rows of the longest text's length hold less padding.
    """
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    if len(texts) < LEAST_TEXTS:
        return None
    width = min(longest, max(WIDTH, int(lengths.max())))
    starts, count = place_texts(lengths.tolist(), width)
    if count * width >= len(texts) * int(lengths.max()):
        return None
    positions = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    places = np.repeat(starts, lengths) + positions
    ends = starts + np.fromiter((text.index(text[-1]) for text in texts), np.int64, len(texts))

    def lay(values: np.ndarray, blank: int) -> Tensor:
        laid = np.full(count * width, blank)
        laid[places] = values
        return torch.from_numpy(laid).view(count, width)

    return TextLines(
        lay(np.fromiter(chain.from_iterable(texts), np.int64, int(lengths.sum())), pad),
        lay(positions, 0),
        lay(np.repeat(np.arange(len(texts)), lengths), -1),
        torch.from_numpy(ends),
    )


def place_texts(lengths: Sequence[int], width: int) -> tuple[np.ndarray, int]:
    """
    Where each text starts among the places of all lines, and how many lines there are.

    Longest first, each into the line whose space it fills best (best-fit decreasing, Johnson 1973).
    """
    starts, count = np.zeros(len(lengths), np.int64), 0
    with_space: list[list[int]] = [[] for _ in range(width + 1)]
    for text in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        space = next((left for left in range(lengths[text], width + 1) if with_space[left]), None)
        if space is None:
            line, space, count = count, width, count + 1
        else:
            line = with_space[space].pop()
        starts[text] = line * width + width - space
        with_space[space - lengths[text]].append(line)
    return starts, count
