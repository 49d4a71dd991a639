"""Parquet files of strangers, read batch by batch."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from structclip_pipeline.sources.faults import require_columns, wrong_format
from structclip_pipeline.sources.rows import Columns, SourceRow, row_of
from structclip_pipeline.storage import open_read
from structclip_schemas.errors import InputError

NAME = "Parquet"
_BATCH_ROWS = 4096


def read_parquet(url: str, columns: Columns) -> Iterator[SourceRow]:
    """Rows of a Parquet file; texts that are no UTF-8 arrive with lone surrogates."""
    with open_read(url) as file:
        try:
            parquet = pq.ParquetFile(file)
            schema = parquet.schema_arrow
            require_columns(url, columns, schema.names)
            _require_text(url, columns.caption, schema)
            for batch in parquet.iter_batches(_BATCH_ROWS, columns=_wanted(columns, schema)):
                yield from _rows(batch, columns)
        except (pa.ArrowInvalid, OSError) as error:
            raise wrong_format(url, NAME, str(error)) from error


def _wanted(columns: Columns, schema: pa.Schema) -> list[str]:
    names = [
        columns.caption,
        columns.caption_id or "caption_id",
        columns.image or "image",
        "image_id",
        "split",
    ]
    return [name for name in dict.fromkeys(names) if name in schema.names and _is_scalar(schema.field(name).type)]


def _is_scalar(kind: pa.DataType) -> bool:
    return _is_text(kind) or pa.types.is_integer(kind)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _require_text(url: str, name: str, schema: pa.Schema) -> None:
    kind = schema.field(name).type
    if not _is_text(kind):
        raise InputError(f"{url}: column {name!r} is of type {kind}, wanted text. Name another --caption-column.")


def _rows(batch: pa.RecordBatch, columns: Columns) -> Iterator[SourceRow]:
    names = batch.schema.names
    for values in zip(*(_values(batch.column(name)) for name in names), strict=True):
        yield row_of(dict(zip(names, values, strict=True)), columns)


def _values(array: pa.Array) -> list[Any]:
    if not _is_text(array.type):
        return list(array.to_pylist())
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    raw = array.cast(pa.large_string()).cast(pa.large_binary()).to_pylist()
    return [None if value is None else value.decode("utf-8", "surrogateescape") for value in raw]
