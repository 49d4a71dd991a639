"""Finding one row of a dataset, by its number or its caption's id, in a folder or in a single shard."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from structclip_pipeline.storage import is_folder, open_read
from structclip_schemas.dataset import check_spans, open_dataset, read_shard
from structclip_schemas.errors import InputError
from structclip_schemas.packed import caption_rows, count_captions

READABLE = ("graphs", "negatives", "benchmark", "packed")
_WITHOUT_PIXELS = ["image_id", "pixels.path", "captions"]


@dataclass(frozen=True, slots=True)
class Found:
    """A row as the file holds it (of packed, a caption of one), its number in what was asked for, and its shard."""

    row: dict[str, Any]
    number: int
    shard: str


@dataclass(frozen=True, slots=True)
class _File:
    url: str
    table: str
    rows: int

    def read(self, columns: list[str] | None = None) -> pa.Table:
        try:
            with open_read(self.url) as file:
                if self.table != "packed":
                    return read_shard(file, self.url, self.table, columns)
                captions = caption_rows(read_shard(file, self.url, self.table, _WITHOUT_PIXELS))
                return captions.select(columns) if columns else captions
        except FileNotFoundError as error:
            raise InputError(f"{self.url}: missing, though the manifest lists it. Copy it again.") from error


def find_by_number(location: str, number: int) -> Found:
    """
    Row ``number``, from 0, of a dataset's folder or of one shard.

    Raises InputError when there is no such row (it says how many there are) or no dataset.
    """
    files = _files(location)
    first = 0
    for file in files:
        if number < first + file.rows:
            return _found(file, number - first, number)
        first += file.rows
    numbers = f"numbered 0 to {first - 1:,}" if first else "so none can be shown"
    raise InputError(f"{location}: no row {number:,}; there are {first:,} rows, {numbers}.")


def find_by_id(location: str, caption_id: str) -> Found:
    """The row with a caption's id. Raises InputError when no row has it, or when there is no dataset."""
    first = 0
    for file in _files(location):
        ids = file.read(["caption_id"]).column("caption_id")
        place = ids.index(pa.scalar(caption_id, pa.string())).as_py()
        if place >= 0:
            return _found(file, place, first + place)
        first += file.rows
    raise InputError(
        f"{location}: none of its {first:,} rows has the caption id {caption_id!r}. "
        "Ids are the source's own, as the column caption_id holds them; --row takes a number instead."
    )


def _found(file: _File, place: int, number: int) -> Found:
    table = file.read()
    if place >= table.num_rows:
        raise InputError(f"{file.url}: {table.num_rows:,} rows, the manifest says {file.rows:,}. Remake the dataset.")
    one = table.slice(place, 1)
    check_spans(one, file.url)
    return Found(one.to_pylist()[0], number, file.url)


def _files(location: str) -> list[_File]:
    try:
        if not is_folder(location):
            return [_single(location)]
        dataset = open_dataset(location, READABLE, open_read)
    except OSError as error:
        raise InputError(f"{location}: cannot be read ({error}). Check the path or URL.") from error
    if dataset.manifest.table == "packed":
        return [_single(dataset.path(shard)) for shard in dataset.manifest.shards]
    return [_File(dataset.path(s), dataset.manifest.table, s.rows) for s in dataset.manifest.shards]


def _single(url: str) -> _File:
    """A shard by itself: the file says which table it is."""
    try:
        with open_read(url) as file:
            parquet = pq.ParquetFile(file)
            table = (parquet.schema_arrow.metadata or {}).get(b"structclip.table", b"").decode("utf-8", "replace")
            rows = _count_rows(parquet.metadata, table)
    except FileNotFoundError as error:
        raise InputError(f"{url}: no such file or folder. Check the path or URL.") from error
    except pa.ArrowInvalid as error:
        raise InputError(f"{url}: not a structclip dataset: no Parquet file. {_WANTED}") from error
    if table not in READABLE:
        found = f"a shard of table {table!r}" if table else "a Parquet file that structclip did not write"
        raise InputError(f"{url}: {found}. {_WANTED}")
    return _File(url, table, rows)


def _count_rows(footer: pq.FileMetaData, table: str) -> int:
    """Captions, which in packed are several a row."""
    if table != "packed":
        return int(footer.num_rows)
    return sum(count_captions(footer.row_group(i)) for i in range(footer.num_row_groups))


_WANTED = f"Wanted a dataset's folder or one of its shards, of {', '.join(READABLE[:-1])} or {READABLE[-1]}."
