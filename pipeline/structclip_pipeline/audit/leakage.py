"""Images, captions and negatives that two datasets share: what of a benchmark a training set has seen."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from structclip_schemas.dataset import Dataset
from structclip_schemas.edits import folded_words

IMAGE, CAPTION, NEGATIVE = "image", "caption", "negative"
WHAT = (IMAGE, CAPTION, NEGATIVE)
COLUMNS = ("what", "shared", "train_caption_id", "benchmark_caption_id", "benchmark_captions")
"""The columns of the CSV file: one line for each training caption and each thing it shares with the benchmark."""

TABLES = ("graphs", "negatives", "benchmark", "packed")
_NUMBERED = re.compile(r"(?:COCO_[a-z]+\d{4}_)?0*(\d+)")


@dataclass(frozen=True, slots=True)
class Leak:
    """
    One thing that a training caption shares with the benchmark: an image's name, or the words of a text.

    ``benchmark_caption_id`` is the first of ``benchmark_captions`` captions that have it.
    """

    what: str
    shared: str
    train_caption_id: str
    benchmark_caption_id: str
    benchmark_captions: int


@dataclass(frozen=True, slots=True)
class Count:
    """Distinct things of one sort: how many the benchmark has, how many of them are shared, in how many captions."""

    benchmark: int
    shared: int
    train_captions: int


@dataclass(frozen=True, slots=True)
class Leakage:
    """Everything shared, in the training set's order, and the counts of each sort."""

    leaks: tuple[Leak, ...]
    counts: Mapping[str, Count]


def image_name(image_id: str | None, image: str | None) -> str | None:
    """
    What names a row's image: its id, or without one the stem of its file name; COCO's zeros and prefix taken off.

    >>> image_name(None, "val2014/COCO_val2014_000000391895.jpg"), image_name("391895", None)
    ('391895', '391895')
    """
    name = image_id or (PurePosixPath(image).stem if image else None)
    numbered = _NUMBERED.fullmatch(name) if name else None
    return numbered[1] if numbered else name


def find_leakage(train: Iterable[Mapping[str, Any]], benchmark: Iterable[Mapping[str, Any]]) -> Leakage:
    """
    Find what rows of a training set share with rows of a benchmark.

    Rows have caption_id, image_id, image, caption and, where the table has them, negatives. Texts are compared by
    their lower-cased words ("an" is "a"). The benchmark is held in memory, the training set streams.
    """
    holders: dict[tuple[str, str], tuple[str, int]] = {}
    for row in benchmark:
        for thing in things_of(row):
            first, count = holders.get(thing, (row["caption_id"], 0))
            holders[thing] = (first, count + 1)
    leaks = tuple(
        Leak(*thing, row["caption_id"], *holders[thing])
        for row in train
        for thing in things_of(row)
        if thing in holders
    )
    return Leakage(leaks, {what: _count(what, holders, leaks) for what in WHAT})


def things_of(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A row's image, caption and negatives as they are compared, each once; texts without a word are nothing."""
    name = image_name(row.get("image_id"), row.get("image"))
    things = [(IMAGE, name or ""), (CAPTION, _words(row["caption"]))]
    things += [(NEGATIVE, _words(variant["caption"])) for variant in row.get("negatives", ())]
    return list(dict.fromkeys(thing for thing in things if thing[1]))


def rows_of(dataset: Dataset) -> Iterator[Mapping[str, Any]]:
    """The rows of a dataset, of one that is packed those of its captions, with what find_leakage reads."""
    for shard in dataset.manifest.shards:
        if dataset.manifest.table == "packed":
            for batch in dataset.read(shard, ["image_id", "captions"]).to_batches():
                for packed in batch.to_pylist():
                    yield from ({**row, "image_id": packed["image_id"]} for row in packed["captions"])
            continue
        negatives = [] if dataset.manifest.table == "graphs" else ["negatives"]
        columns = ["caption_id", "image_id", "image", "caption", *negatives]
        for batch in dataset.read(shard, columns).to_batches():
            yield from batch.to_pylist()


def _words(text: str) -> str:
    return " ".join(folded_words(text))


def _count(what: str, holders: Mapping[tuple[str, str], tuple[str, int]], leaks: tuple[Leak, ...]) -> Count:
    mine = [leak for leak in leaks if leak.what == what]
    total = sum(sort == what for sort, _ in holders)
    return Count(total, len({leak.shared for leak in mine}), len({leak.train_caption_id for leak in mine}))
