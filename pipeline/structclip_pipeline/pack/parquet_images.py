"""Images in Parquet: a column of encoded images, as ``datasets`` writes them or as plain bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from structclip_pipeline.pack.place import Labelled, Place
from structclip_pipeline.sources.rows import as_text
from structclip_schemas.errors import InputError

_IDS = ("image_id", "key", "__key__", "id")


@dataclass(frozen=True, slots=True)
class ImageColumns:
    """The column of images and the column that names them; None: found by their types and usual names."""

    image: str | None = None
    image_id: str | None = None


def index_parquet(file: BinaryIO, url: str, number: int, columns: ImageColumns) -> Iterator[Labelled]:
    """
    Images of a Parquet file, each by its path (of a struct of bytes and path) and its id column.

    Pixels are not read. Raises InputError when the file is no Parquet file or has no such columns.
    """
    try:
        parquet = pq.ParquetFile(file)
        schema = parquet.schema_arrow
        image, own = _image_column(url, schema, columns.image), _id_column(url, schema, columns.image_id)
        has_path = pa.types.is_struct(schema.field(image).type) and "path" in [f.name for f in schema.field(image).type]
        names = [*([f"{image}.path"] if has_path else []), *([own] if own else [])]
        for group in range(parquet.num_row_groups):
            table = parquet.read_row_group(group, columns=names)
            paths = pc.struct_field(table.column(image), "path").to_pylist() if has_path else [None] * len(table)
            ids = table.column(own).to_pylist() if own else [None] * len(table)
            for row, (path, own_id) in enumerate(zip(paths, ids, strict=True)):
                yield tuple(dict.fromkeys(t for t in (path, as_text(own_id)) if t)), Place(number, group, row)
    except pa.ArrowInvalid as error:
        raise InputError(f"{url}: no readable Parquet file ({error}). Copy it again.") from error


def read_row_group(file: BinaryIO, columns: ImageColumns, group: int) -> pa.Array:
    """The encoded images of one row group."""
    parquet = pq.ParquetFile(file)
    image = _image_column("", parquet.schema_arrow, columns.image)
    column = parquet.read_row_group(group, columns=[image]).column(image).combine_chunks()
    return column.field("bytes") if pa.types.is_struct(column.type) else column


def _image_column(url: str, schema: pa.Schema, named: str | None) -> str:
    found = [field.name for field in schema if _holds_images(field.type)]
    if named in found:
        return str(named)
    if named is None and len(found) == 1:
        return str(found[0])
    raise InputError(
        f"{url}: {'no column' if not found else 'columns'} of images {', '.join(found)} among "
        f"{', '.join(schema.names)}. Name one of bytes, or of a struct of bytes and path, with --image-column."
    )


def _holds_images(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(field.name == "bytes" and _holds_images(field.type) for field in kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _id_column(url: str, schema: pa.Schema, named: str | None) -> str | None:
    if named is not None and named not in schema.names:
        raise InputError(f"{url}: no column {named!r} among {', '.join(schema.names)}. Check --id-column.")
    return named or next((name for name in _IDS if name in schema.names), None)
