"""structclip-pipeline inspect: finding the row, showing it, and what it says when there is none."""

import hashlib
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pyarrow as pa
import pytest

from structclip_schemas.graph import SceneGraph, SceneObject
from structclip_schemas.manifest import Manifest, Shard
from structclip_schemas.tables import row_from_record, with_metadata, write_rows, write_table
from structclip_schemas.variant import CaptionRecord

CAPTIONS = ["a cup", "[bold]dog[/bold]", "<svg> cup", "", "cup & cat"]


def _row(number, caption):
    place = caption.find("cup")
    objects = (SceneObject(place, place + 3, "cup", "cup", place, place + 3),) if place >= 0 else ()
    return row_from_record(CaptionRecord(f"c{number}", None, None, None, caption, SceneGraph(objects), "words 1 0"))


def _write_dataset(folder, table, shards):
    folder.mkdir()
    written = []
    for index, rows in enumerate(shards):
        path = folder / f"{table}-{index:05d}-of-{len(shards):05d}.parquet"
        with path.open("wb") as file:
            write_rows(file, rows, with_metadata(table, "words 1 0", "0"))
        data = path.read_bytes()
        written.append(Shard(path.name, len(rows), len(data), hashlib.sha256(data).hexdigest()))
    count = sum(map(len, shards))
    manifest = Manifest(table, count, tuple(written), "0", (), {}, "words 1 0", None, {"kept": count})
    (folder / "manifest.json").write_text(manifest.to_json())
    return folder


@pytest.fixture
def dataset(tmp_path):
    """Five captions in two shards, negatives (none made)."""
    rows = [_row(number, caption) for number, caption in enumerate(CAPTIONS)]
    return _write_dataset(tmp_path / "negatives", "negatives", [rows[:3], rows[3:]])


def test_a_row_is_counted_over_all_shards(dataset, pipeline_command):
    """Row 4 is the second shard's second."""
    code, out, _ = pipeline_command("inspect", dataset, "--row", 4)
    assert code == 0
    assert out.startswith("c4  row 4, in negatives-00001-of-00002.parquet\n")
    assert "cup & cat\nooo\n" in out
    assert '└── 0 cup 0:3, phrase "cup" 0:3' in out


def test_a_row_is_found_by_its_id(dataset, pipeline_command):
    """The same as by its number."""
    assert pipeline_command("inspect", dataset, "--id", "c4") == pipeline_command("inspect", dataset, "--row", 4)


def test_a_single_shard_counts_its_own_rows(dataset, pipeline_command):
    """Row 1 of the second shard is the dataset's row 4; an id finds it, too."""
    shard = dataset / "negatives-00001-of-00002.parquet"
    for choice in (("--row", 1), ("--id", "c4")):
        code, out, _ = pipeline_command("inspect", shard, *choice)
        assert (code, out.splitlines()[0]) == (0, "c4  row 1, in negatives-00001-of-00002.parquet")


def test_json_is_the_row_and_nothing_else(dataset, pipeline_command):
    """One line, every column, as the file has it."""
    code, out, err = pipeline_command("inspect", dataset, "--row", 1, "--json")
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert json.loads(out) == _row(1, CAPTIONS[1])


@pytest.mark.parametrize("table", ["graphs", "benchmark"])
def test_other_tables_are_shown_too(tmp_path, pipeline_command, table):
    """Graphs have no variants, a benchmark has columns of its own."""
    row = {**_row(0, "a cup"), "crop": None, "group": None, "pair_id": "p"}
    code, out, _ = pipeline_command("inspect", _write_dataset(tmp_path / "it", table, [[row]]), "--row", 0)
    assert code == 0
    assert "a cup\n  ooo\n" in out


def test_svg_draws_the_graph(dataset, pipeline_command, tmp_path):
    """A well-formed file in a folder that is made for it; the terminal shows the row all the same."""
    picture = tmp_path / "new/cup.svg"
    code, out, err = pipeline_command("inspect", dataset, "--row", 2, "--svg", picture)
    assert (code, err) == (0, f"drawn: {picture}\n")
    assert "<svg> cup" in out
    assert ElementTree.parse(picture).getroot().find("{http://www.w3.org/2000/svg}title").text == "<svg> cup"


def test_urls_are_read_and_written(dataset, pipeline_command):
    """Any fsspec URL will do, for dataset and picture."""
    import fsspec

    memory = fsspec.filesystem("memory")
    for path in dataset.iterdir():
        memory.pipe_file(f"/inspected/{path.name}", path.read_bytes())
    code, out, _ = pipeline_command("inspect", "memory://inspected", "--row", 0, "--svg", "memory://inspected/x.svg")
    assert code == 0
    assert out.startswith("c0  row 0")
    assert memory.cat_file("/inspected/x.svg").startswith(b"<svg")


def test_markup_is_shown_literally(dataset, pipeline_command):
    """A caption in brackets is no command to Rich."""
    assert "[bold]dog[/bold]" in pipeline_command("inspect", dataset, "--row", 1)[1]


def test_an_empty_caption_is_shown(dataset, pipeline_command, tmp_path):
    """Nothing to mark, nothing to draw, no crash."""
    code, out, _ = pipeline_command("inspect", dataset, "--row", 3, "--svg", tmp_path / "x.svg")
    assert code == 0
    assert "scene graph: 0 objects, 0 attributes, 0 relations" in out


def test_an_output_that_lacks_characters_gets_escapes(tmp_path):
    """A pipe in ASCII is no reason to fail."""
    folder = _write_dataset(tmp_path / "it", "graphs", [[_row(0, "ein grüner cup")]])
    command = [str(Path(sys.executable).parent / "structclip-pipeline"), "inspect", str(folder), "--row", "0"]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert b"ein gr\\xfcner cup" in done.stdout


def _another_parquet(folder):
    with (folder / "other.parquet").open("wb") as file:
        write_table(file, pa.table({"a": [1]}))
    return folder / "other.parquet"


def _text_file(folder):
    (folder / "some.txt").write_text("no Parquet")
    return folder / "some.txt"


def _left_out(folder):
    with (folder / "left_out.parquet").open("wb") as file:
        write_rows(file, [], with_metadata("left_out", "", "0"))
    return folder / "left_out.parquet"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder, "no structclip dataset"),
        (lambda folder: folder / "nowhere", "no such file or folder"),
        (_text_file, "no Parquet file"),
        (_another_parquet, "structclip did not write"),
        (_left_out, "a shard of table 'left_out'"),
    ],
)
def test_what_is_no_dataset_is_said_to_be_none(tmp_path, pipeline_command, make, says):
    """A folder without a manifest, nothing at all, another file, another Parquet file, another table."""
    code, out, err = pipeline_command("inspect", make(tmp_path), "--row", 0)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {tmp_path}")
    assert says in err


def test_a_row_out_of_range_says_how_many_there_are(dataset, pipeline_command):
    """And how they are numbered."""
    code, _, err = pipeline_command("inspect", dataset, "--row", 5)
    assert (code, err) == (2, f"error: {dataset}: no row 5; there are 5 rows, numbered 0 to 4.\n")


def test_an_empty_dataset_says_so(tmp_path, pipeline_command):
    """No number would do."""
    code, _, err = pipeline_command("inspect", _write_dataset(tmp_path / "it", "graphs", [[]]), "--row", 0)
    assert code == 2
    assert "there are 0 rows" in err


def test_an_unknown_id_is_named(dataset, pipeline_command):
    """With what to do instead."""
    code, _, err = pipeline_command("inspect", dataset, "--id", "x")
    assert code == 2
    assert "none of its 5 rows has the caption id 'x'" in err


@pytest.mark.parametrize("choice", [(), ("--row", 0, "--id", "c0"), ("--row", -1)])
def test_one_way_to_name_the_row_is_needed(dataset, pipeline_command, choice):
    """Neither, both and a number below 0 are mistakes of usage."""
    assert pipeline_command("inspect", dataset, *choice)[0] == 2


def test_a_span_that_lies_is_an_error_not_a_crash(tmp_path, pipeline_command):
    """A foreign file is checked before it is drawn."""
    row = _row(0, "a cup")
    row["objects"][0]["end"] = 99
    code, _, err = pipeline_command("inspect", _write_dataset(tmp_path / "it", "graphs", [[row]]), "--row", 0)
    assert code == 2
    assert "caption 'c0': span 2:99 out of range" in err


def test_a_missing_shard_is_an_error(dataset, pipeline_command):
    """The manifest lists what is not there."""
    (dataset / "negatives-00000-of-00002.parquet").unlink()
    code, _, err = pipeline_command("inspect", dataset, "--row", 0)
    assert code == 2
    assert "missing, though the manifest lists it" in err


def test_a_picture_that_cannot_be_written_is_an_error(dataset, pipeline_command, tmp_path):
    """A folder is in its place."""
    code, _, err = pipeline_command("inspect", dataset, "--row", 0, "--svg", tmp_path)
    assert code == 2
    assert f"{tmp_path}: the picture cannot be written" in err
