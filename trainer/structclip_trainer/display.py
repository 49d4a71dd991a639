"""What a person sees of a run: a progress bar on a terminal, plain lines elsewhere (all on stderr)."""

import sys
import time
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_SHOWN = ("loss", "contrastive", "negative", "swap_accuracy_plain", "samples_per_second", "data_wait")
_SECONDS_BETWEEN_LINES = 10.0


class Display:
    """Shows steps as they are done, unless another rank does; a context manager."""

    def __init__(self, steps: int, done: int, shown: bool = True) -> None:
        self.console = Console(stderr=True)
        self.shown, self.live = shown, shown and sys.stderr.isatty()
        columns = (
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        self.bar = Progress(*columns, console=self.console, disable=not self.live)
        self.task = self.bar.add_task("train", total=steps, completed=done, note="")
        self.steps, self.said = steps, 0.0

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def step(self, step: int) -> None:
        """One more step is done."""
        self.bar.update(self.task, completed=step)

    def show(self, line: dict[str, Any]) -> None:
        """Show a line of the log; where it is no terminal, at most one every ten seconds."""
        note = "  ".join(f"{name} {line[name]:.4g}" for name in _SHOWN if name in line)
        if self.live:
            self.bar.update(self.task, note=note)
        elif time.monotonic() - self.said > _SECONDS_BETWEEN_LINES or line["step"] >= self.steps:
            self.say(f"step {line['step']}/{self.steps}  {note}")
            self.said = time.monotonic()

    def say(self, text: str) -> None:
        """Say something above the bar."""
        if self.live:
            self.console.print(text, highlight=False, markup=False)
        elif self.shown:
            print(text, file=sys.stderr, flush=True)
