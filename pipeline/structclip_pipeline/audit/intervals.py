"""A share with its interval."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """``yes`` of ``answered``, and the Wilson interval of the share; from 0 to 1."""

    yes: int
    answered: int

    @property
    def share(self) -> float | None:
        """None where nothing was answered."""
        return self.yes / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval."""
        return wilson_interval(self.yes, self.answered)


def wilson_interval(yes: int, answered: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """
    The score interval of a share (Wilson 1927): all p with |yes / answered - p| <= z sqrt(p (1 - p) / answered).

    Without answers it is (0, 1).

    >>> [round(end, 3) for end in wilson_interval(95, 100)]
    [0.888, 0.978]
    """
    if answered == 0:
        return 0.0, 1.0
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    middle = (yes + z2 / 2) / (answered + z2)
    half = sqrt(z2 * (yes * (answered - yes) / answered + z2 / 4)) / (answered + z2)
    return (0.0 if yes == 0 else middle - half), (1.0 if yes == answered else middle + half)
