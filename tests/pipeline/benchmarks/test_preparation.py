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


@pytest.fixture
def prepare_named(
    tmp_path: Path, save_picture: Callable[[Path], None]
) -> Callable[[str, str, Any], list[dict[str, Any]]]:
    """Write a benchmark's own file, prepare it in this process, verify it, and give its rows."""
    save_picture(tmp_path / "images/good.png")

    def run(name: str, file: str, content: Any) -> list[dict[str, Any]]:
        (tmp_path / file).write_text(content if isinstance(content, str) else json.dumps(content))
        options = ["--images", str(tmp_path / "images"), "--output", str(tmp_path / "out"), "--workers", "0"]
        result = CliRunner().invoke(pipeline, ["prepare-benchmark", name, str(tmp_path / file), *options])
        assert result.exit_code == 0, result.output + str(result.exception)
        assert CliRunner().invoke(pipeline, ["verify", str(tmp_path / "out")]).exit_code == 0
        dataset = open_dataset(str(tmp_path / "out"), "benchmark", open_read)
        return list(dataset.rows(dataset.manifest.shards[0]))

    return run


def test_aros_box_and_relation_become_crop_and_group(prepare_named: Callable[..., list[dict[str, Any]]]) -> None:
    """Structure-CLIP's own triples in the file are not read; a faulty box is left out; names ignore their case."""
    box = {"bbox_x": 1, "bbox_y": 2, "bbox_w": 3, "bbox_h": 4}
    record = {"image_id": "241", "image_path": "good.png", "true_caption": TRUE, "false_caption": FALSE, **box}
    gold = {"true_triples": [["cup", "x", "y"]]}
    records = [
        {**record, "relation_name": "on", **gold},
        {**record, "bbox_w": 0},
        {**record, "attributes": ["red", "old"]},
    ]
    first, second = prepare_named("ARO", "visual_genome_relation.json", records)
    assert first["crop"] == {"left": 1, "top": 2, "width": 3, "height": 4}
    assert (first["caption_id"], first["image_id"], first["group"]) == (
        "visual_genome_relation-000000000000",
        "241",
        "on",
    )
    assert second["group"] == "red_old"
    assert first["negatives"][0]["kind"] == "benchmark:aro" and first["triples"] == []


def test_the_second_caption_of_sugarcrepe_plus_is_a_positive(
    prepare_named: Callable[..., list[dict[str, Any]]],
) -> None:
    """With the parser's triples, as all."""
    record = {
        "id": 3,
        "filename": "good.png",
        "caption": TRUE,
        "caption2": "on a table, a cup",
        "negative_caption": FALSE,
    }
    (row,) = prepare_named("sugarcrepe++", "swap_obj.json", [record])
    assert [v["caption"] for v in row["positives"]] == ["on a table, a cup"]
    assert row["positives"][0]["kind"] == row["negatives"][0]["kind"] == "benchmark:sugarcrepe++"
    assert (row["group"], row["negatives"][0]["caption"]) == ("swap_obj", FALSE)


def test_winogrounds_two_captions_are_each_others_negative(
    prepare_named: Callable[..., list[dict[str, Any]]], tmp_path: Path, save_picture: Callable[[Path], None]
) -> None:
    """Two rows of one pair; the images' names get their ending."""
    for side in (0, 1):
        save_picture(tmp_path / f"images/ex_7_img_{side}.png")
    record = {
        "id": 7,
        "image_0": "ex_7_img_0",
        "image_1": "ex_7_img_1",
        "caption_0": TRUE,
        "caption_1": FALSE,
        "tag": "Object",
    }
    rows = prepare_named("winoground", "examples.jsonl", json.dumps(record) + "\n")
    assert [(r["caption_id"], r["pair_id"], r["image"], r["group"]) for r in rows] == [
        ("7-0", "7", "ex_7_img_0.png", "Object"),
        ("7-1", "7", "ex_7_img_1.png", "Object"),
    ]
    assert [(r["caption"], r["negatives"][0]["caption"]) for r in rows] == [(TRUE, FALSE), (FALSE, TRUE)]


def test_an_order_item_has_up_to_four_shuffles_and_the_same_ones_again(
    prepare_named: Callable[..., list[dict[str, Any]]], tmp_path: Path
) -> None:
    """The words stay, their order differs; a caption of one word has no shuffle and is left out."""
    text = "A small red cup stands on a big wooden table."
    records = [{"image": "good.png", "caption": [text, "Cup"]}, {"image": "good.png", "caption": []}]
    (row,) = prepare_named("coco-order", "coco_karpathy_test.json", records)
    shuffled = [v["caption"] for v in row["negatives"]]
    assert row["caption"] == "a small red cup stands on a big wooden table"
    assert 2 <= len(shuffled) == len(set(shuffled)) <= 4 and row["caption"] not in shuffled
    assert all(sorted(s.split()) == sorted(row["caption"].split()) for s in shuffled)
    tally = open_dataset(str(tmp_path / "out"), "benchmark", open_read).manifest.tally
    assert tally == {"kept": 1, "same-words": 1, "row-without-caption": 1}
