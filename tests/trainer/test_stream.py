"""The stream loses no row and repeats none, wherever it is killed and however many threads read."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from structclip_schemas.errors import InputError
from structclip_trainer.corpus import Row
from structclip_trainer.order import Cursor, Place, visit
from structclip_trainer.samples import NOT_HERE, LeftOut, Sample
from structclip_trainer.shares import Share, deal
from structclip_trainer.stream import assemble, prefetch, read_ahead

PIXELS = np.zeros((3, 1, 1), dtype=np.uint8)
Batches = Iterator[tuple[list[Sample], Cursor]]

shards = st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(any)
windows = st.integers(1, 4)
seeds = st.integers(0, 5)


def _row(number: int, captions_an_image: int) -> Row:
    image = f"i{number // captions_an_image}"
    return Row(f"c{number}", image, image, f"caption {number}", [], (), {})


class _Reader:
    """Every seventh row has no image."""

    def read(self, place: Place, row: Row) -> Sample | LeftOut:
        if place.row % 7 == 6:
            return LeftOut(place, row, "missing-image", "")
        return Sample(place, row, PIXELS, None, True)

    def outline(self, place: Place, row: Row) -> Sample | LeftOut:
        return Sample(place, row, NOT_HERE, None, True)


READER = _Reader()


def _batches(rows: list[int], cursor: Cursor, size: int, window: int, captions: int, workers: int = 0) -> Batches:
    places = ((place, _row(place.row, captions)) for place in visit(rows, cursor, window))
    waiting = [Sample(place, _row(place.row, captions), PIXELS, None, True) for place in cursor.pending]
    return assemble(read_ahead(places, READER, workers), waiting, cursor, size, lambda item: None)


def _ids(batches: Batches, count: int) -> list[list[tuple[int, str]]]:
    return [[(s.place.epoch, s.row.caption_id) for s in samples] for samples, _ in itertools.islice(batches, count)]


@given(shards, windows, seeds, st.integers(0, 3))
def test_an_epoch_is_a_permutation(rows: list[int], window: int, seed: int, epoch: int) -> None:
    """Each epoch visits every row exactly once."""
    total = sum(rows)
    places = list(itertools.islice(visit(rows, Cursor(seed, "", epoch), window), total))
    assert sorted(place.row for place in places) == list(range(total))
    assert [place.position for place in places] == list(range(total))
    assert {place.epoch for place in places} == {epoch}


@given(shards, windows, seeds, st.integers(0, 60), st.integers(0, 40))
def test_returning_to_a_place(rows: list[int], window: int, seed: int, start: int, length: int) -> None:
    """The order from a place in the middle is the order of the whole from there on."""
    whole = list(itertools.islice(visit(rows, Cursor(seed, ""), window), start + length))
    epoch, position = divmod(start, sum(rows))
    part = list(itertools.islice(visit(rows, Cursor(seed, "", epoch, position), window), length))
    assert part == whole[start:]


@given(shards, windows, seeds, st.integers(1, 3), st.integers(1, 3), st.integers(0, 12), st.sampled_from([0, 1, 3]))
def test_resume_gives_the_same_batches(
    rows: list[int], window: int, seed: int, size: int, captions: int, killed_after: int, workers: int
) -> None:
    """Batches after a kill at any step, with any number of threads, are those of the run that was not killed."""
    cursor = Cursor(seed, "m")
    try:
        undisturbed = _ids(_batches(rows, cursor, size, window, captions), killed_after + 6)
    except InputError:
        return  # fewer images than the batch size
    for _, after in itertools.islice(_batches(rows, cursor, size, window, captions, workers), killed_after):
        cursor = Cursor.from_json(after.to_json())
    assert _ids(_batches(rows, cursor, size, window, captions, workers), 6) == undisturbed[killed_after:]


@given(shards, windows, seeds, st.integers(1, 3), st.integers(1, 3))
def test_nothing_lost_nothing_repeated(rows: list[int], window: int, seed: int, size: int, captions: int) -> None:
    """Used and waiting samples together are every usable row of the epochs passed, each once an epoch."""
    cursor, used = Cursor(seed, "m"), Counter()
    try:
        for samples, after in itertools.islice(_batches(rows, cursor, size, window, captions), 25):
            used.update((s.place.epoch, s.place.row) for s in samples)
            cursor = after
    except InputError:
        return
    used.update((place.epoch, place.row) for place in cursor.pending)
    passed = itertools.islice(visit(rows, Cursor(seed, "m"), window), cursor.epoch * sum(rows) + cursor.position)
    assert used == Counter((place.epoch, place.row) for place in passed if place.row % 7 != 6)


@given(shards, windows, seeds, st.integers(1, 4), st.integers(1, 4))
def test_one_caption_an_image(rows: list[int], window: int, seed: int, size: int, captions: int) -> None:
    """Every batch is full and has each image once."""
    try:
        for samples, _ in itertools.islice(_batches(rows, Cursor(seed, "m"), size, window, captions), 10):
            assert len(samples) == size == len({s.row.image_key for s in samples})
    except InputError as error:
        assert "images" in str(error) or "usable" in str(error)


def test_batch_larger_than_the_images() -> None:
    """A batch size above the number of images is refused and told how many there are."""
    with pytest.raises(InputError, match="batch_size=2 or fewer"):
        next(_batches([6], Cursor(0, "m"), 4, 1, 3))


def test_seed_and_epoch_change_the_order() -> None:
    """Two epochs and two seeds have different orders."""
    orders = [
        tuple(p.row for p in itertools.islice(visit([50, 50], Cursor(seed, "", epoch), 2), 100))
        for seed, epoch in ((0, 0), (0, 1), (1, 0))
    ]
    assert len(set(orders)) == 3


def test_prefetch_passes_errors_on() -> None:
    """An error in the thread that makes batches is raised where they are used, after the batches before it."""

    def failing() -> Iterator[int]:
        yield 1
        raise InputError("broken")

    items = prefetch(failing(), 2)
    assert next(items) == 1
    with pytest.raises(InputError, match="broken"):
        next(items)


def test_prefetch_ends_its_thread() -> None:
    """Closing the stream early ends the thread that makes batches."""
    closed = []

    def endless() -> Iterator[int]:
        try:
            yield from itertools.count()
        finally:
            closed.append(True)

    items = prefetch(endless(), 2)
    next(items)
    items.close()
    assert closed == [True]


def test_pending_survives_json() -> None:
    """A cursor with waiting places comes back from JSON as it was."""
    cursor = replace(Cursor(3, "m", 1, 2), pending=(Place(1, 0, 4),))
    assert Cursor.from_json(cursor.to_json()) == cursor


class _Images:
    """Rows of which some have no image, read by a rank that decodes its share and sees no other's faults itself."""

    def __init__(self, broken: frozenset[int]) -> None:
        self.broken = broken

    def read(self, place: Place, row: Row) -> Sample | LeftOut:
        sample = self.outline(place, row)
        if place.row in self.broken:
            return LeftOut(place, row, "missing-image", "")
        return replace(sample, pixels=PIXELS)

    def outline(self, place: Place, row: Row) -> Sample:
        return Sample(place, row, NOT_HERE, None, True)


@dataclass(frozen=True)
class _Rows:
    """Stands in for a corpus: rows by number, some of one image."""

    block_rows: list[int]
    captions: int

    def row(self, number: int) -> Row:
        return _row(number, self.captions)


@dataclass(frozen=True)
class _World:
    """A dataset, how it is read, and by how many."""

    rows: list[int]
    window: int
    seed: int
    captions: int
    broken: frozenset[int]
    size: int

    @cached_property
    def faults(self) -> dict[Place, tuple[str, str]]:
        """What the ranks tell each other, of more places than are passed."""
        passed = itertools.islice(visit(self.rows, Cursor(self.seed, "m"), self.window), 150)
        return {place: ("missing-image", "") for place in passed if place.row in self.broken}

    def batches(self, cursor: Cursor, rank: int, world: int, workers: int) -> Batches:
        """The share of one rank."""
        reader, corpus = _Images(self.broken), _Rows(self.rows, self.captions)
        places = ((place, corpus.row(place.row)) for place in visit(self.rows, cursor, self.window))
        waiting = [reader.outline(place, corpus.row(place.row)) for place in cursor.pending]
        share = Share(rank, world, lambda own: [own, self.faults])
        items = read_ahead(places, reader, workers, share)
        for samples, after in assemble(items, waiting, cursor, self.size, lambda item: None):
            yield [samples[number] for number in deal([s.place for s in samples], world)[rank]], after


worlds = st.builds(
    _World,
    shards,
    windows,
    seeds,
    st.integers(1, 3),
    st.frozensets(st.integers(0, 44), max_size=6),
    st.sampled_from([2, 4, 6]),
)


def _places(batches: Batches, count: int) -> tuple[list[list[Place]], Cursor | None]:
    found, cursor = [], None
    for samples, after in itertools.islice(batches, count):
        found.append([s.place for s in samples])
        cursor = Cursor.from_json(after.to_json())
    return found, cursor


@pytest.mark.slow
@pytest.mark.timeout(1800)
@given(worlds, st.integers(0, 4), st.sampled_from([0] * 9 + [2]), st.sampled_from([1, 2]), st.sampled_from([1, 2]))
@settings(max_examples=10_000, deadline=None, phases=(Phase.explicit, Phase.generate, Phase.shrink))
def test_any_kill_any_workers_any_world_size(
    world: _World, killed_after: int, workers: int, before: int, after: int
) -> None:
    """
    The batches of all ranks together are those of one process, wherever a run is killed, with whatever it goes on.

    Every rank has an equal share, no place comes twice, and used, waiting and broken places are all that were passed.
    """
    start, more = Cursor(world.seed, "m"), 2
    try:
        alone, end = _places(world.batches(start, 0, 1, 0), killed_after + more)
    except InputError:
        return  # an epoch has fewer images than a batch
    assert end is not None
    found, cursor = (
        [_places(world.batches(start, rank, before, workers), killed_after) for rank in range(before)],
        start,
    )
    if killed_after:
        assert len({other for _, other in found}) == 1
        cursor = found[0][1] or start
    resumed = [_places(world.batches(cursor, rank, after, workers), more) for rank in range(after)]
    for parts, first, count, ranks in ((found, 0, killed_after, before), (resumed, killed_after, more, after)):
        for number in range(count):
            shares = [of_rank[number] for of_rank, _ in parts]
            assert {len(share) for share in shares} == {world.size // ranks}
            assert set(itertools.chain(*shares)) == set(alone[first + number])
    assert {other for _, other in resumed} == {end}
    used = Counter((p.epoch, p.row) for batch in alone for p in batch) + Counter((p.epoch, p.row) for p in end.pending)
    passed = itertools.islice(visit(world.rows, start, world.window), end.epoch * sum(world.rows) + end.position)
    assert used == Counter((p.epoch, p.row) for p in passed if p.row not in world.broken)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=24, unique=True), st.integers(1, 5))
def test_dealing_keeps_what_was_decoded(positions: list[int], world: int) -> None:
    """Each sample goes to one rank, each rank gets as many, and as many as fit stay where they were decoded."""
    positions = positions[: len(positions) // world * world]
    hands = deal([Place(0, position, 0) for position in positions], world)
    assert sorted(itertools.chain(*hands)) == list(range(len(positions)))
    assert {len(hand) for hand in hands} == {len(positions) // world}
    kept = sum(positions[number] % world == rank for rank, hand in enumerate(hands) for number in hand)
    wanted = Counter(position % world for position in positions)
    assert kept == sum(min(count, len(positions) // world) for count in wanted.values())


def test_resuming_reads_no_row_again() -> None:
    """A stream taken up in the middle of an epoch asks for waiting rows and later ones only."""
    asked: list[int] = []

    class Counting(_Images):
        def read(self, place: Place, row: Row) -> Sample | LeftOut:
            asked.append(place.position)
            return super().read(place, row)

    cursor = Cursor(0, "m", 0, 60)
    places = ((place, _row(place.row, 1)) for place in visit([50, 50], cursor, 2))
    next(assemble(read_ahead(places, Counting(frozenset()), 0), [], cursor, 8, lambda item: None))
    assert asked == list(range(60, 68))
