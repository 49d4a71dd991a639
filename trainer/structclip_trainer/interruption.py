"""Signals that ask a run to stop: noted while a step runs, acted on after it."""

import signal
from types import FrameType, TracebackType
from typing import Self

from structclip_schemas.commands import Interrupted


class StopRequest:
    """
    Context in which SIGINT and SIGTERM only leave a note (``number``); a second signal interrupts at once.

    With ``patient`` further signals change nothing: torchrun passes on to its ranks what a terminal sent them already.
    The handlers from before are put back at its end.
    """

    def __init__(self, patient: bool = False) -> None:
        self.patient = patient
        self.number: int | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.number is not None and not self.patient:
            raise Interrupted(number)
        self.number = number
