"""prepare-benchmark end to end: rows, left-out items, reruns, errors."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from structclip_pipeline.cli.group import pipeline
from structclip_pipeline.storage import open_read
from structclip_schemas.dataset import open_dataset
from structclip_schemas.errors import InputError

pytestmark = pytest.mark.usefixtures("noun_parser")
TRUE, FALSE = "a cup on a table", "a table on a cup"


def item(number: int, **changes: Any) -> dict[str, Any]:
    made = {"id": f"i{number}", "image": "test/good.png", "image_id": 5, "split": "test", "kind": "swap_object"}
    return {**made, "true_caption": TRUE, "false_caption": FALSE, **changes}


@pytest.fixture
def prepare(tmp_path: Path, save_picture: Callable[[Path], None]) -> Callable[..., Result]:
    """Write a demo benchmark of some items, prepare it in this process, give the command's result."""
    save_picture(tmp_path / "images/test/good.png")

    def run(items: list[dict[str, Any]], *more: str) -> Result:
        (tmp_path / "b.json").write_text(json.dumps(items))
        options = ["--images", str(tmp_path / "images"), "--output", str(tmp_path / "out"), "--workers", "0"]
        return CliRunner().invoke(pipeline, ["prepare-benchmark", "demo", str(tmp_path / "b.json"), *options, *more])

    return run


def test_an_item_becomes_a_row_with_one_negative(prepare: Callable[..., Result], tmp_path: Path) -> None:
    """The false caption is the negative, with the parser's triples and no edits; the kind is the group."""
    assert prepare([item(0)]).exit_code == 0
    dataset = open_dataset(str(tmp_path / "out"), "benchmark", open_read)
    dataset.verify(dataset.manifest.shards[0])
    (row,) = dataset.rows(dataset.manifest.shards[0])
    (negative,) = row["negatives"]
    assert (row["caption_id"], row["image_id"], row["image"]) == ("i0", "5", "test/good.png")
    assert (row["split"], row["group"], row["caption"]) == ("test", "swap_object", TRUE)
    assert [o["text"] for o in row["objects"]] == ["cup", "table"]
    assert (row["crop"], row["pair_id"]) == (None, None)
    assert (negative["caption"], negative["kind"], negative["rule"]) == (FALSE, "benchmark:demo", "benchmark/1")
    assert (negative["edits"], negative["left"], negative["right"]) == ([], None, None)


def test_every_item_left_out_has_a_reason(prepare: Callable[..., Result], tmp_path: Path) -> None:
    """The tally sums to the items read, and each left-out row says why and where."""
    (tmp_path / "images/broken.png").write_text("no picture")
    faulty = {
        "missing-image": item(1, image="test/none.png"),
        "unreadable-image": item(2, image="broken.png"),
        "path-outside-root": item(3, image="../b.json"),
        "row-without-caption": item(4, false_caption=None),
        "empty-caption": item(5, true_caption=" "),
        "invalid-unicode": item(6, false_caption="a cup \ud800"),
        "same-words": item(7, false_caption="A cup on a table!"),
        "caption-too-long": item(8, false_caption="cup " * 10_000),
    }
    assert prepare([item(0), *faulty.values()]).exit_code == 0
    manifest = open_dataset(str(tmp_path / "out"), "benchmark", open_read).manifest
    assert manifest.tally == {"kept": 1, **dict.fromkeys(faulty, 1)}
    (left_out,) = (tmp_path / "out").glob("left_out-*.parquet")
    rows = pq.read_table(left_out).to_pylist()
    assert [(r["caption_id"], r["row"], r["reason"]) for r in rows] == [
        (f"i{n}", n, reason) for n, reason in enumerate(faulty, 1)
    ]
    assert {r["source"] for r in rows} == {"b.json"}


def test_an_item_that_is_no_object_is_left_out(prepare: Callable[..., Result], tmp_path: Path) -> None:
    """A number among the items costs one row, not the run."""
    assert prepare([item(0), 3]).exit_code == 0  # type: ignore[list-item]
    tally = open_dataset(str(tmp_path / "out"), "benchmark", open_read).manifest.tally
    assert tally == {"kept": 1, "row-without-caption": 1}


def test_a_rerun_does_nothing_and_another_file_is_refused(prepare: Callable[..., Result]) -> None:
    """The same file again is idle; a changed one wants --overwrite."""
    prepare([item(0)])
    assert "nothing to do" in prepare([item(0)]).output
    assert prepare([item(0), item(1)]).exit_code != 0
    assert prepare([item(0), item(1)], "--overwrite").exit_code == 0


def test_ids_that_occur_twice_are_an_input_error(prepare: Callable[..., Result]) -> None:
    """They are named."""
    result = prepare([item(0), item(1), item(1)])
    assert isinstance(result.exception, InputError)
    assert "'i1'" in str(result.exception)


def test_a_missing_image_root_is_an_input_error(prepare: Callable[..., Result], tmp_path: Path) -> None:
    """Nothing is written."""
    result = prepare([item(0)], "--images", str(tmp_path / "nowhere"))
    assert isinstance(result.exception, InputError)
    assert not (tmp_path / "out").exists()


def test_the_folder_of_the_images_changes_no_byte(
    prepare: Callable[..., Result], tmp_path: Path, tree_hash: Callable[[Path], dict[str, str]]
) -> None:
    """Nor does where the output lies."""
    prepare([item(0)])
    (tmp_path / "images").rename(tmp_path / "moved")
    options = ("--images", str(tmp_path / "moved"), "--output", str(tmp_path / "second"))
    assert prepare([item(0)], *options).exit_code == 0
    assert tree_hash(tmp_path / "out") == tree_hash(tmp_path / "second")
