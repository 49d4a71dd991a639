"""Parquet files of strangers, read batch by batch."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from structclip_pipeline.sources.arrow_columns import dicts_of, is_text, wanted_columns
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
            for batch in parquet.iter_batches(_BATCH_ROWS, columns=wanted_columns(columns, schema)):
                yield from (row_of(values, columns) for values in dicts_of(batch))
        except (pa.ArrowInvalid, OSError) as error:
            raise wrong_format(url, NAME, str(error)) from error


def _require_text(url: str, name: str, schema: pa.Schema) -> None:
    kind = schema.field(name).type
    if not is_text(kind):
        raise InputError(f"{url}: column {name!r} is of type {kind}, wanted text. Name another --caption-column.")
