"""Reading a dataset's folder: the manifest first, then shards, each checked as a stranger's file."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from structclip_schemas.errors import ContractError, InputError, UnfinishedDatasetError
from structclip_schemas.graph import graph_from_row
from structclip_schemas.manifest import MANIFEST_NAME, Manifest, Shard, manifest_from_json
from structclip_schemas.packed import caption_rows
from structclip_schemas.spans import graph_faults
from structclip_schemas.tables import TABLES, VERSION

Opener = Callable[[str], BinaryIO]
"""Opens a file by its URL or path for reading; FileNotFoundError when it is not there."""


def open_local(location: str) -> BinaryIO:
    """The opener of plain local paths; programs with other stores bring their own."""
    return Path(location).open("rb")


@dataclass(frozen=True)
class Dataset:
    """A finished dataset: where it is, how to open its files, and its manifest."""

    location: str
    manifest: Manifest
    opener: Opener

    def path(self, shard: Shard) -> str:
        """The full location of one shard."""
        return f"{self.location}/{shard.name}"

    def read(self, shard: Shard, columns: list[str] | None = None) -> pa.Table:
        """Read one shard, validated in full (structure, schema, version, spans are left to :meth:`check_spans`)."""
        with self.opener(self.path(shard)) as file:
            return read_shard(file, self.path(shard), self.manifest.table, columns)

    def rows(self, shard: Shard) -> Iterator[dict[str, Any]]:
        """The rows of one shard as dicts."""
        for batch in self.read(shard).to_batches():
            yield from batch.to_pylist()

    def verify(self, shard: Shard) -> None:
        """
        Check one shard against the manifest and the contract: bytes, hash, rows, schema, every span.

        Raises ContractError that names the file and the first thing that is wrong.
        """
        where = self.path(shard)
        with self.opener(where) as file:
            data = file.read()
        if len(data) != shard.bytes or hashlib.sha256(data).hexdigest() != shard.sha256:
            raise ContractError(
                f"{where}: bytes differ from the manifest's sha256. Copy it again or remake the dataset."
            )
        table = self.read(shard)
        if table.num_rows != shard.rows:
            raise ContractError(f"{where}: {table.num_rows} rows, the manifest says {shard.rows}. Remake the dataset.")
        if self.manifest.table == "packed":
            table = caption_rows(table)
        if "objects" in table.column_names:
            check_spans(table, where)


def open_dataset(location: str, table: str | tuple[str, ...], opener: Opener = open_local) -> Dataset:
    """
    Open a dataset's folder and check that it holds one of the wanted tables.

    Raises InputError when there is no such folder or no dataset in it, UnfinishedDatasetError when the manifest is
    missing beside shards, ContractError when the manifest is of another contract.
    """
    location = location.rstrip("/")
    wanted = (table,) if isinstance(table, str) else table
    where = f"{location}/{MANIFEST_NAME}"
    try:
        with opener(where) as file:
            manifest = manifest_from_json(file.read().decode("utf-8", "replace"), where)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _missing(location, wanted, opener) from error
    if manifest.table not in wanted:
        raise InputError(
            f"{location}: a dataset of table {manifest.table!r}, wanted {' or '.join(wanted)}: give a folder that "
            f"structclip-pipeline {' or '.join(WRITERS[name] for name in wanted)} wrote."
        )
    return Dataset(location, manifest, opener)


WRITERS = {
    "graphs": "build-graphs",
    "negatives": "make-negatives",
    "benchmark": "prepare-benchmark",
    "packed": "pack",
}
"""The command that writes each table."""


def _missing(location: str, wanted: tuple[str, ...], opener: Opener) -> InputError:
    try:
        with opener(f"{location}/plan.json"):
            pass
    except (FileNotFoundError, NotADirectoryError):
        return InputError(
            f"{location}: no structclip dataset (no {MANIFEST_NAME}). Wanted a folder of {' or '.join(wanted)}, "
            "as structclip-pipeline build-graphs or make-negatives writes it."
        )
    return UnfinishedDatasetError(
        f"{location}: no {MANIFEST_NAME}, so the run that writes this dataset did not finish. "
        "Run the same command again: it resumes where it stopped."
    )


def read_shard(file: BinaryIO, where: str, table: str, columns: list[str] | None = None) -> pa.Table:
    """
    Read a Parquet file as a stranger's: schema and version checked, ``validate(full=True)``.

    Raises ContractError that says what is wrong and what to do.
    """
    try:
        parquet = pq.ParquetFile(file)
        check_schema(parquet.schema_arrow, where, table)
        data = parquet.read(columns=columns)
        data.validate(full=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise ContractError(
            f"{where}: no readable Parquet file ({error}). Copy it again or remake the dataset."
        ) from error
    return data


def check_schema(found: pa.Schema, where: str, table: str) -> None:
    """Raise ContractError when a file's schema is not a table's of this version; further columns are allowed."""
    metadata = {k.decode(): v.decode() for k, v in (found.metadata or {}).items()}
    version = metadata.get("structclip.version")
    if version != str(VERSION):
        raise ContractError(
            f"{where}: contract version {version!r}, this structclip reads {VERSION}. Remake the dataset."
        )
    if metadata.get("structclip.table") != table:
        raise ContractError(f"{where}: table {metadata.get('structclip.table')!r}, wanted {table!r}.")
    wanted = TABLES[table]
    missing = [name for name in wanted.names if name not in found.names]
    if missing:
        raise ContractError(
            f"{where}: missing column(s) {', '.join(missing)}; found {', '.join(found.names)}. Remake the dataset."
        )
    for name in wanted.names:
        if found.field(name).type != wanted.field(name).type:
            raise ContractError(
                f"{where}: column {name} is {found.field(name).type}, wanted {wanted.field(name).type}."
            )


def check_spans(table: pa.Table, where: str) -> None:
    """
    Check every span, index and order of a table with graph columns.

    Raises ContractError that names the row.
    """
    columns = ["caption_id", "caption", "objects", "attributes", "relations"]
    for batch in table.select(columns).to_batches():
        for row in batch.to_pylist():
            faults = graph_faults(row["caption"], graph_from_row(row))
            if faults:
                raise ContractError(f"{where}: caption {row['caption_id']!r}: {faults[0]}. Remake the graphs.")
