"""Packed files: where row groups end, and captions that go in and come out."""

import io
import itertools

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import structclip_schemas.packed as packed
from structclip_schemas.graph import SceneGraph
from structclip_schemas.packed import bounds_of, caption_rows, even_parts, packed_table, pixels_array, write_packed
from structclip_schemas.tables import TABLES, row_from_record, with_metadata
from structclip_schemas.variant import CaptionRecord


def table_of(sizes, captions=2, text="a cat"):
    """Packed rows with pixels of these sizes."""
    images = pa.table(
        {
            "image_id": [f"i{n}" for n in range(len(sizes))],
            "pixels": pixels_array([bytes([n % 256]) * s for n, s in enumerate(sizes)], ["p"] * len(sizes)),
        }
    )
    records = [
        CaptionRecord(f"{n}-{c}", f"i{n}", "p", None, f"{text} {n}", SceneGraph(), "s")
        for n in range(len(sizes))
        for c in range(captions)
    ]
    rows = pa.Table.from_pylist(list(map(row_from_record, records)), TABLES["negatives"])
    table = packed_table(images, rows, [captions] * len(sizes))
    return table.cast(with_metadata("packed", "s", "h", table.schema)), rows


@given(st.integers(1, 10**6), st.integers(1, 1000))
def test_equal_parts_are_within_their_bounds(total, least):
    """Wherever the whole is large enough for a choice; less than the most stays one."""
    parts = even_parts(total, least, 2 * least)
    assert total / parts <= 2 * least
    if total >= 2 * least:
        assert total / parts >= least


@given(st.integers(0, 1000), st.integers(1, 50))
def test_bounds_cut_into_almost_equal_parts(count, parts):
    """All things, in order, sizes that differ by one at most."""
    bounds = bounds_of(count, parts)
    sizes = [b - a for a, b in itertools.pairwise(bounds)]
    assert sum(sizes) == count and len(sizes) == parts and max(sizes) - min(sizes) <= 1


@given(st.lists(st.integers(0, 3), max_size=6), st.integers(1, 3))
@settings(deadline=None)
def test_captions_come_back_as_rows_of_negatives(sizes, captions):
    """Through the file, with image_id and image."""
    table, rows = table_of(sizes, captions)
    file = io.BytesIO()
    write_packed(file, table)
    back = caption_rows(pq.read_table(file))
    assert back.to_pylist() == rows.to_pylist()


@pytest.mark.parametrize("text", ["a cat", "a cat " * 300])
def test_row_groups_have_4_to_8_mb(text):
    """Of pixels mostly, or of captions that compress well; no group is smaller, none larger."""
    table, _ = table_of([25_000] * 900, 5, text)
    file = io.BytesIO()
    write_packed(file, table)
    metadata = pq.ParquetFile(file).metadata
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    sizes = [sum(g.column(i).total_compressed_size for i in range(g.num_columns)) for g in groups]
    assert len(sizes) > 2 and all(4_000_000 <= size <= 8_000_000 for size in sizes)


def test_pixels_are_not_compressed_again_and_captions_are():
    """Encoded images are as small as they get."""
    file = io.BytesIO()
    write_packed(file, table_of([1000] * 20)[0])
    group = pq.ParquetFile(file).metadata.row_group(0)
    codecs = {c.path_in_schema: c.compression for c in map(group.column, range(group.num_columns))}
    assert codecs.pop("pixels.bytes") == "UNCOMPRESSED" and set(codecs.values()) == {"ZSTD"}


def test_the_same_rows_give_the_same_packed_bytes():
    """However the Arrow table is chunked."""
    whole, _ = table_of([50, 60, 70])
    pieces = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    files = [io.BytesIO(), io.BytesIO()]
    for file, table in zip(files, (whole, pieces), strict=True):
        write_packed(file, table)
    assert files[0].getvalue() == files[1].getvalue()


def test_groups_follow_the_bytes_not_the_rows(monkeypatch):
    """A few large images weigh as much as many small ones."""
    monkeypatch.setattr(packed, "GROUP_BYTES", (40_000, 80_000))
    file = io.BytesIO()
    write_packed(file, table_of([500] * 100 + [25_000] * 4, captions=1)[0])
    metadata = pq.ParquetFile(file).metadata
    assert next(metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)) > 80
