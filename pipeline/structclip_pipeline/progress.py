"""Progress of long work on stderr: a bar with rows a second and time left on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LINE_SECONDS = 10.0


@contextmanager
def progress(label: str, total: int, done: int = 0) -> Iterator[Callable[[int], None]]:
    """Show progress of ``total`` rows, ``done`` of them finished earlier; call the yielded function with new rows."""
    show = _bar if sys.stderr.isatty() else _lines
    with show(label, total, done) as advance:
        yield advance


@contextmanager
def _bar(label: str, total: int, done: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
    from rich.text import Text

    class RowsPerSecond(ProgressColumn):
        """Rows a second of this run, without what an earlier run had finished."""

        def render(self, task: Task) -> Text:
            return Text(f"{(task.completed - done) / max(task.elapsed or 0.0, 1e-3):,.0f} rows/s")

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), RowsPerSecond(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=total, completed=done)
        yield lambda rows: bar.advance(task, rows)


@contextmanager
def _lines(label: str, total: int, done: int) -> Iterator[Callable[[int], None]]:
    started, spoken, now = time.monotonic(), time.monotonic(), done

    def advance(rows: int) -> None:
        nonlocal spoken, now
        now += rows
        if time.monotonic() - spoken >= _LINE_SECONDS and now < total:
            spoken = time.monotonic()
            print(progress_line(label, now, total, now - done, spoken - started), file=sys.stderr, flush=True)

    yield advance


def progress_line(label: str, now: int, total: int, fresh: int, seconds: float) -> str:
    """
    One plain line of progress.

    >>> progress_line("build-graphs", 500, 2000, 500, 10.0)
    'build-graphs: 500 of 2,000 rows, 50 rows/s, 30 s left'
    """
    speed = fresh / max(seconds, 1e-3)
    left = f"{(total - now) / speed:,.0f} s left" if speed else "time left unknown"
    return f"{label}: {now:,} of {total:,} rows, {speed:,.0f} rows/s, {left}"
