"""import-negatives from a file to the negatives table, with the parser of a few words."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from structclip_pipeline.foreign import importing
from structclip_schemas.dataset import open_dataset
from structclip_schemas.edits import apply_edits

CUP, SWAPPED = "A red cup on a blue table.", "A blue cup on a red table."


def _write(path: Path, *rows: tuple[str, str, str | None]) -> Path:
    """A Structure-CLIP file of (image_id, caption, negative)."""
    records = [{"image_id": i, "image_path": f"{i}.jpg", "true_caption": c, "false_caption": n} for i, c, n in rows]
    path.write_text(json.dumps(records))
    return path


def _rows(tmp_path: Path) -> list[dict[str, Any]]:
    return [row for path in sorted((tmp_path / "out").glob("negatives-*")) for row in pq.read_table(path).to_pylist()]


def test_negatives_hold_the_contract(run_import: Any, tmp_path: Path) -> None:
    """Edits rebuild the negative, triples are the parser's, elements are null, the rule names the importer."""
    report = run_import("structure-clip", _write(tmp_path / "a.json", ("1", CUP, SWAPPED)))
    (row,) = _rows(tmp_path)
    (negative,) = row["negatives"]
    assert negative["caption"] == SWAPPED
    edits = tuple(importing_edit(e) for e in negative["edits"])
    assert apply_edits(CUP, edits) == SWAPPED
    assert [(e.before, e.after) for e in edits] == [("red", "blue"), ("blue", "red")]
    assert (negative["left"], negative["right"], negative["round_trip"]) == (None, None, None)
    assert negative["rule"] == "import-structure-clip/1"
    assert ("cup", "is", "blue") in {(t["head"], t["relation"], t["tail"]) for t in negative["triples"]}
    assert report["counts"] == {"read": 1, "negatives": 1}
    dataset = open_dataset(str(tmp_path / "out"), "negatives")
    dataset.verify(dataset.manifest.shards[0])


def importing_edit(edit: dict[str, Any]) -> Any:
    """An edit as a value."""
    from structclip_schemas.edits import Edit

    return Edit(**edit)


def test_every_fault_is_left_out_and_counted(run_import: Any, tmp_path: Path) -> None:
    """Carried over, the same text, true of the image, the same reading: the rows stay, without a negative."""
    report = run_import(
        "structure-clip",
        _write(
            tmp_path / "a.json",
            ("1", "a dog on a table", "a table on a dog"),
            ("2", "one big blue cat", "a table on a dog"),
            ("3", "a cat", "A cat ."),
            ("4", CUP, SWAPPED),
            ("4", "a blue cup on a red table", None),
            ("5", "old dusty dog", "dusty old dog"),
        ),
    )
    assert [len(row["negatives"]) for row in _rows(tmp_path)] == [1, 0, 0, 0, 0, 0]
    reasons = {"carried-over": 1, "same-text": 1, "true-of-image": 1, "not-made": 1, "same-graph": 1}
    assert report["without_negative"] == reasons
    assert report["tally"] == {"kept": 6}
    counts = {"carried_over": 1, "same_text": 1, "true_of_image": 1, "not_made": 1, "same_graph": 1}
    assert report["counts"] == {"read": 5, "negatives": 1, **counts}


def test_rows_without_a_caption_are_left_out_with_a_reason(run_import: Any, tmp_path: Path) -> None:
    """A row that cannot be read is in left_out with its id and number, and the tally sums to the rows read."""
    report = run_import("structure-clip", _write(tmp_path / "a.json", ("1", CUP, SWAPPED), ("2", " ", "x")))
    assert report["tally"] == {"kept": 1, "empty-caption": 1}
    (left,) = pq.read_table(next((tmp_path / "out").glob("left_out-*"))).to_pylist()
    assert (left["caption_id"], left["row"], left["reason"]) == ("a-000000000001", 1, "empty-caption")


def test_shards_decide_nothing(run_import: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image whose captions lie in two shards gets the same negatives as in one."""
    path = _write(tmp_path / "a.json", ("4", CUP, SWAPPED), ("5", CUP, SWAPPED), ("4", SWAPPED, CUP))
    run_import("structure-clip", path)
    whole = _rows(tmp_path)
    monkeypatch.setattr(importing, "SHARD_ROWS", 1)
    run_import("structure-clip", path, "--overwrite")
    assert len(list((tmp_path / "out").glob("negatives-*"))) == 3
    assert _rows(tmp_path) == whole
    assert [len(row["negatives"]) for row in whole] == [0, 1, 0]


def test_ids_that_occur_twice_are_an_error(pipeline_command: Any, tmp_path: Path) -> None:
    """CE-CLIP's annotation ids are the captions' ids and must be unique; no traceback."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"id": 7, "caption": "a cat", "noun_aug_caption": "a dog"}] * 2))
    code, _, err = pipeline_command("import-negatives", "ce-clip", path, "--output", tmp_path / "out")
    assert code == 2
    assert err.startswith("error:")
    assert "'7'" in err


@pytest.mark.slow
def test_the_published_negclip_file(shared: Path, tmp_path: Path) -> None:
    """The real file gives a dataset that an independent reader accepts, with the counts the documents state."""
    command = [Path(sys.executable).parent / "structclip-pipeline", "import-negatives", "negclip"]
    file, out = shared / "data" / "negclip" / "valid_neg_clip.tsv", tmp_path / "out"
    done = subprocess.run([*command, file, "-o", out, "--workers", "0", "--json"], capture_output=True, check=True)
    report = json.loads(done.stdout)
    assert report["tally"] == {"kept": 4839}
    assert report["counts"]["read"] == 7370
    assert report["counts"]["negatives"] > 6000
    subprocess.run([sys.executable, shared / "checkers" / "check_negatives.py", out], check=True)
