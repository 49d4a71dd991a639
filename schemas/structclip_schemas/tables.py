"""The Arrow schema of every table (DESIGN section 2): columns are spelled here and nowhere else."""

from collections.abc import Iterable
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from structclip_schemas.features import features_json
from structclip_schemas.variant import CaptionRecord

VERSION = 1
ROW_GROUP_ROWS = 2048

_string, _int = pa.string(), pa.int32()


def _struct(**fields: pa.DataType) -> pa.StructType:
    return pa.struct([pa.field(name, kind) for name, kind in fields.items()])


OBJECT = _struct(text=_string, lemma=_string, start=_int, end=_int, phrase_start=_int, phrase_end=_int)
ATTRIBUTE = _struct(object=_int, text=_string, lemma=_string, start=_int, end=_int)
RELATION = _struct(head=_int, tail=_int, text=_string, lemma=_string, start=_int, end=_int)
TRIPLE = _struct(head=_string, relation=_string, tail=_string, head_object=_int, tail_object=_int)
EDIT = _struct(start=_int, end=_int, before=_string, after=_string)
ELEMENT = _struct(role=_string, index=_int)
PART = _struct(start=_int, end=_int)
VARIANT = _struct(
    caption=_string,
    kind=_string,
    triples=pa.list_(TRIPLE),
    edits=pa.list_(EDIT),
    left=ELEMENT,
    right=ELEMENT,
    rule=_string,
    round_trip=pa.bool_(),
    plausibility=pa.float32(),
)
UNIT = _struct(
    kind=_string,
    parts=pa.list_(PART),
    text=_string,
    triples=pa.list_(TRIPLE),
    foil=_string,
    foil_kind=_string,
    foil_triples=pa.list_(TRIPLE),
)
CROP = _struct(left=_int, top=_int, width=_int, height=_int)
PIXELS = _struct(bytes=pa.binary(), path=_string)


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


_GRAPH_FIELDS = [
    _required("caption_id", _string),
    pa.field("image_id", _string),
    pa.field("image", _string),
    pa.field("split", _string),
    _required("caption", _string),
    _required("objects", pa.list_(OBJECT)),
    _required("attributes", pa.list_(ATTRIBUTE)),
    _required("relations", pa.list_(RELATION)),
    _required("triples", pa.list_(TRIPLE)),
    _required("graph_source", _string),
]
_VARIANT_FIELDS = [
    _required("negatives", pa.list_(VARIANT)),
    _required("positives", pa.list_(VARIANT)),
    _required("units", pa.list_(UNIT)),
]
_BENCHMARK_FIELDS = [pa.field("crop", CROP), pa.field("group", _string), pa.field("pair_id", _string)]
_IMAGE_COLUMNS = {"image_id", "image"}
CAPTION_FIELDS = [field for field in _GRAPH_FIELDS + _VARIANT_FIELDS if field.name not in _IMAGE_COLUMNS]
"""The per-caption columns of negatives, which packed has in a list."""
_CAPTION = _struct(**{field.name: field.type for field in CAPTION_FIELDS})

TABLES: dict[str, pa.Schema] = {
    "graphs": pa.schema(_GRAPH_FIELDS),
    "negatives": pa.schema(_GRAPH_FIELDS + _VARIANT_FIELDS),
    "benchmark": pa.schema(_GRAPH_FIELDS + _VARIANT_FIELDS + _BENCHMARK_FIELDS),
    "packed": pa.schema(
        [pa.field("image_id", _string), pa.field("pixels", PIXELS), _required("captions", pa.list_(_CAPTION))]
    ),
    "left_out": pa.schema(
        [
            pa.field("caption_id", _string),
            _required("source", _string),
            _required("row", pa.int64()),
            _required("reason", _string),
            _required("detail", _string),
        ]
    ),
}


def with_metadata(table: str, graph_source: str, plan_hash: str, schema: pa.Schema | None = None) -> pa.Schema:
    """The schema of a table (or one with further columns) with the file metadata of DESIGN section 2."""
    schema = TABLES[table] if schema is None else schema
    metadata = {
        "structclip.table": table,
        "structclip.version": str(VERSION),
        "structclip.graph_source": graph_source,
        "structclip.plan_hash": plan_hash,
    }
    if table == "packed":
        metadata["huggingface"] = features_json(schema, images=("pixels",))
    return schema.with_metadata({**(schema.metadata or {}), **metadata})


def row_from_record(record: CaptionRecord, **more: Any) -> dict[str, Any]:
    """A record as a row of graphs or negatives; ``more`` adds the benchmark's own columns."""
    graph = record.graph
    return {
        "caption_id": record.caption_id,
        "image_id": record.image_id,
        "image": record.image,
        "split": record.split,
        "caption": record.caption,
        "objects": [_plain(o) for o in graph.objects],
        "attributes": [_plain(a) for a in graph.attributes],
        "relations": [_plain(r) for r in graph.relations],
        "triples": [_plain(t) for t in graph.triples()],
        "graph_source": record.graph_source,
        "negatives": [_plain(v) for v in record.negatives],
        "positives": [_plain(v) for v in record.positives],
        "units": [_plain(u) for u in record.units],
        **more,
    }


def _plain(value: Any) -> Any:
    """A record as dicts and lists; ``dataclasses.asdict`` copies every leaf deeply and takes ten times as long."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    names = getattr(value, "__slots__", None)
    return value if names is None else {name: _plain(getattr(value, name)) for name in names}


def write_rows(file: BinaryIO, rows: Iterable[dict[str, Any]], schema: pa.Schema) -> int:
    """Write rows as Parquet (zstd-3, row groups of 2,048 rows, page checksums) and return how many there were."""
    columns = schema.names
    table = pa.Table.from_pylist([{name: row[name] for name in columns} for row in rows], schema=schema)
    write_table(file, table)
    return int(table.num_rows)


PARQUET: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,
    "write_page_checksum": True,
    "write_page_index": True,
    "store_schema": True,
}
"""The contract's Parquet settings."""


def write_table(file: BinaryIO, table: pa.Table) -> None:
    """Write a table with the contract's Parquet settings; the same table gives the same bytes."""
    pq.write_table(table, file, row_group_size=ROW_GROUP_ROWS, **PARQUET)
