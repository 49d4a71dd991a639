"""The statistics pass: many shards, merged in steps, give the counts of all captions."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from structclip_pipeline.negatives.corpus_pass import gather_statistics, load_counts
from structclip_pipeline.negatives.statistics import count_ngrams, fold_of
from structclip_schemas.graph import SceneGraph
from structclip_schemas.tables import row_from_record, with_metadata, write_rows
from structclip_schemas.variant import CaptionRecord

CAPTIONS = [f"a {colour} cup number {n} on a table" for n, colour in enumerate(["red", "blue", "green"] * 4)]


@pytest.fixture
def shards(tmp_path: Path) -> list[str]:
    """Twelve graphs shards of one caption each: two steps of merging."""
    places = []
    for n, caption in enumerate(CAPTIONS):
        row = row_from_record(CaptionRecord(str(n), f"image {n // 2}", None, None, caption, SceneGraph(), "stub"))
        places.append(tmp_path / f"graphs-{n}.parquet")
        with places[-1].open("wb") as file:
            write_rows(file, [row], with_metadata("graphs", "stub", "plan"))
    return [str(place) for place in places]


def _check(location: str) -> None:
    wanted = count_ngrams(CAPTIONS, [fold_of(f"image {n // 2}", str(n)) for n in range(len(CAPTIONS))])
    found = load_counts(location)
    assert np.array_equal(found.hashes, wanted.hashes)
    assert np.array_equal(found.counts, wanted.counts)


def test_all_shards_are_counted(shards: list[str], tmp_path: Path) -> None:
    """Merged eight at a time, the counts are those of all captions at once."""
    _check(gather_statistics("plan", shards, str(tmp_path / "out"), 0, None))


def test_one_shard_needs_no_merging(shards: list[str], tmp_path: Path) -> None:
    """A single shard's counts are the result."""
    found = load_counts(gather_statistics("plan", shards[:1], str(tmp_path / "out"), 0, None))
    assert np.array_equal(found.hashes, count_ngrams(CAPTIONS[:1], [0]).hashes)


def test_an_interrupted_pass_uses_what_is_finished(
    shards: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an interruption the pass goes on, and the file is the same byte for byte."""
    output = tmp_path / "out"
    whole = Path(gather_statistics("plan", shards, str(output), 0, None)).read_bytes()
    (output / "statistics.parquet").unlink()
    read: list[str] = []
    count: Callable[[str], object] = gather_statistics.__globals__["_count_shard"]
    monkeypatch.setitem(gather_statistics.__globals__, "_count_shard", lambda s: (read.append(s), count(s))[1])
    next((output / ".unfinished").glob("*-0-00003.parquet")).unlink()
    assert Path(gather_statistics("plan", shards, str(output), 0, None)).read_bytes() == whole
    assert read == [shards[3]]


@pytest.mark.slow
def test_workers_count_alike(shards: list[str], tmp_path: Path) -> None:
    """Two worker processes give the bytes of none."""
    one = Path(gather_statistics("plan", shards, str(tmp_path / "one"), 0, None)).read_bytes()
    assert Path(gather_statistics("plan", shards, str(tmp_path / "two"), 2, None)).read_bytes() == one
