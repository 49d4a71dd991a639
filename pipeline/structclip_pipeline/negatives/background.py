"""
3-grams of 20,005 COCO captions, shipped, so that negatives of a few captions are judged as those of many are.

``python -m structclip_pipeline.negatives.background STATISTICS`` replaces them by those of a finished run.
"""

import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from structclip_pipeline.negatives.statistics import NgramCounts, merge_counts, read_counts, write_counts

FILE = Path(__file__).parent / "background" / "ngrams.parquet"


@cache
def background_hash() -> str:
    """sha256 of the shipped counts, which decide what is plausible."""
    return sha256(FILE.read_bytes()).hexdigest()


def with_background(counts: NgramCounts) -> NgramCounts:
    """
    For each n-gram and fold the larger of a corpus' count and the shipped one.

    Not their sum: a corpus may hold the captions that the shipped counts come from. Folds follow image ids, so that no
    caption of COCO is judged by captions of its own image here either.
    """
    shipped = _shipped()
    together = merge_counts([counts, shipped])
    larger = np.maximum(_counts_at(counts, together), _counts_at(shipped, together))
    return together.pick(np.arange(len(together.hashes)), larger)


@cache
def _shipped() -> NgramCounts:
    with FILE.open("rb") as file:
        return read_counts(file, str(FILE))


def _counts_at(counts: NgramCounts, wanted: NgramCounts) -> np.ndarray:
    """One corpus' counts of all n-grams that two have."""
    found = np.zeros_like(wanted.counts)
    kept = np.isin(counts.hashes, wanted.hashes)
    found[np.searchsorted(wanted.hashes, counts.hashes[kept])] = counts.counts[kept]
    return found


def main(arguments: list[str]) -> None:
    """Write the shipped counts."""
    if len(arguments) != 1:
        raise SystemExit("usage: python -m structclip_pipeline.negatives.background STATISTICS")
    with Path(arguments[0]).open("rb") as file:
        counts = read_counts(file, arguments[0])
    with FILE.open("wb") as file:
        write_counts(file, counts, "background")
    print(f"{FILE.name}: {len(counts.hashes):,} n-grams, {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
