"""How far two annotators agree."""

from collections.abc import Iterable
from dataclasses import dataclass

from structclip_pipeline.audit.intervals import Share


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of two annotators' answers: both yes, only the first yes, only the second yes, both no."""

    both_yes: int
    first_only: int
    second_only: int
    both_no: int

    @property
    def answered(self) -> int:
        """Variants that both answered."""
        return self.both_yes + self.first_only + self.second_only + self.both_no

    @property
    def agreed(self) -> Share:
        """The share of equal answers."""
        return Share(self.both_yes + self.both_no, self.answered)

    @property
    def kappa(self) -> float | None:
        """
        Cohen's kappa (Cohen 1960): (observed - expected) / (1 - expected), with the agreement expected of two
        annotators who answer at random, each with their own share of yes.

        None where it is undefined: nothing answered, or both always gave one and the same answer.

        >>> round(Agreement(20, 5, 10, 15).kappa, 3)
        0.4
        """
        n = self.answered
        first, second = self.both_yes + self.first_only, self.both_yes + self.second_only
        by_chance = first * second + (n - first) * (n - second)
        if by_chance == n * n:
            return None
        return (n * (self.both_yes + self.both_no) - by_chance) / (n * n - by_chance)


def agreement_of(answers: Iterable[tuple[bool | None, bool | None]]) -> Agreement:
    """Count pairs of answers; a pair with a missing answer does not count."""
    pairs = list(answers)
    return Agreement(
        pairs.count((True, True)), pairs.count((True, False)), pairs.count((False, True)), pairs.count((False, False))
    )
