"""The command pack end to end: rows, left-out images, the same bytes whatever happens."""

import json
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import structclip_schemas.packed as packed_module
from structclip_pipeline.cli.group import pipeline
from structclip_pipeline.storage import open_read
from structclip_schemas.dataset import open_dataset
from structclip_schemas.errors import ContractError, InputError, PlanMismatchError

COMMAND = [sys.executable, "-c", "from structclip_pipeline.cli import main; main()"]


def arguments(data, *more, images=None, output=None):
    where = [str(data.negatives), "--images", str(images or data.images), "--output", str(output or data.output)]
    return ["pack", *where, "--size", "48", *more]


def pack(data, *more, **changed):
    """Run the command in this process and give the packed rows; its error is raised here."""
    done = CliRunner().invoke(pipeline, [*arguments(data, "--workers", "0", *more, **changed)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return rows_of(changed.get("output") or data.output)


def rows_of(folder):
    dataset = open_dataset(str(folder), "packed", open_read)
    return [row for shard in dataset.manifest.shards for row in dataset.rows(shard)]


def manifest_of(folder):
    return json.loads((Path(folder) / "manifest.json").read_text())


def left_out(folder):
    return [row for path in sorted(Path(folder).glob("left_out-*")) for row in pq.read_table(path).to_pylist()]


def test_a_row_an_image_with_all_its_captions(data):
    """Grouped over shards, in the order of first captions; every per-caption column as negatives has it."""
    rows = pack(data)
    negatives = open_dataset(str(data.negatives), "negatives", open_read)
    by_id = {r["caption_id"]: r for shard in negatives.manifest.shards for r in negatives.rows(shard)}
    assert [row["image_id"] for row in rows] == [f"i{n}" for n in range(9)]
    assert [row["pixels"]["path"] for row in rows] == [f"part/{n}.jpg" for n in range(9)]
    assert [c["caption_id"] for c in rows[0]["captions"]] == ["c0-1", "c0-0"]
    for row in rows:
        for caption in row["captions"]:
            original = dict(by_id.pop(caption["caption_id"]))
            assert original.pop("image_id") == row["image_id"] and original.pop("image") == row["pixels"]["path"]
            assert caption == original
    assert not by_id


def test_the_manifest_says_what_decides(data):
    """Sizes and mark of the images among the inputs, the negatives' manifest as parent, rows equal to kept."""
    pack(data)
    manifest = manifest_of(data.output)
    assert manifest["table"] == "packed" and manifest["rows"] == manifest["tally"]["kept"] == 9
    assert manifest["parameters"]["size"] == 48 and manifest["parameters"]["quality"] == 90
    assert manifest["inputs"][-1]["rows"] == 9 and set(manifest["inputs"][-1]) == {"uri", "size", "etag", "rows"}
    assert manifest["parent"] and "pillow" in manifest["software"]


def test_nothing_is_skipped_without_a_count_an_id_and_a_reason(data):
    """Missing, broken and outside: each is a left-out row with its captions' ids; tally and verify agree with it."""
    (data.images / "part/1.jpg").unlink()
    (data.images / "part/2.jpg").write_bytes(b"no picture")
    (data.images / "part/3.jpg").write_bytes((data.images / "part/3.jpg").read_bytes()[:-100])
    (data.images / "part/4.jpg").unlink()
    (data.images / "part/4.jpg").symlink_to(data.negatives / "manifest.json")
    rows = pack(data)
    assert [row["image_id"] for row in rows] == ["i0", "i5", "i6", "i7", "i8"]
    found = {row["caption_id"]: row for row in left_out(data.output)}
    assert {key: row["reason"] for key, row in found.items()} == {
        "c1-0": "missing-image",
        "c2-0": "unreadable-image",
        "c3-0": "unreadable-image",
        "c4-0": "path-outside-root",
    }
    assert "c1-0, c1-1" in found["c1-0"]["detail"] and found["c1-0"]["row"] == 1
    assert manifest_of(data.output)["tally"] == {
        "kept": 5,
        "missing-image": 1,
        "unreadable-image": 2,
        "path-outside-root": 1,
    }
    assert json.loads((data.output / "run.json").read_text())["counts"] == {"captions": 10, "captions_left_out": 8}
    assert CliRunner().invoke(pipeline, ["verify", str(data.output)]).exit_code == 0


def test_a_lost_left_out_row_is_found_by_verify(data):
    """The count of left-out images is under test, too: without their file the tally is contradicted."""
    (data.images / "part/1.jpg").unlink()
    pack(data)
    next(data.output.glob("left_out-*")).unlink()
    assert isinstance(CliRunner().invoke(pipeline, ["verify", str(data.output)]).exception, ContractError)


def test_any_number_of_workers_gives_the_same_bytes(data, tree_hash, tmp_path):
    """Shards made by two processes in any order are those made here one after another."""
    (data.images / "part/1.jpg").unlink()
    pack(data, "--shard-images", "2")
    other = tmp_path / "other"
    command = [*COMMAND, *arguments(data, "--shard-images", "2", "--workers", "2", output=other)]
    subprocess.run(command, check=True, capture_output=True)
    assert tree_hash(other) == tree_hash(data.output)
    assert len(manifest_of(other)["shards"]) == 5


@pytest.mark.slow
@pytest.mark.parametrize("reached", ["plan.json", "packed-00001-of-00009.parquet"])
def test_killed_at_any_moment_a_rerun_gives_the_same_bytes(data, tree_hash, tmp_path, reached):
    """Kill -9 while shards are made: what is finished is kept, the rest is made, nothing else is left."""
    for number in range(9):
        path = data.images / f"part/{number}.jpg"
        path.write_bytes(path.read_bytes() + b"\0" * 10)
    pack(data, "--shard-images", "1", output=tmp_path / "whole")
    command = [*COMMAND, *arguments(data, "--shard-images", "1", "--workers", "0")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (data.output / reached).exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    subprocess.run(command, check=True, capture_output=True)
    assert tree_hash(data.output) == tree_hash(tmp_path / "whole")


def test_a_shard_damaged_before_the_manifest_is_made_again(data, tree_hash, monkeypatch):
    """A finished record counts only with the very bytes it describes."""
    import structclip_pipeline.run as run

    pack(data, "--shard-images", "3", output=data.output.with_name("whole"))

    def stop(*_):
        raise RuntimeError("stopped short")

    monkeypatch.setattr(run, "_publish_manifest", stop)
    with pytest.raises(RuntimeError):
        pack(data, "--shard-images", "3")
    monkeypatch.undo()
    shard = data.output / "packed-00001-of-00003.parquet"
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    pack(data, "--shard-images", "3")
    assert tree_hash(data.output) == tree_hash(data.output.with_name("whole"))


def test_a_rerun_does_nothing_and_other_images_are_another_plan(data):
    """An image that came later is seen: the finished dataset is not taken for that of the new images."""
    gone = (data.images / "part/1.jpg").read_bytes()
    (data.images / "part/1.jpg").unlink()
    pack(data)
    assert "nothing to do" in CliRunner().invoke(pipeline, arguments(data, "--workers", "0")).output
    (data.images / "part/1.jpg").write_bytes(gone)
    with pytest.raises(PlanMismatchError):
        pack(data)
    assert len(pack(data, "--overwrite")) == 9


def test_a_dry_run_writes_nothing(data):
    """Rows, shards and parameters are printed."""
    done = CliRunner().invoke(pipeline, arguments(data, "--dry-run", "--json"))
    assert json.loads(done.output)["rows"] == 9 and not data.output.exists()


def tar_of(data, tmp_path, part, names):
    path = tmp_path / f"{part}.tar"
    with tarfile.open(path, "w") as tar:
        for name in names:
            tar.add(data.images / name, f"./{name}")
            tar.add(data.negatives / "manifest.json", f"./{name.removesuffix('.jpg')}.json")
    return path


def test_tars_give_what_a_folder_gives(data, tmp_path):
    """Members by name, over several tars, other members ignored; the same rows."""
    names = [f"part/{n}.jpg" for n in range(9)]
    tar_of(data, tmp_path, "000", names[:5])
    tar_of(data, tmp_path, "001", names[5:])
    assert pack(data, images=tmp_path / "{000..001}.tar", output=tmp_path / "tars") == pack(data)
    (data.images / "part/3.jpg").unlink()
    tar_of(data, tmp_path, "000", [n for n in names[:5] if n != "part/3.jpg"])
    pack(data, images=tmp_path / "*.tar", output=tmp_path / "fewer")
    assert [(r["caption_id"], r["reason"]) for r in left_out(tmp_path / "fewer")] == [("c3-0", "missing-image")]


def test_remote_tars_are_read_by_url(data, tmp_path):
    """Any fsspec URL; here a file system in memory."""
    path = tar_of(data, tmp_path, "000", [f"part/{n}.jpg" for n in range(9)])
    fsspec.filesystem("memory").pipe("/tars/000.tar", path.read_bytes())
    assert pack(data, images="memory://tars/*.tar", output=tmp_path / "tars") == pack(data)


def test_a_remote_folder_gives_what_a_local_one_gives(data, tmp_path):
    """Listed once, read file by file."""
    memory = fsspec.filesystem("memory")
    for path in data.images.rglob("*.jpg"):
        memory.pipe(f"/images/{path.relative_to(data.images)}", path.read_bytes())
    memory.rm("/images/part/2.jpg")
    (data.images / "part/2.jpg").unlink()
    assert pack(data, images="memory://images", output=tmp_path / "remote") == pack(data)


@pytest.mark.parametrize("kind", ["struct", "binary"])
def test_parquet_gives_what_a_folder_gives(data, tmp_path, kind):
    """A struct of bytes and path as datasets writes it, or bytes with an id column; in any order, in row groups."""
    numbers = [4, 2, 0, 8, 6, 7, 5, 3]
    contents = [(data.images / f"part/{n}.jpg").read_bytes() for n in numbers]
    if kind == "struct":
        pixels = [{"bytes": c, "path": f"part/{n}.jpg"} for n, c in zip(numbers, contents, strict=True)]
        table = pa.table({"image": pa.array(pixels), "label": numbers})
    else:
        table = pa.table({"jpg": pa.array(contents, pa.large_binary()), "key": [f"i{n}" for n in numbers]})
    pq.write_table(table, tmp_path / "images.parquet", row_group_size=3)
    packed = pack(data, images=tmp_path / "images.parquet", output=tmp_path / "parquet")
    (data.images / "part/1.jpg").unlink()
    assert packed == pack(data)


def test_bad_images_are_told_in_words(data, tmp_path):
    """No such root, a tar that is none, Parquet without images, a name that stands for two images."""
    (tmp_path / "a.tar").write_bytes(b"x" * 2000)
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "a.parquet")
    twice = pa.table({"image": pa.array([b"1", b"2"]), "id": ["part/1.jpg"] * 2})
    pq.write_table(twice, tmp_path / "twice.parquet")
    for images, said in {
        "nowhere": "no such folder of images",
        "a.tar": "no readable tar",
        "none.tar": "cannot be read",
        "a.parquet": "no column of images",
        "twice.parquet": "more than once",
    }.items():
        with pytest.raises(InputError, match=said):
            pack(data, images=tmp_path / images)
    assert not data.output.exists()


def test_row_groups_are_within_their_bytes(data, monkeypatch):
    """With small bounds, as with the real ones: no row group but a file's only one lies outside."""
    monkeypatch.setattr(packed_module, "GROUP_BYTES", (3_000, 6_000))
    pack(data)
    (path,) = data.output.glob("packed-*")
    metadata = pq.ParquetFile(path).metadata
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    assert len(groups) > 2
    for group in groups:
        pixels = next(group.column(i) for i in range(group.num_columns) if "bytes" in group.column(i).path_in_schema)
        assert pixels.compression == "UNCOMPRESSED" and pixels.total_compressed_size < 6_000


def test_verify_finds_what_no_hash_shows(data):
    """A packed row whose pixels are no image, in a file whose manifest agrees with it."""
    import hashlib

    from structclip_schemas.packed import write_packed

    pack(data)
    (path,) = data.output.glob("packed-*")
    table = pq.read_table(path)
    pixels = table.column("pixels").to_pylist()
    pixels[4]["bytes"] = b"nothing"
    broken = table.set_column(1, table.schema.field("pixels"), pa.array(pixels, table.schema.field("pixels").type))
    with path.open("wb") as file:
        write_packed(file, broken)
    manifest = manifest_of(data.output)
    manifest["shards"][0] |= {
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    (data.output / "manifest.json").write_text(json.dumps(manifest))
    found = CliRunner().invoke(pipeline, ["verify", str(data.output)]).exception
    assert isinstance(found, ContractError) and "row 4: no image" in str(found)


@pytest.mark.slow
def test_load_dataset_shows_typed_columns_and_images(data, tmp_path):
    """The datasets library decodes the pixels and knows the type of every nested column."""
    datasets = pytest.importorskip("datasets")
    pack(data)
    files = [str(path) for path in data.output.glob("packed-*")]
    loaded = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert isinstance(loaded.features["pixels"], datasets.Image)
    assert loaded.features["captions"].feature["negatives"].feature["plausibility"].dtype == "float32"
    assert loaded[0]["pixels"].size == (72, 48)
    assert loaded[0]["captions"][0]["objects"][0]["text"] == "cup"


def test_inspect_shows_a_caption_of_a_packed_image(data):
    """By its id, or by its number counted through the images; the image's path comes along."""
    pack(data, "--shard-images", "2")
    for how in (("--id", "c3-1"), ("--row", "7")):
        done = CliRunner().invoke(pipeline, ["inspect", str(data.output), *how, "--json"])
        row = json.loads(done.output)
        assert (row["caption_id"], row["image"], row["image_id"]) == ("c3-1", "part/3.jpg", "i3")
    done = CliRunner().invoke(pipeline, ["inspect", str(data.output), "--row", "18"])
    assert "there are 18 rows" in str(done.exception)


def test_an_image_that_kills_its_decoder_is_left_out(data, tmp_path):
    """Its row is not touched any more and says why; its captions' ids are there."""
    from structclip_pipeline.pack.encoding import Encoding
    from structclip_pipeline.pack.images import open_images
    from structclip_pipeline.pack.packing import pack_work
    from structclip_pipeline.pack.parquet_images import ImageColumns
    from structclip_pipeline.pack.planning import PackSettings, open_negatives, plan_pack

    images = open_images(str(data.images), ImageColumns())
    plan = plan_pack(
        open_negatives(str(data.negatives)),
        images,
        PackSettings(Encoding()),
        str(data.output),
        overwrite=False,
        dry_run=False,
    )
    result = pack_work(images, None)(plan.parameters, plan.shards[0].quarantining({2: "the worker process died"}))
    (left,) = result.left_out
    assert (left.caption_id, left.reason) == ("c2-0", "quarantined")
    assert left.detail == "the worker process died; captions c2-0, c2-1"
    assert result.rows.column("image_id").to_pylist() == ["i0", "i1", *(f"i{n}" for n in range(3, 9))]
