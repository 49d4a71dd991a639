"""Sharing out the stream among ranks: who decodes which row, who trains on which sample of a batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from structclip_trainer.order import Place

Faults = dict[Place, tuple[str, str]]
"""Rows whose image cannot be read: reason and detail."""


def _alone(faults: Any) -> list[Any]:
    return [faults]


@dataclass(frozen=True)
class Share:
    """The share of rank ``rank`` of ``world``; ``exchange``, called by all at one place, gives each one's faults."""

    rank: int = 0
    world: int = 1
    exchange: Callable[[Faults], Sequence[Faults]] = _alone

    def holds(self, place: Place) -> bool:
        """Whether this rank is the one that decodes the row of a place."""
        return place.position % self.world == self.rank

    def tell(self, faults: Faults) -> Faults:
        """The faults that all ranks found."""
        return {place: fault for found in self.exchange(faults) for place, fault in found.items()}


WHOLE = Share()


def deal(places: Sequence[Place], world: int) -> list[list[int]]:
    """
    For each rank which samples of a batch (by number) it trains on: equally many, where possible those it decoded.

    ``world`` divides their number.
    """
    room = len(places) // world
    hands: list[list[int]] = [[] for _ in range(world)]
    spare: list[int] = []
    for number, place in enumerate(places):
        hand = hands[place.position % world]
        (hand if len(hand) < room else spare).append(number)
    for hand in hands:
        missing = room - len(hand)
        hand += spare[:missing]
        del spare[:missing]
    return hands
