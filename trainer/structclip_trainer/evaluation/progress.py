"""Progress of an evaluation on stderr: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LINE_SECONDS = 10.0


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how many of ``total`` images and texts are embedded; call the yielded function with new ones."""
    if sys.stderr.isatty():
        with _bar(label, total) as advance:
            yield advance
    else:
        yield _lines(label, total)


@contextmanager
def _bar(label: str, total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda count: bar.advance(task, count)


def _lines(label: str, total: int) -> Callable[[int], None]:
    start = last = time.monotonic()
    done = 0

    def advance(count: int) -> None:
        nonlocal done, last
        done += count
        now = time.monotonic()
        if now - last >= _LINE_SECONDS:
            last = now
            rate = done / (now - start)
            left = max(0, total - done) / rate
            print(f"{label}: {done:,} of {total:,}, {rate:,.0f}/s, {left:,.0f} s left", file=sys.stderr, flush=True)

    return advance
