"""The rows of a dataset of negatives or of a packed one, read block by block as the order asks for them."""

import hashlib
import io
import sys
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, Protocol

from structclip_schemas.dataset import Dataset, open_dataset, read_shard
from structclip_schemas.errors import ContractError
from structclip_schemas.manifest import MANIFEST_NAME
from structclip_trainer.packed import PackedSource, StoredTokens
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
    """
    A caption as training needs it; ``counts`` how many objects, attributes and relations its graph has, ``picture`` its
    image's encoded bytes where the dataset holds them.
    """

    caption_id: str
    image_id: str | None
    image: str | None
    caption: str
    triples: TripleList
    negatives: tuple[Negative, ...]
    counts: dict[str, int]
    positives: tuple[Positive, ...] = ()
    units: tuple[Unit, ...] = ()
    picture: bytes | None = field(default=None, repr=False)

    @property
    def image_key(self) -> str:
        """What makes two rows rows of one image."""
        return self.image_id if self.image_id is not None else str(self.image)


class Source(Protocol):
    """Where rows come from: blocks of ``rows`` rows each, which are read whole."""

    rows: list[int]
    tokens: StoredTokens | None

    def read(self, index: int, columns: list[str]) -> Iterator[dict[str, Any]]:
        """Rows of a block as the table negatives has them, and ``picture``, the image's bytes, where it has them."""
        ...

    def captions(self) -> Iterator[str]:
        """The captions of all rows."""
        ...


@dataclass
class Corpus:
    """A finished dataset; blocks are permuted in windows of ``window``, and those last used stay in memory."""

    dataset: Dataset
    manifest_hash: str
    window: int
    source: Source
    blocks: OrderedDict[int, list[Row]] = field(default_factory=OrderedDict)

    @property
    def block_rows(self) -> list[int]:
        """Rows of each block: a shard of negatives, a row group of packed."""
        return self.source.rows

    @property
    def tokens(self) -> StoredTokens | None:
        """Token ids that come with the rows; None for rows without."""
        return self.source.tokens

    def use_tokens(self, tokenizer: str) -> bool:
        """Read stored token ids if they are those of the tokenizer with this hash; False if they are another's."""
        stored = self.dataset.manifest.parameters.get("tokenizer")
        if self.source.tokens is None or stored is None:
            return True
        self.source.tokens.wanted = stored == tokenizer
        return self.source.tokens.wanted

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate(self.block_rows, initial=0))

    def row(self, number: int) -> Row:
        """The row of that number, counted through the blocks in the dataset's order."""
        index = bisect_right(self._starts, number) - 1
        return self._block(index)[number - self._starts[index]]

    def rows(self) -> Iterator[Row]:
        """All rows in the dataset's order."""
        for index in range(len(self.block_rows)):
            yield from self._block(index)

    def _block(self, index: int) -> list[Row]:
        if index not in self.blocks:
            while len(self.blocks) >= _kept(self.window):
                self.blocks.popitem(last=False)
            self.blocks[index] = self._read_block(index)
        self.blocks.move_to_end(index)
        return self.blocks[index]

    def _read_block(self, index: int) -> list[Row]:
        rows = [_row(content) for content in self.source.read(index, COLUMNS)]
        if len(rows) != self.block_rows[index]:
            raise ContractError(
                f"{self.dataset.location}: block {index} has {len(rows)} captions, its footer or the manifest says "
                f"{self.block_rows[index]}. Remake the dataset."
            )
        return rows


def open_corpus(location: str, window_shards: int, window_groups: int = 1) -> Corpus:
    """Open negatives or packed, read in windows of that many shards or row groups; errors as ``open_dataset``'s."""
    dataset = open_dataset(location, ("negatives", "packed"), open_file)
    with open_file(f"{dataset.location}/{MANIFEST_NAME}") as file:
        manifest_hash = hashlib.sha256(file.read()).hexdigest()
    if dataset.manifest.table == "packed":
        return Corpus(dataset, manifest_hash, window_groups, PackedSource(dataset, _kept(window_groups)))
    return Corpus(dataset, manifest_hash, window_shards, NegativesSource(dataset))


def _kept(window: int) -> int:
    return window + 2


class NegativesSource:
    """The blocks of a negatives dataset: its shards."""

    def __init__(self, dataset: Dataset) -> None:
        """Nothing is read before it is asked for."""
        self.dataset = dataset
        self.tokens: StoredTokens | None = None
        self.rows = [shard.rows for shard in dataset.manifest.shards]

    def read(self, index: int, columns: list[str]) -> Iterator[dict[str, Any]]:
        """The rows of a shard, its bytes checked against the manifest so that every visit reads the same ones."""
        shard = self.dataset.manifest.shards[index]
        where = self.dataset.path(shard)
        try:
            with self.dataset.opener(where) as file:
                data = file.read()
        except FileNotFoundError as error:
            raise ContractError(
                f"{where}: not there, the manifest names it. Copy it again or remake the dataset."
            ) from error
        if hashlib.sha256(data).hexdigest() != shard.sha256:
            raise ContractError(
                f"{where}: bytes differ from the manifest's sha256. Copy it again or remake the dataset."
            )
        for batch in read_shard(io.BytesIO(data), where, "negatives", columns).to_batches():
            yield from batch.to_pylist()

    def captions(self) -> Iterator[str]:
        """The captions of all shards."""
        for index in range(len(self.rows)):
            yield from (row["caption"] for row in self.read(index, ["caption"]))


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
        picture=content.get("picture"),
    )


def _triples(triples: list[dict[str, Any]]) -> TripleList:
    return [{part: sys.intern(triple[part]) for part in ("head", "relation", "tail")} for triple in triples]
