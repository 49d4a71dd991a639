"""The world's files: the same bytes always, resumed after a kill, never mixed with another world."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from structclip_pipeline.cli.group import pipeline
from structclip_pipeline.demo.world import PARTS, WorldPlan, make_world
from structclip_schemas.errors import InputError, PlanMismatchError

Hashes = Callable[[Path], dict[str, str]]


def test_any_number_of_processes_writes_the_same_bytes(
    plan: WorldPlan, world: Path, tmp_path: Path, tree_hash: Hashes
) -> None:
    """In this process or in two others."""
    assert make_world(str(tmp_path / "again"), plan, workers=2)
    assert tree_hash(tmp_path / "again") == tree_hash(world)


def test_a_finished_world_is_left_alone(plan: WorldPlan, world: Path) -> None:
    """A rerun says that there was nothing to do and touches nothing."""
    before = {p: p.stat().st_mtime_ns for p in world.rglob("*")}
    assert not make_world(str(world), plan)
    assert before == {p: p.stat().st_mtime_ns for p in world.rglob("*")}


def test_another_world_is_refused(plan: WorldPlan, world: Path) -> None:
    """Another seed into the same folder is an error that says what is there."""
    with pytest.raises(PlanMismatchError, match='"seed": 7'):
        make_world(str(world), replace(plan, seed=8))


def test_a_folder_with_other_files_is_refused(plan: WorldPlan, tmp_path: Path) -> None:
    """Nothing is written among a stranger's files, nor over a file."""
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match="thesis"):
        make_world(str(tmp_path), plan)
    with pytest.raises(InputError, match="is a file"):
        make_world(str(tmp_path / "thesis.tex"), plan)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_damaged_world_is_written_again(plan: WorldPlan, tmp_path: Path, tree_hash: Hashes) -> None:
    """A lost picture or a changed text is noticed and mended."""
    small = replace(plan, train=20, test=5, unseen=5, validation=5)
    make_world(str(tmp_path / "w"), small)
    before = tree_hash(tmp_path / "w")
    next((tmp_path / "w/images/test").iterdir()).unlink()
    (tmp_path / "w/captions_test.json").write_text("{}")
    assert make_world(str(tmp_path / "w"), small)
    assert tree_hash(tmp_path / "w") == before


def test_a_killed_run_is_finished_by_the_same_command(tmp_path: Path, tree_hash: Hashes) -> None:
    """Kill -9 while it renders, then the same command: the bytes of an undisturbed run, no leftovers."""
    command = "make-demo {} --train 3000 --validation 5 --test 5 --unseen 5 --size 32 --workers 0"
    program = [sys.executable, "-c", "from structclip_pipeline.cli import main; main()"]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen([*program, *command.format(killed).split()], stderr=subprocess.DEVNULL)
    while not (killed / "images/train").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (killed / "world.json").exists()
    (killed / "images/train/.left.png.1.part").write_text("half a picture")
    for folder in (killed, whole):
        subprocess.run([*program, *command.format(folder).split()], check=True, capture_output=True)
    assert tree_hash(killed) == tree_hash(whole)


def test_captions_are_coco_files_with_ids_of_their_own(plan: WorldPlan, world: Path) -> None:
    """Every file name leads to a picture of the stated size; ids are unique over all files."""
    image_ids, caption_ids = [], []
    for part in PARTS:
        coco = json.loads((world / f"captions_{part}.json").read_text())
        assert len(coco["images"]) == plan.count(part)
        for image in coco["images"]:
            with Image.open(world / "images" / image["file_name"]) as picture:
                assert picture.size == (image["width"], image["height"])
        own = {image["id"] for image in coco["images"]}
        assert {a["image_id"] for a in coco["annotations"]} == own
        image_ids += own
        caption_ids += [a["id"] for a in coco["annotations"]]
    assert len(set(image_ids)) == len(image_ids)
    assert len(set(caption_ids)) == len(caption_ids)


def test_no_unseen_pair_is_named_outside_its_part(world: Path) -> None:
    """Neither captions nor the test benchmark name a held-out pair side by side."""
    pairs = json.loads((world / "world.json").read_text())["unseen_pairs"]
    assert len(pairs) == 8
    texts = "".join((world / f"{name}.json").read_text() for name in ("captions_train", "benchmark_test"))
    assert not [pair for pair in pairs if re.search(rf"\b{pair}", texts)]
    assert any(pair in (world / "captions_unseen.json").read_text() for pair in pairs)


def test_the_benchmark_names_pictures_of_its_part(world: Path) -> None:
    """Every item has its keys, a unique id and a picture."""
    for part in ("test", "unseen"):
        items = json.loads((world / f"benchmark_{part}.json").read_text())
        assert len({item["id"] for item in items}) == len(items)
        for item in items:
            assert set(item) == {"id", "image", "image_id", "split", "kind", "true_caption", "false_caption"}
            assert (world / "images" / item["image"]).is_file()
            assert item["image"].startswith(part)


def test_the_command_reports_and_refuses(tmp_path: Path) -> None:
    """It prints what it made, says when there is nothing to do, and refuses sizes that make no sense."""
    sizes = ["--train", "3", "--validation", "1", "--test", "1", "--unseen", "1", "--workers", "0"]
    first = CliRunner().invoke(pipeline, ["make-demo", str(tmp_path / "w"), *sizes])
    again = CliRunner().invoke(pipeline, ["make-demo", str(tmp_path / "w"), *sizes])
    wrong = CliRunner().invoke(pipeline, ["make-demo", str(tmp_path / "w"), "--train", "-1"])
    assert "6 scenes" in first.output
    assert "nothing to do" in again.output
    assert wrong.exit_code == 2
