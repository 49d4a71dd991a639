"""Packed shards read row group by row group: images, their captions and, where they fit, their token ids."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from structclip_schemas.dataset import Dataset, check_schema
from structclip_schemas.errors import ContractError
from structclip_schemas.packed import count_captions
from structclip_schemas.tokens import TOKENS

_CAPTION = "captions.list.element."
_UNREAD = {"edits", "left", "right", "round_trip", "plausibility", "parts", "foil_kind", "head_object", "tail_object"}
_COUNTED = {"objects", "attributes", "relations"}  # read by one of their leaves
_FOOTERS = 256


Tokens = dict[str, list[int]]
"""Token ids by text."""


@dataclass(frozen=True)
class Content:
    """What a block holds: rows as the table negatives has them, and token ids that come with them."""

    rows: list[dict[str, Any]]
    texts: Tokens = field(default_factory=dict)
    phrases: Tokens = field(default_factory=dict)


class PackedSource:
    """The blocks of a packed dataset: its row groups, in the order of shards and of row groups in them."""

    def __init__(self, dataset: Dataset) -> None:
        """Read the shards' footers. Raises ContractError about them."""
        self.dataset = dataset
        self.with_tokens = False
        self._footer = lru_cache(maxsize=_FOOTERS)(self._read_footer)
        self.groups: list[tuple[int, int]] = []
        self.rows: list[int] = []
        for number in range(len(dataset.manifest.shards)):
            footer = self._footer(number)
            for group in range(footer.num_row_groups):
                self.groups.append((number, group))
                self.rows.append(count_captions(footer.row_group(group)))

    def read(self, index: int, columns: list[str]) -> Content:
        """The captions of one row group, each with its image's encoded bytes as ``picture``."""
        leaves = [name for name in self._leaves(self.groups[index][0]) if _is_wanted(name, columns)]
        images = self._read(index, [*leaves, *([TOKENS.name] if self.with_tokens else [])]).to_pylist()
        rows = [
            {**caption, "image_id": i["image_id"], "image": i["pixels"]["path"], "picture": i["pixels"]["bytes"]}
            for i in images
            for caption in i["captions"]
        ]
        return Content(rows, *_tokens_of(images)) if self.with_tokens else Content(rows)

    def captions(self) -> Iterator[str]:
        """All captions, without reading the images."""
        for index in range(len(self.groups)):
            for texts in self._read(index, [f"{_CAPTION}caption"]).column("captions").to_pylist():
                yield from (text["caption"] for text in texts)

    def _read(self, index: int, columns: list[str]) -> pa.Table:
        """Columns of one row group, its pages checked against their checksums."""
        number, group = self.groups[index]
        where = self.dataset.path(self.dataset.manifest.shards[number])
        try:
            with self.dataset.opener(where) as file:
                parquet = pq.ParquetFile(
                    file, metadata=self._footer(number), pre_buffer=True, page_checksum_verification=True
                )
                return parquet.read_row_group(group, columns=columns)
        except (pa.ArrowInvalid, OSError) as error:
            raise ContractError(
                f"{where}: row group {group} cannot be read ({error}). Copy it again or remake the dataset."
            ) from error

    def _read_footer(self, number: int) -> pq.FileMetaData:
        shard = self.dataset.manifest.shards[number]
        where = self.dataset.path(shard)
        try:
            with self.dataset.opener(where) as file:
                parquet = pq.ParquetFile(file)
                footer, schema = parquet.metadata, parquet.schema_arrow
        except FileNotFoundError as error:
            raise ContractError(
                f"{where}: not there, the manifest names it. Copy it again or remake the dataset."
            ) from error
        except (pa.ArrowInvalid, OSError) as error:
            raise ContractError(
                f"{where}: no readable Parquet file ({error}). Copy it again or remake the dataset."
            ) from error
        check_schema(schema, where, "packed")
        plan = (schema.metadata or {}).get(b"structclip.plan_hash", b"").decode()
        if footer.num_rows != shard.rows or plan != self.dataset.manifest.plan_hash:
            raise ContractError(f"{where}: not the shard that the manifest names. Copy it again or remake the dataset.")
        return footer

    def _leaves(self, number: int) -> list[str]:
        schema = self._footer(number).schema
        return [schema.column(i).path for i in range(len(schema))]


def _tokens_of(images: list[dict[str, Any]]) -> tuple[Tokens, Tokens]:
    """Token ids of the texts and of the phrases of some images."""
    texts: Tokens = {}
    for image in images:
        for caption, ids in zip(image["captions"], image["tokens"]["captions"], strict=True):
            texts[caption["caption"]] = ids["caption"]
            for name in {"negatives", "positives"} & caption.keys():
                texts.update(zip((v["caption"] for v in caption[name]), ids[name], strict=True))
    return texts, {p["text"]: p["ids"] for image in images for p in image["tokens"]["phrases"]}


def _is_wanted(leaf: str, columns: list[str]) -> bool:
    if not leaf.startswith(_CAPTION):
        return leaf.split(".")[0] in ("image_id", "pixels")
    parts = leaf.removeprefix(_CAPTION).split(".")
    if parts[0] in _COUNTED and parts[-1] != "start":
        return False
    return parts[0] in columns and not _UNREAD & set(parts)
