"""The rows of a negatives dataset, read shard by shard as the order asks for them."""

import hashlib
import io
import sys
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any

from structclip_schemas.dataset import Dataset, open_dataset, read_shard
from structclip_schemas.errors import ContractError
from structclip_schemas.manifest import MANIFEST_NAME
from structclip_trainer.storage import open_file

COLUMNS = ["caption_id", "image_id", "image", "caption", "objects", "attributes", "relations", "triples", "negatives"]
COLUMNS += ["positives", "units"]
PARTS = ("objects", "attributes", "relations")

TripleList = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Negative:
    """A hard negative as training needs it; ``rule`` without its version."""

    kind: str
    rule: str
    caption: str
    triples: TripleList


@dataclass(frozen=True, slots=True)
class Positive:
    """A hard positive as training needs it."""

    caption: str
    triples: TripleList


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as training needs it; without foil its text is None."""

    kind: str
    text: str
    triples: TripleList
    foil: str | None
    foil_triples: TripleList


@dataclass(frozen=True, slots=True)
class Row:
    """A caption as training needs it; ``counts`` how many objects, attributes and relations its graph has."""

    caption_id: str
    image_id: str | None
    image: str | None
    caption: str
    triples: TripleList
    negatives: tuple[Negative, ...]
    counts: dict[str, int]
    positives: tuple[Positive, ...] = ()
    units: tuple[Unit, ...] = ()

    @property
    def image_key(self) -> str:
        """What makes two rows rows of one image."""
        return self.image_id if self.image_id is not None else str(self.image)


@dataclass
class Corpus:
    """A finished dataset with the shards last used kept in memory (``kept`` of them)."""

    dataset: Dataset
    manifest_hash: str
    kept: int
    shards: OrderedDict[int, list[Row]] = field(default_factory=OrderedDict)

    @property
    def shard_rows(self) -> list[int]:
        """Rows of each shard, in the manifest's order."""
        return [shard.rows for shard in self.dataset.manifest.shards]

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate(self.shard_rows, initial=0))

    def row(self, number: int) -> Row:
        """The row of that number, counted through the shards in the manifest's order."""
        index = bisect_right(self._starts, number) - 1
        return self._shard(index)[number - self._starts[index]]

    def rows(self) -> Iterator[Row]:
        """All rows in the dataset's order."""
        for index in range(len(self.shard_rows)):
            yield from self._shard(index)

    def _shard(self, index: int) -> list[Row]:
        if index not in self.shards:
            while len(self.shards) >= self.kept:
                self.shards.popitem(last=False)
            self.shards[index] = _read_rows(self.dataset, index)
        self.shards.move_to_end(index)
        return self.shards[index]


def open_corpus(location: str, window: int) -> Corpus:
    """Open a negatives dataset for reading in windows of ``window`` shards; errors as ``open_dataset``'s."""
    dataset = open_dataset(location, "negatives", open_file)
    with open_file(f"{dataset.location}/{MANIFEST_NAME}") as file:
        manifest_hash = hashlib.sha256(file.read()).hexdigest()
    return Corpus(dataset, manifest_hash, kept=window + 2)


def _read_rows(dataset: Dataset, index: int) -> list[Row]:
    """The rows of a shard, its bytes checked against the manifest so that every visit reads the same ones."""
    shard = dataset.manifest.shards[index]
    where = dataset.path(shard)
    try:
        with dataset.opener(where) as file:
            data = file.read()
    except FileNotFoundError as error:
        raise ContractError(
            f"{where}: not there, the manifest names it. Copy it again or remake the dataset."
        ) from error
    if hashlib.sha256(data).hexdigest() != shard.sha256:
        raise ContractError(f"{where}: bytes differ from the manifest's sha256. Copy it again or remake the dataset.")
    table = read_shard(io.BytesIO(data), where, dataset.manifest.table, COLUMNS)
    if table.num_rows != shard.rows:
        raise ContractError(f"{where}: {table.num_rows} rows, the manifest says {shard.rows}. Remake the dataset.")
    return [_row(content) for batch in table.to_batches() for content in batch.to_pylist()]


def _row(content: dict[str, Any]) -> Row:
    return Row(
        caption_id=content["caption_id"],
        image_id=content["image_id"],
        image=content["image"],
        caption=content["caption"],
        triples=_triples(content["triples"]),
        negatives=tuple(
            Negative(n["kind"], n["rule"].split("/")[0], n["caption"], _triples(n["triples"]))
            for n in content["negatives"]
        ),
        counts={part: len(content[part]) for part in PARTS},
        positives=tuple(Positive(p["caption"], _triples(p["triples"])) for p in content["positives"]),
        units=tuple(
            Unit(u["kind"], u["text"], _triples(u["triples"]), u["foil"], _triples(u["foil_triples"]))
            for u in content["units"]
        ),
    )


def _triples(triples: list[dict[str, Any]]) -> TripleList:
    return [{part: sys.intern(triple[part]) for part in ("head", "relation", "tail")} for triple in triples]
