"""build-graphs and verify as a user meets them, with a parser of a few words."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

WORDS = ("a red cup on a blue table", "a dog", "a cat on a table", "two words", "a blue cup")


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    """A jsonl file of 40 captions, two of them empty."""
    lines = [{"caption": WORDS[i % 5] if i % 20 else " ", "caption_id": f"id{i}"} for i in range(40)]
    path = tmp_path / "captions.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def coco_file(folder: Path, images: int, captions_each: int) -> Path:
    """Captions interleaved over images, as COCO has them."""
    content = {
        "images": [{"id": i, "file_name": f"{i}.jpg"} for i in range(images)],
        "annotations": [
            {"id": 100 * i + c, "image_id": i, "caption": WORDS[(i + c) % 5]}
            for c in range(captions_each)
            for i in range(images)
        ],
    }
    path = folder / "captions_toy.json"
    path.write_text(json.dumps(content))
    return path


def rows_of(folder: Path, table: str = "graphs") -> list[list[dict]]:
    return [pq.read_table(path).to_pylist() for path in sorted(folder.glob(f"{table}-*.parquet"))]


def test_captions_become_graphs_and_the_rest_is_accounted_for(tmp_path, captions, pipeline_command):
    """The JSON summary, the rows, and the left-out rows agree; verify accepts the dataset."""
    code, out, _ = pipeline_command("build-graphs", captions, "--output", tmp_path / "g", "--workers", 0, "--json")
    summary = json.loads(out)
    assert code == 0 and summary["tally"] == {"kept": 38, "empty-caption": 2} and summary["rows"] == 38
    [rows] = rows_of(tmp_path / "g")
    assert [row["caption_id"] for row in rows] == [f"id{i}" for i in range(40) if i % 20]
    assert rows[4]["triples"][0] == {
        "head": "cup",
        "relation": "on",
        "tail": "table",
        "head_object": 0,
        "tail_object": 1,
    }
    [left_out] = rows_of(tmp_path / "g", "left_out")
    assert [(r["caption_id"], r["source"], r["row"]) for r in left_out] == [
        ("id0", "captions.jsonl", 0),
        ("id20", "captions.jsonl", 20),
    ]
    code, out, _ = pipeline_command("verify", tmp_path / "g")
    assert code == 0 and out.startswith("ok: graphs, 38 rows")


def test_an_image_never_spans_two_shards(tmp_path, pipeline_command):
    """COCO's captions of an image stay together although the file interleaves them and 7 does not divide 3."""
    source = coco_file(tmp_path, images=11, captions_each=3)
    assert pipeline_command("build-graphs", source, "-o", tmp_path / "g", "--workers", 0, "--shard-rows", 7)[0] == 0
    shards = [{row["image_id"] for row in rows} for rows in rows_of(tmp_path / "g")]
    assert sum(map(len, shards)) == len(set().union(*shards)) == 11 and max(map(len, shards)) == 2


def test_rows_without_an_id_get_one_from_file_and_row(tmp_path, pipeline_command):
    """The id is "<source stem>-<row, 12 digits>", rows counted in the file from zero."""
    (tmp_path / "web.csv").write_text("caption\na cup\n\na dog\n")
    pipeline_command("build-graphs", tmp_path / "web.csv", "-o", tmp_path / "g", "--workers", 0)
    assert [row["caption_id"] for row in rows_of(tmp_path / "g")[0]] == ["web-000000000000", "web-000000000001"]


def test_duplicate_ids_are_named_and_nothing_is_written(tmp_path, pipeline_command):
    """Five are named; the output folder is not there afterwards."""
    (tmp_path / "c.csv").write_text("caption,caption_id\n" + "".join(f"a cup,{i % 9}\n" for i in range(18)))
    code, out, err = pipeline_command("build-graphs", tmp_path / "c.csv", "-o", tmp_path / "g", "--workers", 0)
    assert code == 2 and out == "" and "Traceback" not in err
    assert "9 caption id(s) occur more than once: '0', '1', '2', '3', '4'." in err and "--id-prefix" in err
    assert not (tmp_path / "g").exists()


def test_an_id_prefix_numbers_repeated_ids(tmp_path, pipeline_command):
    """The first keeps its id behind the prefix."""
    (tmp_path / "c.csv").write_text("caption,caption_id\na cup,x\na dog,x\na cat,x-2\na cat,y\n")
    options = ("--workers", 0, "--id-prefix", "p/")
    assert pipeline_command("build-graphs", tmp_path / "c.csv", "-o", tmp_path / "g", *options)[0] == 0
    assert [row["caption_id"] for row in rows_of(tmp_path / "g")[0]] == ["p/x", "p/x-2", "p/x-2-2", "p/y"]


def test_other_splits_are_left_out_with_that_reason(tmp_path, pipeline_command):
    """A row of no split is of another split, too."""
    (tmp_path / "c.csv").write_text("caption,split\na cup,train\na dog,val\na cat,restval\na cup,\n")
    code, out, _ = pipeline_command(
        "build-graphs", tmp_path / "c.csv", "-o", tmp_path / "g", "--workers", 0, "--split", "train,restval", "--json"
    )
    assert code == 0 and json.loads(out)["tally"] == {"kept": 2, "other-split": 2}


def test_a_split_that_never_occurs_is_an_error_that_names_those_found(tmp_path, pipeline_command):
    """A typo must not give an empty dataset."""
    (tmp_path / "c.csv").write_text("caption,split\na cup,train\na dog,val\n")
    options = ("-o", tmp_path / "g", "--workers", 0, "--split", "trian")
    code, _, err = pipeline_command("build-graphs", tmp_path / "c.csv", *options)
    assert code == 2 and "found train, val" in err and not (tmp_path / "g").exists()


def test_limit_reads_the_first_rows_only(tmp_path, captions, pipeline_command):
    """What is not read is in no tally."""
    _, out, _ = pipeline_command(
        "build-graphs", captions, "-o", tmp_path / "g", "--workers", 0, "--limit", 21, "--json"
    )
    assert json.loads(out)["tally"] == {"kept": 19, "empty-caption": 2}


def test_a_dry_run_prints_the_plan_and_writes_nothing(tmp_path, captions, pipeline_command):
    """The plan's hash is the one of the real run."""
    options = ("--workers", 0, "--shard-rows", 16, "--json")
    _, out, _ = pipeline_command("build-graphs", captions, "-o", tmp_path / "g", *options, "--dry-run")
    plan = json.loads(out)
    assert plan["shards"] == 3 and plan["rows"] == 40 and not (tmp_path / "g").exists()
    _, out, _ = pipeline_command("build-graphs", captions, "-o", tmp_path / "g", *options)
    assert json.loads(out)["plan_hash"] == plan["plan_hash"]


def test_where_the_source_lies_does_not_change_the_plan(tmp_path, captions, pipeline_command):
    """No path enters the hash or the parameters; the shards are the same bytes."""
    moved = tmp_path / "elsewhere" / captions.name
    moved.parent.mkdir()
    moved.write_bytes(captions.read_bytes())
    for source, output in ((captions, "a"), (moved, "b")):
        pipeline_command("build-graphs", source, "-o", tmp_path / output, "--workers", 0)
    manifests = [json.loads((tmp_path / name / "manifest.json").read_text()) for name in "ab"]
    assert str(tmp_path) not in json.dumps(manifests[0]["parameters"])
    for manifest in manifests:
        del manifest["inputs"]
    assert manifests[0] == manifests[1]


def test_rerun_does_nothing_and_another_plan_is_refused(tmp_path, captions, pipeline_command, tree_hash):
    """Exit 0 without a change, exit 2 without a change, --overwrite replaces."""
    base = ("build-graphs", captions, "-o", tmp_path / "g", "--workers", 0)
    pipeline_command(*base)
    before = tree_hash(tmp_path / "g")
    code, out, _ = pipeline_command(*base)
    assert code == 0 and "nothing to do" in out and tree_hash(tmp_path / "g") == before
    code, _, err = pipeline_command(*base, "--shard-rows", 8)
    assert code == 2 and "shard_rows 20000 there, 8 now" in err and tree_hash(tmp_path / "g") == before
    code, _, _ = pipeline_command(*base, "--shard-rows", 8, "--overwrite")
    assert code == 0 and len(rows_of(tmp_path / "g")) == 5


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.json", None, "no such file"),
        ("c.json", "{", "not JSON"),
        ("c.csv", "text\na cup\n", "no column 'caption'; found text"),
        ("c.csv", "caption\n", "holds no captions"),
        ("c.jsonl", "", "holds no captions"),
    ],
)
def test_bad_sources_end_with_exit_2_and_leave_nothing(tmp_path, pipeline_command, name, content, message):
    """No traceback, no output folder."""
    if content is not None:
        (tmp_path / name).write_text(content)
    code, out, err = pipeline_command("build-graphs", tmp_path / name, "-o", tmp_path / "g", "--workers", 0)
    assert code == 2 and out == "" and message in err and "Traceback" not in err
    assert not (tmp_path / "g").exists()


def test_a_second_source_that_is_bad_leaves_nothing_of_the_first(tmp_path, captions, pipeline_command):
    """Rows staged before the error are removed."""
    (tmp_path / "bad.jsonl").write_text("no json")
    options = ("-o", tmp_path / "g", "--workers", 0, "--shard-rows", 4)
    assert pipeline_command("build-graphs", captions, tmp_path / "bad.jsonl", *options)[0] == 2
    assert not (tmp_path / "g").exists()


def test_a_folder_is_no_source(tmp_path, pipeline_command):
    """The message wants a file."""
    code, _, err = pipeline_command("build-graphs", tmp_path, "-o", tmp_path / "g", "--workers", 0)
    assert code == 2 and "is a folder" in err


def test_graphs_that_break_the_contract_are_quarantined(tmp_path, pipeline_command):
    """A parser's faulty span never reaches a shard; too many of them end with exit 3 after the manifest."""
    (tmp_path / "c.csv").write_text("caption\na faulty cup here\na dog\n")
    code, out, err = pipeline_command("build-graphs", tmp_path / "c.csv", "-o", tmp_path / "g", "--workers", 0)
    assert code == 3 and "quarantined 1" in out and "1 of 2 rows were quarantined" in err
    [[left]] = rows_of(tmp_path / "g", "left_out")
    assert left["reason"] == "quarantined" and "reads 'cup '" in left["detail"]
    assert pipeline_command("verify", tmp_path / "g")[0] == 0


def test_a_caption_the_parser_fails_on_is_quarantined_alone(tmp_path, captions, pipeline_command):
    """Exceptions of the parser are bisected down to their row."""
    captions.write_text(captions.read_text() + '\n{"caption": "raise a cup", "caption_id": "bad"}')
    options = ("-o", tmp_path / "g", "--workers", 0, "--max-quarantine", 0.5)
    assert pipeline_command("build-graphs", captions, *options)[0] == 0
    bad = [row for row in rows_of(tmp_path / "g", "left_out")[0] if row["reason"] == "quarantined"]
    assert [(r["caption_id"], r["detail"]) for r in bad] == [("bad", "ValueError: cannot read this")]


@pytest.mark.slow
def test_a_caption_that_kills_the_parser_is_quarantined_alone(tmp_path, captions, pipeline_command):
    """The worker's death is traced to its row; all neighbours are kept."""
    captions.write_text(captions.read_text() + '\n{"caption": "poison", "caption_id": "bad"}\n{"caption": "a dog"}')
    options = ("-o", tmp_path / "g", "--workers", 2, "--shard-rows", 10, "--json")
    code, out, _ = pipeline_command("build-graphs", captions, *options)
    assert code == 3 and json.loads(out)["tally"] == {"kept": 39, "empty-caption": 2, "quarantined": 1}
    bad = [row for rows in rows_of(tmp_path / "g", "left_out") for row in rows if row["reason"] == "quarantined"]
    assert [(r["caption_id"], r["detail"]) for r in bad] == [("bad", "the worker process died")]


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same_bytes(tmp_path, captions, pipeline_command, tree_hash):
    """Promise 2: 0, 1 and 2 workers."""
    hashes = []
    for workers in (0, 1, 2):
        options = ("-o", tmp_path / str(workers), "--workers", workers, "--shard-rows", 7)
        assert pipeline_command("build-graphs", captions, *options)[0] == 0
        hashes.append(tree_hash(tmp_path / str(workers)))
    assert hashes[0] == hashes[1] == hashes[2] and len(hashes[0]) == 1 + 6 + 2


def start(parser_module, source: Path, output: Path, workers: int, seconds: float) -> subprocess.Popen:
    """structclip-pipeline build-graphs with the word parser as a process group of its own."""
    environment = os.environ | {"STRUCTCLIP_TEST_SECONDS": str(seconds)}
    command = [sys.executable, parser_module.__file__, "build-graphs", source, "-o", output, "--shard-rows", "4"]
    return subprocess.Popen(
        [*map(str, command), "--workers", str(workers)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _has_got_to(folder: Path, finished: int) -> bool:
    """Whether the plan is there and so many of its ten shards are finished."""
    return (folder / "plan.json").exists() and len(list(folder.glob(".unfinished/finished-*.json"))) >= finished


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_kill_at_any_moment_and_rerun_gives_the_bytes_of_an_undisturbed_run(
    tmp_path, captions, parser_module, tree_hash, workers
):
    """Promise 1: kill -9 of the command, again and again into the same folder as its work goes on, then a rerun."""
    whole = start(parser_module, captions, tmp_path / "whole", 0, 0)
    assert whole.wait() == 0
    moments = random.Random(workers)
    for finished in (0, 1, 2, 4, 6):
        process = start(parser_module, captions, tmp_path / "cut", workers, 0.1)
        while not _has_got_to(tmp_path / "cut", finished):
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(moments.uniform(0, 0.3))
        process.kill()
        assert process.wait() == -signal.SIGKILL
    last = start(parser_module, captions, tmp_path / "cut", workers, 0)
    assert last.wait() == 0, last.stderr.read()
    assert tree_hash(tmp_path / "cut") == tree_hash(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("workers", [0, 2])
def test_an_interrupted_run_says_how_to_resume(tmp_path, captions, parser_module, number, code, workers):
    """Exit 130 or 143, one line, no traceback; the unfinished folder is told from a dataset by verify."""
    process = start(parser_module, captions, tmp_path / "g", workers, 0.2)
    deadline = time.monotonic() + 20
    while not list((tmp_path / "g").glob("graphs-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code and b"resumes where it stopped" in err and b"Traceback" not in err


def test_verify_tells_an_unfinished_run_and_a_foreign_folder_apart(tmp_path, captions, pipeline_command):
    """Both end with exit 2 and say what to do."""
    (tmp_path / "empty").mkdir()
    code, _, err = pipeline_command("verify", tmp_path / "empty")
    assert code == 2 and "no structclip dataset" in err
    (tmp_path / "empty" / "plan.json").write_text("{}")
    code, _, err = pipeline_command("verify", tmp_path / "empty")
    assert code == 2 and "did not finish" in err


def test_verify_finds_a_flipped_byte_and_a_lost_file(tmp_path, captions, pipeline_command):
    """The file is named."""
    pipeline_command("build-graphs", captions, "-o", tmp_path / "g", "--workers", 0, "--shard-rows", 10)
    shard = tmp_path / "g" / "graphs-00001-of-00004.parquet"
    data = bytearray(shard.read_bytes())
    data[100] ^= 1
    shard.write_bytes(data)
    code, _, err = pipeline_command("verify", tmp_path / "g")
    assert code == 2 and "graphs-00001-of-00004.parquet" in err and "sha256" in err
    shard.unlink()
    code, _, err = pipeline_command("verify", tmp_path / "g")
    assert code == 2 and "graphs-00001-of-00004.parquet: missing" in err


def test_verify_misses_rows_that_were_left_out_silently(tmp_path, captions, pipeline_command):
    """The left_out files must hold what the tally says."""
    pipeline_command("build-graphs", captions, "-o", tmp_path / "g", "--workers", 0)
    (tmp_path / "g" / "left_out-00000-of-00001.parquet").unlink()
    code, _, err = pipeline_command("verify", tmp_path / "g")
    assert code == 2 and "the tally says {'empty-caption': 2}" in err


def test_a_dataset_of_another_contract_version_is_refused(tmp_path, captions, pipeline_command):
    """Both versions are named."""
    pipeline_command("build-graphs", captions, "-o", tmp_path / "g", "--workers", 0)
    manifest = tmp_path / "g" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 99'))
    for command in (("verify", tmp_path / "g"), ("build-graphs", captions, "-o", tmp_path / "g", "--workers", 0)):
        code, _, err = pipeline_command(*command)
        assert code == 2 and "contract version 99" in err


def test_shards_named_by_a_pattern_become_one_dataset(tmp_path, pipeline_command):
    """Two tars, each sample under its key; a sample's captions stay in one shard."""
    import io
    import tarfile

    for shard in range(2):
        with tarfile.open(tmp_path / f"0000{shard}.tar", "w") as file:
            for number in range(3):
                data = json.dumps({"captions": ["a cup", "a red cup"]}).encode()
                info = tarfile.TarInfo(f"{shard}{number}.json")
                info.size = len(data)
                file.addfile(info, io.BytesIO(data))
    source = tmp_path / "{00000..00001}.tar"
    assert pipeline_command("build-graphs", source, "-o", tmp_path / "g", "--workers", 0, "--shard-rows", 5)[0] == 0
    shards = rows_of(tmp_path / "g")
    assert [len(rows) for rows in shards] == [4, 4, 4]
    assert [row["caption_id"] for row in shards[0]] == ["00-0", "00-1", "01-0", "01-1"]
    assert pipeline_command("verify", tmp_path / "g")[0] == 0


def test_an_output_that_is_a_file_is_refused_before_anything_is_staged(pipeline_command, tmp_path):
    """A file in the place of the folder is named, and stays as it was."""
    (tmp_path / "c.csv").write_text("caption\na dog\n")
    (tmp_path / "out").write_text("mine")
    code, _, errors = pipeline_command("build-graphs", tmp_path / "c.csv", "-o", tmp_path / "out", "--workers", 0)
    assert code == 2
    assert "is a file, wanted a folder" in errors
    assert (tmp_path / "out").read_text() == "mine"
