"""Tables: golden files, round trips, what other readers see."""

import io

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_schemas.edits import Edit
from structclip_schemas.empty_tables import GOLDEN, golden_bytes
from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject, Triple
from structclip_schemas.tables import TABLES, row_from_record, with_metadata, write_rows
from structclip_schemas.variant import CaptionRecord, Element, Part, Unit, Variant, record_from_row

words = st.text(st.characters(codec="utf-8"), max_size=8)
numbers = st.integers(0, 2**31 - 1)
objects = st.builds(SceneObject, numbers, numbers, words, words, numbers, numbers)
attributes = st.builds(Attribute, st.just(0), words, words, numbers, numbers)
relations = st.builds(Relation, st.just(0), st.just(0), words, words, numbers, numbers)
triples = st.builds(Triple, words, words, words, st.none() | numbers, st.none() | numbers)


def tuples(values):
    return st.lists(values, max_size=2).map(tuple)


variants = st.builds(
    Variant,
    words,
    words,
    tuples(triples),
    tuples(st.builds(Edit, numbers, numbers, words, words)),
    st.none() | st.builds(Element, words, numbers),
    st.none(),
    words,
    st.none() | st.booleans(),
    st.none() | st.floats(-9, 9, width=32),
)
units = st.builds(
    Unit,
    words,
    tuples(st.builds(Part, numbers, numbers)),
    words,
    tuples(triples),
    st.none() | words,
    st.none(),
    tuples(triples),
)
records = st.builds(
    CaptionRecord,
    words,
    st.none() | words,
    st.none() | words,
    st.none() | words,
    words,
    st.just(SceneGraph())
    | st.builds(
        SceneGraph, st.lists(objects, min_size=1, max_size=2).map(tuple), tuples(attributes), tuples(relations)
    ),
    words,
    tuples(variants),
    tuples(variants),
    tuples(units),
)


@given(st.lists(records, max_size=3))
def test_records_come_back_from_parquet_unchanged(rows):
    """Any record written to the negatives table is read back equal."""
    buffer = io.BytesIO()
    write_rows(buffer, map(row_from_record, rows), with_metadata("negatives", "p", "h"))
    assert [record_from_row(row) for row in pq.read_table(buffer).to_pylist()] == rows


@pytest.mark.parametrize("table", TABLES)
def test_the_committed_empty_file_is_what_this_contract_writes(table):
    """A changed schema shows as a changed golden file."""
    golden = pq.read_schema(GOLDEN / f"{table}.parquet")
    assert golden.equals(pq.read_schema(io.BytesIO(golden_bytes(table))), check_metadata=True)
    assert golden.metadata[b"structclip.table"] == table.encode()


def test_the_same_rows_give_the_same_bytes():
    """Writing twice gives identical files."""
    record = CaptionRecord("1", None, None, None, "a cat", SceneGraph(), "p")
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        write_rows(file, [row_from_record(record)], with_metadata("negatives", "p", "h"))
    assert files[0].getvalue() == files[1].getvalue()


def test_row_groups_hold_2048_rows():
    """Row groups are the trainer's unit of shuffling: 2,048 rows."""
    record = CaptionRecord("1", None, None, None, "a cat", SceneGraph(), "p")
    buffer = io.BytesIO()
    write_rows(buffer, [row_from_record(record)] * 2049, with_metadata("graphs", "p", "h"))
    metadata = pq.ParquetFile(buffer).metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [2048, 1]


@pytest.mark.slow
def test_load_dataset_shows_typed_columns(tmp_path):
    """The datasets library reads what we write with nested, typed columns."""
    datasets = pytest.importorskip("datasets")
    cup = SceneObject(2, 5, "cup", "cup", 0, 5)
    record = CaptionRecord("1", None, None, None, "a cup", SceneGraph((cup,)), "p")
    with (tmp_path / "negatives.parquet").open("wb") as file:
        write_rows(file, [row_from_record(record)], with_metadata("negatives", "p", "h"))
    loaded = datasets.load_dataset(
        "parquet", data_files=str(tmp_path / "negatives.parquet"), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.column_names == TABLES["negatives"].names
    assert loaded[0]["objects"][0]["text"] == "cup"
