"""The variants of a dataset, one after another, with just what an audit decides by."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from structclip_schemas.dataset import Dataset

NEGATIVE, POSITIVE = "negative", "positive"
COLUMN_OF = {NEGATIVE: "negatives", POSITIVE: "positives"}
"""The two lists of a row, and the columns that hold them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One variant: the row of its shard that holds it, its number in its list (both from zero), and what it says."""

    shard: int
    row: int
    list_name: str
    number: int
    caption_id: str
    kind: str
    variant: str
    plausibility: float | None


def variants_of(dataset: Dataset, lists: tuple[str, ...]) -> Iterator[Listed]:
    """All variants of a dataset's negatives or positives or both, shard by shard. Raises ContractError."""
    columns = ["caption_id", *(COLUMN_OF[name] for name in lists)]
    for index, shard in enumerate(dataset.manifest.shards):
        table = dataset.read(shard, columns)
        for name in lists:
            yield from listed(table, index, name)


def listed(table: pa.Table, shard: int, list_name: str) -> Iterator[Listed]:
    """The variants in one list of a shard's table, without building the rows (which takes ten times as long)."""
    column = table.column(COLUMN_OF[list_name]).combine_chunks()
    ids = table.column("caption_id").to_pylist()
    flat = pc.list_flatten(column)
    fields = [pc.struct_field(flat, name).to_pylist() for name in ("kind", "caption", "plausibility")]
    before, number = -1, 0
    for row, kind, variant, plausibility in zip(pc.list_parent_indices(column).to_pylist(), *fields, strict=True):
        number = number + 1 if row == before else 0
        before = row
        yield Listed(shard, row, list_name, number, ids[row], kind, variant, plausibility)
