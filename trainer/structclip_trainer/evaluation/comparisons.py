"""What a benchmark asks: comparisons of a true caption with its negatives on one image, read from a dataset."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from structclip_schemas.dataset import Dataset
from structclip_schemas.graph import Triple

BENCHMARK_PREFIX = "benchmark:"
COMPLEXITIES = ("0", "1", "2", "3", "4+")


@dataclass(frozen=True, slots=True)
class Statement:
    """A text and the triples that the parser read in it."""

    text: str
    triples: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of a dataset: its path below the image root, and the part (left, top, width, height) that counts."""

    path: str
    crop: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    One trial: does the true caption score strictly above every negative on its picture?

    ``also_true``: captions of the same picture that must do so, too. ``pair_id``: what two comparisons share whose
    captions are each other's negative.
    """

    caption_id: str
    picture: Picture
    group: str
    true: Statement
    false: tuple[Statement, ...]
    also_true: tuple[Statement, ...] = ()
    pair_id: str | None = None

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All captions in the order in which they are scored: the true one, those also true, the negatives."""
        return self.true, *self.also_true, *self.false

    @property
    def complexity(self) -> str:
        """How many triples the true caption has: 0, 1, 2, 3 or 4+."""
        return COMPLEXITIES[min(len(self.true.triples), len(COMPLEXITIES) - 1)]


@dataclass(frozen=True, slots=True)
class Gallery:
    """A retrieval set: the captions, and for each the picture that it was written for."""

    captions: tuple[tuple[str, Statement], ...]
    pictures: tuple[Picture, ...]
    owner: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that was not evaluated, and why."""

    caption_id: str
    image: str | None
    reason: str
    detail: str


def read_comparisons(dataset: Dataset) -> tuple[list[Comparison], list[LeftOut]]:
    """
    The comparisons of a benchmark or negatives dataset, in row order, and the rows that name no image.

    A benchmark's negatives of one row are one comparison, grouped by the row's group, in which its positives must win,
    too (SugarCrepe++); a negative of another kind is a
    comparison of its own, grouped by its kind.
    """
    comparisons: list[Comparison] = []
    left_out: list[LeftOut] = []
    for row in _rows(dataset):
        if row["image"] is None:
            left_out.append(LeftOut(row["caption_id"], None, "missing-image", "the row names no image"))
        else:
            comparisons += _row_comparisons(row)
    return comparisons, left_out


def _row_comparisons(row: dict[str, Any]) -> Iterator[Comparison]:
    true, picture = _statement(row), _picture(row)
    asked = [v for v in row["negatives"] if v["kind"].startswith(BENCHMARK_PREFIX)]
    if asked:
        group = row.get("group") or asked[0]["kind"].removeprefix(BENCHMARK_PREFIX)
        also = tuple(_statement(v) for v in row["positives"] if v["kind"].startswith(BENCHMARK_PREFIX))
        false = tuple(_statement(v) for v in asked)
        yield Comparison(row["caption_id"], picture, group, true, false, also, row.get("pair_id"))
    for variant in row["negatives"]:
        if not variant["kind"].startswith(BENCHMARK_PREFIX):
            yield Comparison(row["caption_id"], picture, variant["kind"], true, (_statement(variant),))


def read_gallery(dataset: Dataset) -> tuple[Gallery, list[LeftOut]]:
    """The captions and images of a dataset for retrieval; images are one by image_id (by path where it is null)."""
    captions: list[tuple[str, Statement]] = []
    pictures: list[Picture] = []
    owner: list[int] = []
    left_out: list[LeftOut] = []
    index: dict[tuple[str, str | None], int] = {}
    for row in _rows(dataset):
        if row["image"] is None:
            left_out.append(LeftOut(row["caption_id"], None, "missing-image", "the row names no image"))
            continue
        key = ("path", row["image"]) if row["image_id"] is None else ("id", row["image_id"])
        if key not in index:
            index[key] = len(pictures)
            pictures.append(Picture(row["image"]))
        captions.append((row["caption_id"], _statement(row)))
        owner.append(index[key])
    return Gallery(tuple(captions), tuple(pictures), tuple(owner)), left_out


def without_pictures(gallery: Gallery, gone: set[Picture]) -> Gallery:
    """The gallery less some pictures and their captions."""
    kept = [i for i, picture in enumerate(gallery.pictures) if picture not in gone]
    renumbered = {old: new for new, old in enumerate(kept)}
    stays = [t for t, image in enumerate(gallery.owner) if image in renumbered]
    return Gallery(
        captions=tuple(gallery.captions[t] for t in stays),
        pictures=tuple(gallery.pictures[i] for i in kept),
        owner=tuple(renumbered[gallery.owner[t]] for t in stays),
    )


def _rows(dataset: Dataset) -> Iterator[dict[str, Any]]:
    wanted = ["caption_id", "image_id", "image", "caption", "triples"]
    if dataset.manifest.table != "graphs":
        wanted += ["negatives", "positives"]
    if dataset.manifest.table == "benchmark":
        wanted += ["crop", "group", "pair_id"]
    for shard in dataset.manifest.shards:
        for batch in dataset.read(shard, wanted).to_batches():
            yield from batch.to_pylist()


def _statement(row: dict[str, Any]) -> Statement:
    return Statement(row["caption"], tuple(Triple(**t) for t in row["triples"]))


def _picture(row: dict[str, Any]) -> Picture:
    crop = row.get("crop")
    return Picture(row["image"], (crop["left"], crop["top"], crop["width"], crop["height"]) if crop else None)
