"""Arrow tables of strangers as rows: which columns are read, and texts that may be no UTF-8."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from structclip_pipeline.sources.rows import Columns


def wanted_columns(columns: Columns, schema: pa.Schema) -> list[str]:
    """The caption's column and those of its identity that hold texts or whole numbers, as far as they are there."""
    identity = (columns.caption_id or "caption_id", columns.image or "image", "image_id", "split")
    found = [name for name in identity if name in schema.names and is_scalar(schema.field(name).type)]
    return list(dict.fromkeys([columns.caption, *found]))


def is_scalar(kind: pa.DataType) -> bool:
    """Whether a column can be an id: text or whole numbers."""
    return is_text(kind) or pa.types.is_integer(kind)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds text, however Arrow stores it."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def dicts_of(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """The rows as dicts; bytes of a text that are no UTF-8 become lone surrogates."""
    names = batch.schema.names
    for values in zip(*(_values(batch.column(name)) for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def _values(array: pa.Array) -> list[Any]:
    if not is_text(array.type):
        return list(array.to_pylist())
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    raw = array.cast(pa.large_string()).cast(pa.large_binary()).to_pylist()
    return [None if value is None else value.decode("utf-8", "surrogateescape") for value in raw]
