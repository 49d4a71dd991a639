"""Reading a stranger's dataset: every fault gets a clear answer."""

import hashlib
import io
import json
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from structclip_schemas.dataset import open_dataset
from structclip_schemas.errors import ContractError, InputError, UnfinishedDatasetError
from structclip_schemas.graph import SceneGraph, SceneObject
from structclip_schemas.manifest import Manifest, Shard, manifest_from_json, plan_hash
from structclip_schemas.tables import row_from_record, with_metadata, write_rows
from structclip_schemas.variant import CaptionRecord

CUP = SceneObject(2, 5, "cup", "cup", 0, 5)


def write_dataset(folder: Path, graph: SceneGraph = SceneGraph((CUP,)), **changes) -> Path:
    buffer = io.BytesIO()
    record = CaptionRecord("7", None, None, None, "a cup", graph, "p 1 x")
    write_rows(buffer, [row_from_record(record)], with_metadata("graphs", "p 1 x", "h"))
    data = buffer.getvalue()
    name = "graphs-00000-of-00001.parquet"
    (folder / name).write_bytes(data)
    shard = Shard(name, 1, len(data), hashlib.sha256(data).hexdigest())
    manifest = Manifest("graphs", 1, (shard,), "h", (), {}, "p 1 x", None, {"kept": 1})
    (folder / "manifest.json").write_text(json.dumps({**asdict(manifest), **changes}))
    return folder


def verify(folder: Path) -> None:
    dataset = open_dataset(str(folder), "graphs")
    for shard in dataset.manifest.shards:
        dataset.verify(shard)


def test_a_sound_dataset_is_read(tmp_path):
    """A dataset that keeps the contract verifies and gives its rows."""
    verify(write_dataset(tmp_path))
    dataset = open_dataset(str(tmp_path), "graphs")
    assert [row["caption"] for row in dataset.rows(dataset.manifest.shards[0])] == ["a cup"]


def test_a_folder_that_is_no_dataset_is_named(tmp_path):
    """An empty folder and a missing one are input errors that say what was wanted."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="no structclip dataset"):
            open_dataset(str(folder), "graphs")


def test_a_folder_without_manifest_is_said_to_be_unfinished(tmp_path):
    """A plan without a manifest means that the run did not finish; the message says how to resume."""
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(UnfinishedDatasetError, match="Run the same command again"):
        open_dataset(str(tmp_path), "graphs")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "contract version 2"),
        ({"format": "other"}, "no structclip manifest"),
        ({"rows": 5}, "5 rows stated, 1"),
        ({"table": "recipes"}, "table 'recipes'"),
        ({"colour": "red"}, "other keys"),
    ],
)
def test_a_broken_manifest_is_refused(tmp_path, changes, message):
    """Another version, format, row count, table or key is named."""
    with pytest.raises(ContractError, match=message):
        open_dataset(str(write_dataset(tmp_path, **changes)), "graphs")


def test_another_table_is_refused(tmp_path):
    """Graphs given where negatives are wanted are an input error."""
    with pytest.raises(InputError, match="wanted negatives"):
        open_dataset(str(write_dataset(tmp_path)), "negatives")


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty"])
def test_damaged_bytes_are_found(tmp_path, damage):
    """A truncated, changed or empty shard does not verify."""
    shard = write_dataset(tmp_path) / "graphs-00000-of-00001.parquet"
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes({"truncate": bytes(data[:-9]), "flip": bytes(data), "empty": b""}[damage])
    with pytest.raises(ContractError, match="sha256"):
        verify(tmp_path)


def test_a_span_out_of_range_is_found(tmp_path):
    """A span beyond the caption's end is named with its caption id."""
    write_dataset(tmp_path, SceneGraph((replace(CUP, end=55),)))
    with pytest.raises(ContractError, match=r"caption '7'.*out of range"):
        verify(tmp_path)


def test_a_foreign_schema_is_named(tmp_path):
    """A Parquet file of other columns says which are missing."""
    folder = write_dataset(tmp_path)
    metadata = with_metadata("graphs", "", "").metadata
    table = pa.table({"caption": ["a"]}).replace_schema_metadata(metadata)
    pq.write_table(table, folder / "graphs-00000-of-00001.parquet")
    dataset = open_dataset(str(folder), "graphs")
    with pytest.raises(ContractError, match=r"missing column.*objects"):
        dataset.read(dataset.manifest.shards[0])


def test_text_that_is_not_json_is_refused():
    """A manifest that is not JSON is named."""
    with pytest.raises(ContractError, match="not JSON"):
        manifest_from_json("{", "here")


def test_plan_hash_depends_on_content_only():
    """The plan hash changes with parameters, inputs and parser, not with the order of keys."""
    base = plan_hash("graphs", {"a": 1, "b": 2}, ["x"], "p")
    assert base == plan_hash("graphs", {"b": 2, "a": 1}, ["x"], "p")
    assert (
        len(
            {base, plan_hash("graphs", {"a": 2, "b": 2}, ["x"], "p"), plan_hash("graphs", {"a": 1, "b": 2}, ["y"], "p")}
        )
        == 3
    )
