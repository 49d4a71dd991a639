"""The rows of a dataset of negatives or of a packed one, read block by block as the order asks for them."""

import hashlib
import io
import sys
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, Protocol

from structclip_schemas.dataset import Dataset, open_dataset, read_shard
from structclip_schemas.errors import ContractError
from structclip_schemas.manifest import MANIFEST_NAME
from structclip_trainer.packed import Content, PackedSource, Tokens
from structclip_trainer.storage import open_file

COLUMNS = ["caption_id", "image_id", "image", "caption", "objects", "attributes", "relations", "triples", "negatives"]
COLUMNS += ["positives", "units"]
_SPARE = 2  # blocks of places that wait from the window before
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
    """Where rows come from: blocks of ``rows`` rows each, which are read whole; safe to read from two threads."""

    rows: list[int]
    with_tokens: bool

    def read(self, index: int, columns: list[str]) -> Content:
        """A block; its rows have a ``picture``, the image's bytes, where the dataset holds them."""
        ...

    def captions(self) -> Iterator[str]:
        """The captions of all rows."""
        ...


@dataclass(frozen=True)
class Block:
    """A block in memory; ``texts`` token ids that came with its rows."""

    rows: list[Row]
    texts: Tokens
    phrases: Tokens


@dataclass
class Corpus:
    """
    A finished dataset; blocks are permuted in windows of ``window``, of the next ``advance`` are read in advance.

    In memory are the blocks that are held, or without any held the last used, and all ``phrases`` met with token ids.
    """

    dataset: Dataset
    manifest_hash: str
    window: int
    advance: int
    source: Source
    blocks: OrderedDict[int, Block] = field(default_factory=OrderedDict)
    coming: dict[int, Future[Block]] = field(default_factory=dict)
    phrases: Tokens = field(default_factory=dict)

    @property
    def block_rows(self) -> list[int]:
        """Rows of each block: a shard of negatives, a row group of packed."""
        return self.source.rows

    def use_tokens(self, tokenizer: str) -> bool:
        """Read stored token ids if they are those of the tokenizer with this hash; False if they are another's."""
        stored = self.dataset.manifest.parameters.get("tokenizer") if self.dataset.manifest.table == "packed" else None
        self.source.with_tokens = stored == tokenizer
        return stored in (None, tokenizer)

    def token_ids(self, text: str) -> list[int] | None:
        """The ids of a text with special tokens, not cut, if they came with a block that is in memory."""
        return next((ids for block in self.blocks.values() if (ids := block.texts.get(text)) is not None), None)

    def hold(self, blocks: Sequence[int], following: Sequence[int]) -> None:
        """Let go of all blocks but these, and have another thread read the first of those that follow."""
        following = following[: self.advance]
        for index in self.blocks.keys() - {*blocks, *following}:
            del self.blocks[index]
        for index in following:
            if index not in self.blocks and index not in self.coming:
                self.coming[index] = self._thread.submit(self._read_block, index)

    def stop_reading(self) -> None:
        """Read nothing more in advance."""
        for future in self.coming.values():
            future.cancel()
        self.coming.clear()

    @cached_property
    def _thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="blocks")

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate(self.block_rows, initial=0))

    def row(self, number: int) -> Row:
        """The row of that number, counted through the blocks in the dataset's order."""
        index = bisect_right(self._starts, number) - 1
        return self._block(index).rows[number - self._starts[index]]

    def rows(self) -> Iterator[Row]:
        """All rows in the dataset's order."""
        for index in range(len(self.block_rows)):
            yield from self._block(index).rows

    def _block(self, index: int) -> Block:
        if index not in self.blocks:
            while len(self.blocks) >= self.window + self.advance + _SPARE:
                self.blocks.popitem(last=False)
            coming = self.coming.pop(index, None)
            self.blocks[index] = self._read_block(index) if coming is None else coming.result()
            self.phrases.update(self.blocks[index].phrases)
        self.blocks.move_to_end(index)
        return self.blocks[index]

    def _read_block(self, index: int) -> Block:
        content = self.source.read(index, COLUMNS)
        if len(content.rows) != self.block_rows[index]:
            raise ContractError(
                f"{self.dataset.location}: block {index} has {len(content.rows)} captions, its footer or the manifest "
                f"says {self.block_rows[index]}. Remake the dataset."
            )
        return Block([_row(row) for row in content.rows], content.texts, content.phrases)


def open_corpus(location: str, window_shards: int, window_groups: int = 1) -> Corpus:
    """Open negatives or packed, read in windows of that many shards or row groups; errors as ``open_dataset``'s."""
    dataset = open_dataset(location, ("negatives", "packed"), open_file)
    with open_file(f"{dataset.location}/{MANIFEST_NAME}") as file:
        manifest_hash = hashlib.sha256(file.read()).hexdigest()
    if dataset.manifest.table == "packed":
        return Corpus(dataset, manifest_hash, window_groups, window_groups, PackedSource(dataset))
    return Corpus(dataset, manifest_hash, window_shards, 1, NegativesSource(dataset))


class NegativesSource:
    """The blocks of a negatives dataset: its shards."""

    def __init__(self, dataset: Dataset) -> None:
        """Nothing is read before it is asked for."""
        self.dataset = dataset
        self.with_tokens = False
        self.rows = [shard.rows for shard in dataset.manifest.shards]

    def read(self, index: int, columns: list[str]) -> Content:
        """A shard, its bytes checked against the manifest so that every visit reads the same rows."""
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
        return Content(read_shard(io.BytesIO(data), where, "negatives", columns).to_pylist())

    def captions(self) -> Iterator[str]:
        """The captions of all shards."""
        for index in range(len(self.rows)):
            yield from (row["caption"] for row in self.read(index, ["caption"]).rows)


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
