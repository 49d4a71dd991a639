"""Which text belongs to which image of a batch, and which other images it is not wrong for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple, Self

import torch
from torch import Tensor

from structclip_trainer.draws import draw_integer


def _none() -> Tensor:
    return torch.zeros(0, dtype=torch.long)


class Parts(NamedTuple):
    """Rows of a batch's texts by what they are, in the order in which they stand."""

    captions: Tensor
    negatives: Tensor
    positives: Tensor
    units: Tensor
    foils: Tensor


@dataclass(frozen=True)
class Pairing:
    """
    B captions, each that of the image in its place, the N negatives that exist, P positives, U units and F foils.

    All int64. ``identities`` (B, 2): of each caption's image and of its text; ``negative_of`` (N,), ``positive_of``
    (P,) and ``unit_of`` (U,) whose they are, ``foil_of`` (F,) of which unit; ``unit_texts`` (U,) identities of the
    units' words; ``assertions`` (A, 2): a caption and the identity of words that are true of its image. Identities are
    equal where what they stand for is equal, in all parts of a batch.
    """

    identities: Tensor
    negative_of: Tensor
    positive_of: Tensor = field(default_factory=_none)
    unit_of: Tensor = field(default_factory=_none)
    foil_of: Tensor = field(default_factory=_none)
    unit_texts: Tensor = field(default_factory=_none)
    assertions: Tensor = field(default_factory=lambda: _none().view(0, 2))

    @property
    def count(self) -> int:
        """B, the number of captions."""
        return len(self.identities)

    @property
    def tensors(self) -> list[Tensor]:
        """The fields in their order."""
        return [getattr(self, each.name) for each in fields(self)]

    @property
    def same(self) -> Tensor:
        """(B, B) bool, False on the diagonal: pairs of equal image or equal text, no negatives for each other."""
        return same_rows(self.identities, 0, self.count)

    @property
    def asserted(self) -> Tensor:
        """
        (U, B) bool: captions whose image a unit is not wrong for, its own caption aside.

        So is every caption of the same image, and every caption that asserts the same words.
        """
        images, own = self.identities[:, 0], self.unit_of
        asserted = images[own, None] == images[None, :]
        unit, at = (self.unit_texts[:, None] == self.assertions[None, :, 1]).nonzero(as_tuple=True)
        asserted[unit, self.assertions[at, 0]] = True
        asserted[torch.arange(len(own), device=own.device), own] = False
        return asserted

    def parts(self, texts: Tensor) -> Parts:
        """Split rows (T, ...) of text into captions, negatives, positives, units and foils."""
        kinds = (self.identities, self.negative_of, self.positive_of, self.unit_of, self.foil_of)
        return Parts(*torch.split(texts, [len(kind) for kind in kinds]))

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """The same pairing with every tensor changed."""
        return type(self)(*map(change, self.tensors))


def same_rows(identities: Tensor, start: int, stop: int) -> Tensor:
    """(stop - start, B) bool: those rows of the mask of pairs that are no negatives for each other."""
    images, texts = identities.unbind(1)
    same = (images[start:stop, None] == images[None, :]) | (texts[start:stop, None] == texts[None, :])
    same.diagonal(start).fill_(False)  # setting by index would wait for the device
    return same


def identify(name: str) -> int:
    """
    The identity of a name or text: 64 bits of its hash.

    Ranks that never saw each other's captions agree on it; two of 32,768 texts share one in one of 3e10 batches.
    """
    return draw_integer(name) - (1 << 63)


def identify_captions(captions: Iterable[tuple[str, str]]) -> Tensor:
    """(B, 2) identities of (image, text) of each caption."""
    rows = [[identify(image), identify(text)] for image, text in captions]
    return torch.tensor(rows, dtype=torch.long).view(-1, 2)


def join_pairings(parts: Sequence[Pairing]) -> Pairing:
    """The pairing of a batch made of parts: captions of all parts, then negatives of all parts, and so on."""
    if len(parts) == 1:
        return parts[0]
    captions = _starts([part.count for part in parts])
    units = _starts([len(part.unit_of) for part in parts])
    moved = [
        Pairing(
            part.identities,
            part.negative_of + caption,
            part.positive_of + caption,
            part.unit_of + caption,
            part.foil_of + unit,
            part.unit_texts,
            torch.stack([part.assertions[:, 0] + caption, part.assertions[:, 1]], 1),
        )
        for part, caption, unit in zip(parts, captions, units, strict=True)
    ]
    return Pairing(*(torch.cat(of_field) for of_field in zip(*(part.tensors for part in moved), strict=True)))


def join_texts(parts: Sequence[Tensor], pairings: Sequence[Pairing]) -> Tensor:
    """The embeddings (T, D) of a batch made of parts, in the order of :func:`join_pairings`."""
    split = [pairing.parts(part) for part, pairing in zip(parts, pairings, strict=True)]
    return torch.cat([piece for kind in zip(*split, strict=True) for piece in kind])


def _starts(sizes: Sequence[int]) -> list[int]:
    return [sum(sizes[:at]) for at in range(len(sizes))]
