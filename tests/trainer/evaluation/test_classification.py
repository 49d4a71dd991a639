"""Zero-shot classification: classes read from folders and datasets, scores against slow loops, the command's rows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from structclip_schemas.errors import InputError
from structclip_trainer.cli.evaluate import evaluate
from structclip_trainer.evaluation.classification import read_image_folder, read_templates
from structclip_trainer.evaluation.classifying import class_embeddings, class_ranks, classification_measures

COLOURS = ("red", "blue", "green", "white", "black", "dark_red", "gray")
coarse = st.sampled_from([-1.0, 0.0, 0.5, 1.0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Seven classes with two pictures each, and files that are none."""
    for colour in COLOURS:
        (tmp_path / "classes" / colour).mkdir(parents=True)
        for number in range(2):
            picture = Image.new("RGB", (32, 32), colour.replace("_", ""))
            picture.save(tmp_path / "classes" / colour / f"{number}.png")
    (tmp_path / "classes/red/notes.txt").write_text("no picture")
    (tmp_path / "classes/.hidden").mkdir()
    (tmp_path / "classes/README").write_text("no class")
    return tmp_path / "classes"


def _json(*args: object) -> dict[str, Any]:
    result = CliRunner().invoke(evaluate, [*map(str, args), "--json"])
    assert result.exit_code == 0, result.output + str(result.exception)
    return json.loads(result.stdout)


def test_a_folder_of_folders_is_classes_in_order_of_their_names(folder: Path) -> None:
    """Underscores are spaces, other files and hidden folders are none, every template gives a prompt."""
    classes = read_image_folder(str(folder), ("a {class}.", "{} {c}"))
    assert classes.names == ("black", "blue", "dark red", "gray", "green", "red", "white")
    assert [p.text for p in classes.prompts[2]] == ["a dark red.", "dark red dark red"]
    assert [p.path for p in classes.pictures[:3]] == ["black/0.png", "black/1.png", "blue/0.png"]
    assert classes.owner == tuple(i // 2 for i in range(14))


def test_a_file_beside_the_folders_names_them(folder: Path) -> None:
    """As ImageNet's numbered folders need it."""
    (folder / "classes.tsv").write_text("red\tcrimson {c}\n\n")
    assert read_image_folder(str(folder)).prompts[5][0].text == "a photo of a crimson {c}."
    (folder / "classes.tsv").write_text("red crimson\n")
    with pytest.raises(InputError, match="line 1"):
        read_image_folder(str(folder))


@pytest.mark.parametrize("make", [lambda root: None, lambda root: (root / "a").mkdir()])
def test_a_folder_without_classes_is_an_input_error(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Nothing in it, or one class only."""
    make(tmp_path)
    with pytest.raises(InputError, match="at least two classes"):
        read_image_folder(str(tmp_path))


@pytest.mark.parametrize(("text", "message"), [("", "no line"), ("a photo\n", "without a place"), (None, "no such")])
def test_templates_must_have_a_place_for_the_name(tmp_path: Path, text: str | None, message: str) -> None:
    """The file is named."""
    if text is not None:
        (tmp_path / "t.txt").write_text(text)
    with pytest.raises(InputError, match=message):
        read_templates(str(tmp_path / "t.txt"))


@given(st.data(), st.integers(1, 7), st.integers(2, 8))
def test_ranks_and_measures_equal_a_loop(data: st.DataObject, images: int, classes: int) -> None:
    """Ties lose; top-5 only where there are more than five classes."""
    pictures = data.draw(arrays(np.float32, (images, 3), elements=coarse))
    texts = data.draw(arrays(np.float32, (classes, 3), elements=coarse))
    owner = np.array(data.draw(st.lists(st.integers(0, classes - 1), min_size=images, max_size=images)))
    scores = pictures @ texts.T
    ranks = [sum(not s < scores[i][owner[i]] for s in scores[i]) - 1 for i in range(images)]
    assert class_ranks(scores, owner).tolist() == ranks
    found = classification_measures(pictures, texts, owner)
    assert found["top1"].share == pytest.approx(sum(r < 1 for r in ranks) / images)
    assert ("top5" in found) == (classes > 5)
    if classes > 5:
        assert found["top5"].share == pytest.approx(sum(r < 5 for r in ranks) / images)
    per_class = [np.mean([r < 1 for r, o in zip(ranks, owner, strict=True) if o == c]) for c in set(owner.tolist())]
    assert found["class_mean"].share == pytest.approx(np.mean(per_class))


def test_a_class_is_the_mean_direction_of_its_prompts() -> None:
    """However long the prompts' vectors are."""
    prompts = np.array([[2.0, 0.0], [0.0, 5.0], [0.0, -3.0]], np.float32)
    assert class_embeddings(prompts, [2, 1]) == pytest.approx(np.array([[0.5**0.5, 0.5**0.5], [0.0, -1.0]]))


def test_top1_equals_transformers_own_scores(clip_folder: Path, folder: Path) -> None:
    """The plain row is what CLIPModel gives for the prompts, one image at a time."""
    import torch
    from transformers import AutoImageProcessor, AutoTokenizer, CLIPModel

    model = CLIPModel.from_pretrained(clip_folder).eval()
    tokenizer, processor = (kind.from_pretrained(clip_folder) for kind in (AutoTokenizer, AutoImageProcessor))
    names = sorted(COLOURS)
    texts = tokenizer([f"a photo of a {n.replace('_', ' ')}." for n in names], padding=True, return_tensors="pt")
    right = []
    for path in sorted(folder.glob("*/*.png")):
        pixels = processor(images=[Image.open(path).convert("RGB")], return_tensors="pt")
        with torch.no_grad():
            right.append(names[int(model(**texts, **pixels).logits_per_image[0].argmax())] == path.parent.name)
    found = _json(clip_folder, "--classification", folder)
    plain = found["presets"]["clip"]["plain"]
    assert list(plain) == ["top1", "top5", "class_mean"]
    assert plain["top1"] == pytest.approx(np.mean(right))
    assert found["details"]["clip"]["runs"][0]["rows"]["plain"]["top1"]["n"] == 14


def test_classes_stand_beside_benchmarks_in_every_row(
    run: Path, benchmark_folder: Path, images: Path, folder: Path, tmp_path: Path
) -> None:
    """A prompt without triples is the same plain and fused; a blind model is right for one class at most."""
    chart = tmp_path / "chart"
    found = _json(
        *(f"x={run}", "--benchmarks", benchmark_folder, "--images", images),
        *("--classification", folder, "--chart", chart),
    )
    rows = found["presets"]["x"]
    assert rows["plain"]["top1"] == rows["fused"]["top1"]
    assert rows["blind"]["top1"] <= 1 / 7 + 1e-9
    assert all({"swap_attribute", "top1", "top5"} <= set(columns) for columns in rows.values())
    assert chart.with_suffix(".svg").exists()


def test_a_dataset_of_prompts_brings_its_triples(
    run: Path, images: Path, tmp_path: Path, write_dataset: Any, benchmark_rows: list[dict[str, Any]]
) -> None:
    """Each distinct caption is a class; one image with two captions is no classification."""
    rows = [{**row, "negatives": []} for row in benchmark_rows]
    where = write_dataset(tmp_path / "prompts", "negatives", rows)
    found = _json(f"x={run}", "--classification", where, "--images", images)
    assert found["details"]["x"]["runs"][0]["rows"]["fused"]["top1"]["n"] == 12
    both = [rows[0], {**rows[1], "image": rows[0]["image"], "image_id": rows[0]["image_id"]}]
    result = CliRunner().invoke(
        evaluate,
        [str(run), "--classification", str(write_dataset(tmp_path / "b", "negatives", both)), "--images", str(images)],
    )
    assert "several captions" in str(result.exception)


def test_broken_pictures_are_left_out_or_stop_the_evaluation(clip_folder: Path, folder: Path) -> None:
    """One of fourteen is too many; one of 101 is left out with its reason."""
    (folder / "red/broken.png").write_text("no picture")
    result = CliRunner().invoke(evaluate, [str(clip_folder), "--classification", str(folder)])
    assert "1 of 15 images cannot be used" in str(result.exception) and "red/broken.png" in str(result.exception)
    for number in range(100):
        (folder / f"blue/more{number}.png").write_bytes((folder / "blue/0.png").read_bytes())
    left_out = _json(clip_folder, "--classification", folder)["left_out"]["classification"]
    assert left_out["count"] == 1 and left_out["captions"][0]["reason"] == "unreadable-image"


def test_templates_are_asked_for_and_wanted_with_folders_only(clip_folder: Path, folder: Path, tmp_path: Path) -> None:
    """Another prompt may give another figure; without classes they are a mistake."""
    (tmp_path / "t.txt").write_text("a {c}\nthe {c}\n")
    _json(clip_folder, "--classification", folder, "--templates", tmp_path / "t.txt")
    result = CliRunner().invoke(evaluate, [str(clip_folder), "--retrieval", str(folder), "--templates", "t.txt"])
    assert result.exit_code != 0
