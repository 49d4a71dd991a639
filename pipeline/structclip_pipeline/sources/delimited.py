"""csv and tsv with a header line."""

import csv
import io
from collections.abc import Iterator

from structclip_pipeline.sources.faults import empty_source, require_columns, wrong_format
from structclip_pipeline.sources.rows import Columns, SourceRow, row_of
from structclip_pipeline.storage import open_read

_LONGEST_FIELD = 1 << 30


def read_csv(url: str, columns: Columns) -> Iterator[SourceRow]:
    """Rows of a comma-separated file."""
    return _read(url, columns, "csv", ",")


def read_tsv(url: str, columns: Columns) -> Iterator[SourceRow]:
    """Rows of a tab-separated file, quoted as csv is."""
    return _read(url, columns, "tsv", "\t")


def _read(url: str, columns: Columns, name: str, delimiter: str) -> Iterator[SourceRow]:
    csv.field_size_limit(_LONGEST_FIELD)
    with (
        open_read(url) as file,
        io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="") as text,
    ):
        reader = csv.reader(text, delimiter=delimiter)
        try:
            header = next(reader, None)
            if header is None:
                raise empty_source(url)
            require_columns(url, columns, header)
            for fields in reader:
                if fields:
                    yield _row(fields, header, columns)
        except csv.Error as error:
            raise wrong_format(url, name, f"line {reader.line_num}: {error}") from error


def _row(fields: list[str], header: list[str], columns: Columns) -> SourceRow:
    if len(fields) != len(header):
        return SourceRow(None, unreadable=f"{len(fields)} fields, the header has {len(header)}")
    return row_of(dict(zip(header, fields, strict=True)), columns)
