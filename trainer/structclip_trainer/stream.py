"""The stream of batches: rows in order, decoded ahead, put together so that no image comes twice in a batch."""

import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import Protocol, TypeVar

from structclip_schemas.errors import InputError
from structclip_trainer.corpus import Corpus, Row
from structclip_trainer.order import Cursor, Place, visit_windows
from structclip_trainer.samples import NOT_HERE, LeftOut, Sample, SampleReader
from structclip_trainer.shares import WHOLE, Share, deal

_CHUNK = 16
_T = TypeVar("_T")
Report = Callable[[LeftOut], None]


class RowReader(Protocol):
    """What makes samples of rows: with pixels, and without."""

    def read(self, place: Place, row: Row) -> Sample | LeftOut:
        """The whole sample, or why the row is left out."""
        ...

    def outline(self, place: Place, row: Row) -> Sample | LeftOut:
        """The same without looking at the image."""
        ...


def stream_batches(
    reader: SampleReader,
    cursor: Cursor,
    batch_size: int,
    window: int,
    workers: int,
    report: Report,
    share: Share = WHOLE,
) -> Generator[tuple[list[Sample], Cursor], None, None]:
    """
    Batches of samples from the cursor on, without end, each with the cursor that stands after it.

    The batches do not depend on ``workers``; of each batch a rank gets its share alone. ``report`` is
    called once for each visit of a row that is left out.
    Raises InputError when a whole epoch gives no batch (no usable row, or fewer images than ``batch_size``).
    """
    corpus = reader.corpus
    rows = read_rows(corpus, cursor, window, in_advance=workers > 0)
    waiting = [s for s in (reader.outline(p, corpus.row(p.row)) for p in cursor.pending) if isinstance(s, Sample)]
    samples = read_ahead(rows, reader, workers, share)
    for batch, after in assemble(samples, waiting, cursor, batch_size, report):
        own = deal([sample.place for sample in batch], share.world)[share.rank]
        yield [_with_pixels(batch[number], reader) for number in own], after


def read_rows(
    corpus: Corpus, cursor: Cursor, window: int, *, in_advance: bool
) -> Generator[tuple[Place, Row], None, None]:
    """Rows from the cursor on; ``in_advance`` lets another thread read the next window while this one is used."""
    windows = visit_windows(corpus.block_rows, cursor, window)
    current = next(windows)
    try:
        for following in windows:
            corpus.hold(current.blocks, following.blocks if in_advance else ())
            for place in current.places:
                yield place, corpus.row(place.row)
            current = following
    finally:
        corpus.stop_reading()


def _with_pixels(sample: Sample, reader: RowReader) -> Sample:
    """The sample, its image decoded here if that was another rank's work or was done before a resume."""
    if sample.pixels is not NOT_HERE:
        return sample
    found = reader.read(sample.place, sample.row)
    if isinstance(found, LeftOut):
        raise InputError(
            f"{found.row.caption_id}: its image was read before and cannot be read now ({found.detail}). "
            "Do not change the images while training; every machine needs the same ones."
        )
    return found


def assemble(
    samples: Iterator[Sample | LeftOut], waiting: list[Sample], cursor: Cursor, batch_size: int, report: Report
) -> Generator[tuple[list[Sample], Cursor], None, None]:
    """
    Put batches together: a sample whose image is in the batch already waits for the next one.

    The end of an epoch does not cut a batch short: it is filled from the next epoch.
    """
    while True:
        chosen, waiting = _split(waiting, batch_size)
        images = {sample.row.image_key for sample in chosen}
        first, last = None, Place(cursor.epoch, cursor.position - 1, -1)
        while len(chosen) < batch_size:
            item = next(samples)
            first, last = first or item.place, item.place
            if last.epoch > first.epoch + 1:
                raise InputError(_too_few(len(images), batch_size))
            if isinstance(item, LeftOut):
                report(item)
            elif item.row.image_key in images:
                waiting.append(item)
            else:
                images.add(item.row.image_key)
                chosen.append(item)
        cursor = replace(cursor, epoch=last.epoch, position=last.position + 1, pending=tuple(s.place for s in waiting))
        yield chosen, cursor


def _split(waiting: list[Sample], batch_size: int) -> tuple[list[Sample], list[Sample]]:
    """The samples that begin the next batch, each of another image, and those that wait on."""
    chosen: dict[str, Sample] = {}
    rest = []
    for sample in waiting:
        if len(chosen) < batch_size and sample.row.image_key not in chosen:
            chosen[sample.row.image_key] = sample
        else:
            rest.append(sample)
    return list(chosen.values()), rest


def _too_few(images: int, batch_size: int) -> str:
    if not images:
        return (
            "A whole epoch without one usable row: every row is left out (left_out.jsonl in the run says why). "
            "Check --images, --require and the shards."
        )
    return (
        f"A batch of {batch_size} needs as many images (one caption an image and batch), a whole epoch has only "
        f"{images}. Use --set batch_size={images} or fewer, or more data."
    )


def read_ahead(
    rows: Iterator[tuple[Place, Row]], reader: RowReader, workers: int, share: Share = WHOLE
) -> Generator[Sample | LeftOut, None, None]:
    """
    Read rows in their order, ``workers`` threads decoding ahead (Pillow decodes outside Python's lock).

    A rank decodes its share; of the others' rows it learns whether they could be read.
    """
    size = _CHUNK * share.world
    if workers == 0:
        while chunk := list(islice(rows, size if share.world > 1 else 1)):
            yield from _merge(_read_chunk(reader, chunk, share), share)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        running: deque[Future[list[Sample | LeftOut]]] = deque()
        try:
            while chunk := list(islice(rows, size)):
                running.append(pool.submit(_read_chunk, reader, chunk, share))
                if len(running) > 2 * workers:
                    yield from _merge(running.popleft().result(), share)
            while running:
                yield from _merge(running.popleft().result(), share)
        finally:
            for future in running:
                future.cancel()


def _read_chunk(reader: RowReader, chunk: list[tuple[Place, Row]], share: Share) -> list[Sample | LeftOut]:
    return [reader.read(place, row) if share.holds(place) else reader.outline(place, row) for place, row in chunk]


def _merge(items: list[Sample | LeftOut], share: Share) -> Iterator[Sample | LeftOut]:
    """The items of a chunk, those left out too that other ranks found to be unreadable."""
    left_out = [item for item in items if isinstance(item, LeftOut) and share.holds(item.place)]
    faults = share.tell({item.place: (item.reason, item.detail) for item in left_out})
    for item in items:
        yield LeftOut(item.place, item.row, *faults[item.place]) if item.place in faults else item


def prefetch(items: Generator[_T, None, None], depth: int, patience: float | None = None) -> Generator[_T, None, None]:
    """
    Let a thread make the items ahead, at most ``depth`` of them; its errors are raised here; 0 for no thread.

    Closing waits for the thread, at most ``patience`` seconds: a thread that waits for other ranks may never end.
    """
    if depth == 0:
        yield from items
        return
    ready: queue.Queue[tuple[_T | None, BaseException | None]] = queue.Queue(depth)
    stopping = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, ready, stopping), name="batches", daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            yield item  # type: ignore[misc]
    finally:
        stopping.set()
        deadline = math.inf if patience is None else time.monotonic() + patience
        while thread.is_alive() and time.monotonic() < deadline:
            _drain(ready)
            thread.join(0.05)


def _fill(
    items: Generator[_T, None, None],
    ready: "queue.Queue[tuple[_T | None, BaseException | None]]",
    stopping: threading.Event,
) -> None:
    try:
        for item in items:
            ready.put((item, None))
            if stopping.is_set():
                break
    except BaseException as error:  # handed over, raised in the thread that asks for items
        ready.put((None, error))
    finally:
        items.close()


def _drain(ready: "queue.Queue[tuple[_T | None, BaseException | None]]") -> None:
    try:
        while True:
            ready.get_nowait()
    except queue.Empty:
        return
