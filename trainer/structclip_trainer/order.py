"""The order of samples: a function of (seed, epoch) over blocks and rows, and the resume point in it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

from structclip_schemas.errors import InputError
from structclip_trainer.draws import permute


@dataclass(frozen=True)
class Place:
    """One visit of a row: the epoch, its position in the epoch's order, the row's number in the dataset."""

    epoch: int
    position: int
    row: int


@dataclass(frozen=True)
class Cursor:
    """
    The resume point: the next place is ``position`` of ``epoch``; ``pending`` places were passed but not used yet.

    ``manifest`` is the sha256 of the dataset's manifest file: a cursor of another dataset means nothing.
    """

    seed: int
    manifest: str
    epoch: int = 0
    position: int = 0
    pending: tuple[Place, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The cursor as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Cursor":
        """The cursor that :meth:`to_json` gave."""
        return cls(**{**content, "pending": tuple(Place(**place) for place in content["pending"])})


@dataclass(frozen=True)
class Window:
    """The blocks whose rows are permuted together, and the places of theirs that are still to come."""

    blocks: tuple[int, ...]
    places: Iterator[Place]


def visit(block_rows: Sequence[int], cursor: Cursor, window: int) -> Iterator[Place]:
    """All places from the cursor on, without end (epoch after epoch), its pending ones not included."""
    for part in visit_windows(block_rows, cursor, window):
        yield from part.places


def visit_windows(block_rows: Sequence[int], cursor: Cursor, window: int) -> Iterator[Window]:
    """
    The places from the cursor on, window by window; those that were passed wholly are left out.

    An epoch permutes the blocks (shards of negatives, row groups of packed), cuts them into windows of ``window`` of
    them and permutes the rows of each window, so that only ``window`` blocks are in memory at once. Rows are numbered
    through the blocks in the dataset's order. Raises InputError for a dataset without rows.
    """
    if sum(block_rows) == 0:
        raise InputError("The dataset has no rows, nothing to train on. Make it from a source with captions.")
    epoch, position = cursor.epoch, cursor.position
    while True:
        yield from _windows_of_epoch(block_rows, cursor.seed, epoch, position, window)
        epoch, position = epoch + 1, 0


def _windows_of_epoch(block_rows: Sequence[int], seed: int, epoch: int, position: int, window: int) -> Iterator[Window]:
    blocks = [int(b) for b in permute(len(block_rows), seed, epoch, "shards")]
    passed = 0
    for at in range(0, len(blocks), window):
        chosen = tuple(blocks[at : at + window])
        count = sum(block_rows[b] for b in chosen)
        if passed + count > position:
            first = max(position - passed, 0)
            rows = _permuted_rows(block_rows, chosen, seed, epoch, at)
            yield Window(chosen, _places(rows, epoch, passed, first))
        passed += count


def _permuted_rows(block_rows: Sequence[int], blocks: tuple[int, ...], seed: int, epoch: int, at: int) -> Iterator[int]:
    starts = list(accumulate(block_rows, initial=0))
    rows = [starts[b] + row for b in blocks for row in range(block_rows[b])]
    yield from (rows[int(number)] for number in permute(len(rows), seed, epoch, "rows", at))


def _places(rows: Iterator[int], epoch: int, passed: int, first: int) -> Iterator[Place]:
    for number, row in enumerate(rows):
        if number >= first:
            yield Place(epoch, passed + number, row)
