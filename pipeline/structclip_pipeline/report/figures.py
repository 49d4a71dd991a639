"""What a dataset's rows count up to, gathered in one pass; figures of parts can be added in any order."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from structclip_schemas.dataset import Dataset

TABLES = ("graphs", "negatives", "benchmark", "packed")
BIN_NATS = 0.25
"""Width of a bin of plausibility."""

_WORD = re.compile(r"[\w']+")
_GRAPH_COLUMNS = ("caption_id", "image_id", "image", "split", "caption", "objects", "attributes", "relations")
_VARIANT_COLUMNS = ("negatives", "positives", "units")


@dataclass
class VariantFigures:
    """Counts of a list of variants (negatives or positives); plausibility in bins of BIN_NATS, by their lower end."""

    per_caption: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    edits: Counter[int] = field(default_factory=Counter)
    round_trip: Counter[tuple[str, bool | None]] = field(default_factory=Counter)
    caption_preferred: Counter[tuple[str, bool]] = field(default_factory=Counter)
    plausibility: Counter[int] = field(default_factory=Counter)

    def count(self, variants: list[dict[str, Any]]) -> None:
        """Count the variants of one caption."""
        self.per_caption[len(variants)] += 1
        for variant in variants:
            kind = variant["kind"]
            self.kinds[kind] += 1
            self.rules[variant["rule"]] += 1
            self.edits[len(variant["edits"])] += 1
            self.round_trip[kind, variant["round_trip"]] += 1
            if (nats := variant["plausibility"]) is not None and math.isfinite(nats):
                self.caption_preferred[kind, nats < 0] += 1
                self.plausibility[math.floor(nats / BIN_NATS)] += 1


@dataclass
class Figures:
    """Counts over captions; ``images`` holds the distinct images by id, or by path where a row has no id."""

    captions: int = 0
    images: set[str] = field(default_factory=set)
    splits: Counter[str] = field(default_factory=Counter)
    words_a_caption: Counter[int] = field(default_factory=Counter)
    objects_a_caption: Counter[int] = field(default_factory=Counter)
    attributes_a_caption: Counter[int] = field(default_factory=Counter)
    relations_a_caption: Counter[int] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    attributes: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    foils: Counter[str] = field(default_factory=Counter)
    negatives: VariantFigures = field(default_factory=VariantFigures)
    positives: VariantFigures = field(default_factory=VariantFigures)

    def count(self, row: dict[str, Any]) -> None:
        """Count one caption's row."""
        self.captions += 1
        image = row["image_id"] or row.get("image")
        if image is not None:
            self.images.add(image)
        self.splits[row["split"] or "none"] += 1
        self.words_a_caption[len(_WORD.findall(row["caption"]))] += 1
        for name in ("objects", "attributes", "relations"):
            getattr(self, f"{name}_a_caption")[len(row[name])] += 1
            getattr(self, name).update(element["lemma"] for element in row[name])
        if row.get("group"):
            self.groups[row["group"]] += 1
        if "negatives" in row:
            self.negatives.count(row["negatives"])
            self.positives.count(row["positives"])
            self.units.update(unit["kind"] for unit in row["units"])
            self.foils.update(unit["foil_kind"] for unit in row["units"] if unit["foil_kind"])


def caption_rows(dataset: Dataset, advance: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    """Every caption of a dataset in order, packed images unfolded, pixels left aside; ``advance`` is told the rows."""
    table = dataset.manifest.table
    for shard in dataset.manifest.shards:
        for batch in dataset.read(shard, _columns(table)).to_batches(max_chunksize=1024):
            for row in batch.to_pylist():
                yield from _unfolded(row) if table == "packed" else (row,)
            advance(batch.num_rows)


def _unfolded(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The captions of a packed image, each with the image's id and path."""
    image = {"image_id": row["image_id"], "image": row["pixels"]["path"]}
    return ({**caption, **image} for caption in row["captions"])


def _columns(table: str) -> list[str]:
    if table == "packed":
        return ["image_id", "pixels.path", "captions"]
    more = () if table == "graphs" else _VARIANT_COLUMNS
    return [*_GRAPH_COLUMNS, *more, *(("group",) if table == "benchmark" else ())]


def as_content(figures: Figures | VariantFigures) -> dict[str, Any]:
    """The figures for JSON: counters as objects, by falling count; pairs of keys joined by a space."""
    content: dict[str, Any] = {}
    for one in fields(figures):
        value = getattr(figures, one.name)
        if isinstance(value, VariantFigures):
            content[one.name] = as_content(value)
        elif isinstance(value, Counter):
            content[one.name] = {_key(key): count for key, count in ranked(value)}
        else:
            content[one.name] = len(value) if isinstance(value, set) else value
    return content


def ranked(counter: Counter[Any]) -> list[tuple[Any, int]]:
    """Entries by falling count, equal counts by name: the same order however they were counted."""
    return sorted(counter.items(), key=lambda item: (-item[1], str(item[0])))


def _key(key: Any) -> str:
    return " ".join(map(str, key)) if isinstance(key, tuple) else str(key)
