"""Steps whose loss or gradient is no number: found without making the host wait for a GPU at every step."""

from collections import deque
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Evidence:
    """What is told of a failed step: its number, the batch's caption ids, losses by name, the gradient's norm."""

    step: int
    caption_ids: list[str]
    terms: dict[str, Tensor]
    norm: Tensor


class FiniteWatch:
    """
    Remembers steps until the device has said whether they failed; ``ahead``: how many it need not have said yet.

    A failed step counts against all later ones, so that an optimiser told of the verdict changes no weight after it,
    however late somebody looks.
    """

    def __init__(self, ahead: int = 0) -> None:
        self.ahead = ahead
        self.failed: Tensor | None = None
        self._waiting: deque[tuple[Evidence, Tensor, torch.cuda.Event | None]] = deque()

    def judge(self, evidence: Evidence) -> Tensor:
        """The verdict on a step, an fp32 scalar on its device: 1 where it or one before it is not finite."""
        finite = torch.isfinite(evidence.terms["loss"]) & torch.isfinite(evidence.norm)
        failed = (~finite).float()
        self.failed = failed if self.failed is None else torch.maximum(self.failed, failed)
        self._waiting.append((evidence, *_send(self.failed)))
        return self.failed

    def find(self, everything: bool = True) -> Evidence | None:
        """The first failed step, or None; without ``everything`` the last ``ahead`` steps are left for later."""
        while len(self._waiting) > (0 if everything else self.ahead):
            evidence, failed, arrival = self._waiting.popleft()
            if arrival is not None:
                arrival.synchronize()
            if failed.item():
                self.failed = None
                self._waiting.clear()
                return evidence
        return None


def _send(failed: Tensor) -> tuple[Tensor, torch.cuda.Event | None]:
    """A copy on the host, and the event after which it is there; None: it is there now."""
    if not failed.is_cuda:
        return failed, None
    copy = torch.empty_like(failed, device="cpu", pin_memory=True)
    copy.copy_(failed, non_blocking=True)
    arrival = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrival.record(torch.cuda.current_stream(failed.device))
    return copy, arrival
