"""Packed shards: how images and their captions lie in a file, and how the captions come out again as rows."""

from itertools import pairwise
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from structclip_schemas.tables import CAPTION_FIELDS, PARQUET, PIXELS, TABLES

GROUP_BYTES = (4_000_000, 8_000_000)
"""Least and most bytes of a row group in the file."""

SHARD_BYTES = (256_000_000, 512_000_000)
"""Least and most bytes of a shard, where there is enough for one."""

_PIXELS = "pixels.bytes"
_CAPTION_ID = "captions.list.element.caption_id"
_SAMPLED = 128


def even_parts(total: float, least: int, most: int) -> int:
    """
    Into how many equal parts something is cut so that each is of ``least`` to ``most``; 1 for less than ``most``.

    >>> even_parts(7, 4, 8), even_parts(9, 4, 8), even_parts(100, 4, 8)
    (1, 2, 17)
    """
    return max(1, -int(-total // most), round(2 * total / (least + most)))


def bounds_of(count: int, parts: int) -> list[int]:
    """
    Where to cut ``count`` things into ``parts`` parts whose sizes differ by at most one.

    >>> bounds_of(7, 3)
    [0, 2, 4, 7]
    """
    return [count * part // parts for part in range(parts + 1)]


def packed_table(images: pa.Table, captions: pa.Table, counts: list[int]) -> pa.Table:
    """
    One row an image.

    ``images`` has the columns image_id and pixels (and tokens, where there are some), ``captions`` the rows of
    negatives of these images one after another, ``counts`` how many each image has.
    """
    columns = [captions.column(field.name).combine_chunks() for field in CAPTION_FIELDS]
    fields = [pa.field(field.name, field.type) for field in CAPTION_FIELDS]
    offsets = pa.array([0, *_running(counts)], pa.int32())
    lists = pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(columns, fields=fields))
    fields = [TABLES["packed"].field("captions"), *(images.schema.field(n) for n in images.column_names[2:])]
    arrays = [lists, *(images.column(n) for n in images.column_names[2:])]
    fields = [TABLES["packed"].field("image_id"), TABLES["packed"].field("pixels"), *fields]
    return pa.table([images.column("image_id"), images.column("pixels"), *arrays], schema=pa.schema(fields))


def pixels_array(contents: list[bytes], paths: list[str | None]) -> pa.StructArray:
    """The column pixels of encoded images."""
    arrays = [pa.array(contents, pa.binary()), pa.array(paths, pa.string())]
    return pa.StructArray.from_arrays(arrays, fields=list(PIXELS))


def caption_rows(packed: pa.Table) -> pa.Table:
    """The captions of packed rows as rows of negatives, with image_id and image (the path of the pixels) again."""
    packed = packed.combine_chunks()
    lists = packed.column("captions").chunk(0) if packed.num_rows else pa.array([], TABLES["packed"].field(2).type)
    owners = pc.list_parent_indices(lists)
    structs = lists.flatten()
    columns = {field.name: structs.field(field.name) for field in structs.type}
    columns["image_id"] = packed.column("image_id").take(owners)
    columns["image"] = pc.struct_field(packed.column("pixels"), "path").take(owners)
    return pa.table({name: columns[name] for name in TABLES["negatives"].names})


def count_captions(group: pq.RowGroupMetaData) -> int:
    """How many captions the images of a row group have, as the file's footer counts them."""
    columns = (group.column(i) for i in range(group.num_columns))
    return next(int(column.num_values) for column in columns if column.path_in_schema == _CAPTION_ID)


def write_packed(file: BinaryIO, table: pa.Table) -> None:
    """
    Write packed rows: row groups of 4 to 8 MB in the file, pixels not compressed again; the same table, the same bytes.

    Captions are compressed, so their share of a row is estimated from the first rows as they are written.
    """
    sizes = _row_sizes(table)
    bounds = _group_bounds(sizes, even_parts(sum(sizes), *GROUP_BYTES))
    with pq.ParquetWriter(file, table.schema, **_settings(table.schema)) as writer:
        for start, end in pairwise(bounds):
            if end > start:
                writer.write_table(table.slice(start, end - start), row_group_size=end - start)


def _running(counts: list[int]) -> list[int]:
    total, running = 0, []
    for count in counts:
        total += count
        running.append(total)
    return running


def _settings(schema: pa.Schema) -> dict[str, object]:
    """Parquet settings by column: the contract's for all, no compression, dictionary or statistics for pixels."""
    leaves = [_leaf.path for _leaf in _leaves(schema)]
    others = [leaf for leaf in leaves if leaf != _PIXELS]
    return {
        **PARQUET,
        "compression": {leaf: "NONE" if leaf == _PIXELS else "ZSTD" for leaf in leaves},
        "compression_level": dict.fromkeys(others, PARQUET["compression_level"]),
        "use_dictionary": others,
        "write_statistics": others,
    }


def _leaves(schema: pa.Schema) -> list[pq.ColumnSchema]:
    sink = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), sink)
    parquet = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    return [parquet.column(i) for i in range(len(parquet))]


def _row_sizes(table: pa.Table) -> list[float]:
    """About how many bytes of the file each row takes."""
    if not table.num_rows:
        return []
    pixels = pc.binary_length(pc.struct_field(table.column("pixels"), "bytes")).to_pylist()
    counts = pc.list_value_length(table.column("captions")).to_pylist()
    sample = table.slice(0, _SAMPLED)
    sink = pa.BufferOutputStream()
    pq.write_table(sample, sink, **_settings(table.schema))
    found = pq.ParquetFile(pa.BufferReader(sink.getvalue())).metadata.row_group(0)
    columns = [found.column(i) for i in range(found.num_columns)]
    captions = sum(c.total_compressed_size for c in columns if c.path_in_schema != _PIXELS)
    a_caption = captions / max(sum(counts[:_SAMPLED]), 1)
    return [size + a_caption * count for size, count in zip(pixels, counts, strict=True)]


def _group_bounds(sizes: list[float], parts: int) -> list[int]:
    """Cuts after which each part has about its share of the bytes."""
    total, passed, bounds = sum(sizes), 0.0, [0]
    for row, size in enumerate(sizes):
        if passed >= total * len(bounds) / parts and row > bounds[-1]:
            bounds.append(row)
        passed += size
    return [*bounds, len(sizes)]
