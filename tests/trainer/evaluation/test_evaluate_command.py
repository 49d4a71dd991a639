"""structclip-evaluate from end to end on tiny models."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from structclip_schemas.commands import run_command
from structclip_trainer.cli.evaluate import evaluate

WriteDataset = Callable[[Path, str, list[dict[str, Any]]], Path]


def _run(*args: object) -> Result:
    return CliRunner().invoke(evaluate, [str(a) for a in args])


def _json(*args: object) -> dict[str, Any]:
    result = _run(*args, "--json")
    assert result.exit_code == 0, result.output + str(result.exception)
    return json.loads(result.stdout)


def test_a_run_has_plain_fused_and_blind_rows(
    run: Path, benchmark_folder: Path, negatives_folder: Path, images: Path
) -> None:
    """The result has the contract's shape, with steps and seeds from the run."""
    found = _json(
        f"default={run}", "--benchmarks", benchmark_folder, "--retrieval", negatives_folder, "--images", images
    )
    assert (found["steps"], found["seeds"]) == (12, [3])
    rows = found["presets"]["default"]
    assert list(rows) == ["plain", "fused", "blind"]
    wanted = {"swap_attribute", "swap_object", "mean", "micro", "i2t_r1", "t2i_r1", "i2t_r5", "t2i_r5"}
    assert all(set(columns) == wanted for columns in rows.values())
    assert all(0 <= share <= 1 for columns in rows.values() for share in columns.values())
    measure = found["details"]["default"]["runs"][0]["rows"]["plain"]["swap_attribute"]
    assert measure["n"] == 6
    assert measure["low"] <= measure["share"] <= measure["high"]
    assert rows["plain"]["mean"] == pytest.approx((rows["plain"]["swap_attribute"] + rows["plain"]["swap_object"]) / 2)


def test_a_plain_clip_has_no_fused_row(clip_folder: Path, benchmark_folder: Path, images: Path) -> None:
    """Without a KEE there is nothing to fuse."""
    found = _json(clip_folder, "--benchmarks", benchmark_folder, "--images", images)
    assert list(found["presets"]["clip"]) == ["plain", "blind"]


def test_plain_shares_equal_transformers_own_scores(
    run: Path, clip_folder: Path, benchmark_rows: list[dict[str, Any]], benchmark_folder: Path, images: Path
) -> None:
    """The plain row is what CLIPModel, asked one pair at a time, gives."""
    import torch
    from PIL import Image
    from transformers import AutoImageProcessor, AutoTokenizer, CLIPModel

    model = CLIPModel.from_pretrained(clip_folder).eval()
    tokenizer, processor = (kind.from_pretrained(clip_folder) for kind in (AutoTokenizer, AutoImageProcessor))
    right = []
    for row in benchmark_rows:
        texts = [row["caption"], row["negatives"][0]["caption"]]
        pixels = processor(images=[Image.open(images / row["image"]).convert("RGB")], return_tensors="pt")
        with torch.no_grad():
            true, false = model(**tokenizer(texts, padding=True, return_tensors="pt"), **pixels).logits_per_image[0]
        right.append(bool(true > false))
    found = _json(clip_folder, "--benchmarks", benchmark_folder, "--images", images)
    assert found["presets"]["clip"]["plain"]["micro"] == pytest.approx(sum(right) / len(right))


def test_replicas_of_a_label_are_averaged(
    make_run: Callable[[str, int], Path], benchmark_folder: Path, images: Path
) -> None:
    """Two seeds under one label: mean shares, all seeds, and the spread."""
    first, second = make_run("a", 1), make_run("b", 2)
    found = _json(f"x={first}", f"x={second}", "--benchmarks", benchmark_folder, "--images", images)
    runs = found["details"]["x"]["runs"]
    shares = [r["rows"]["plain"]["micro"]["share"] for r in runs]
    assert found["seeds"] == [1, 2]
    assert found["presets"]["x"]["plain"]["micro"] == pytest.approx(sum(shares) / 2)
    assert found["details"]["x"]["spread"]["plain"]["micro"]["max"] == max(shares)


def test_later_benchmarks_are_prefixed(
    clip_folder: Path, benchmark_folder: Path, negatives_folder: Path, images: Path
) -> None:
    """Several folders after one --benchmarks; a negatives dataset is grouped by kind."""
    found = _json(clip_folder, "--benchmarks", benchmark_folder, negatives_folder, "--images", images)
    columns = found["presets"]["clip"]["plain"]
    assert {"swap_attribute", "negatives/swap_attribute", "negatives/mean"} <= set(columns)


def test_complexity_counts_triples(clip_folder: Path, benchmark_folder: Path, images: Path) -> None:
    """All twelve captions have three triples."""
    found = _json(clip_folder, "--benchmarks", benchmark_folder, "--images", images, "--by", "complexity")
    by_complexity = found["details"]["clip"]["runs"][0]["by_complexity"]["plain"]
    assert {c: m["n"] for c, m in by_complexity.items()} == {"3": 12}


def test_the_order_of_rows_changes_nothing(
    run: Path, tmp_path: Path, write_dataset: WriteDataset, benchmark_rows: list[dict[str, Any]], images: Path
) -> None:
    """Every row, the blind one too, is the same for the benchmark backwards and in other batches."""
    forwards = write_dataset(tmp_path / "b", "benchmark", benchmark_rows)
    backwards = write_dataset(tmp_path / "other" / "b", "benchmark", benchmark_rows[::-1])
    one = _json(run, "--benchmarks", forwards, "--images", images)["presets"]
    two = _json(run, "--benchmarks", backwards, "--images", images, "--batch-size", 5)["presets"]
    assert one == two


def test_files_are_the_same_on_every_run(run: Path, benchmark_folder: Path, images: Path, tmp_path: Path) -> None:
    """JSON, PNG and SVG: the same bytes twice, over a torn file of a killed run too; nothing else is left behind."""
    args = [run, "--benchmarks", benchmark_folder, "--images", images]
    written = []
    for attempt in range(2):
        assert _run(*args, "--output", tmp_path / "r.json", "--chart", tmp_path / "r.png").exit_code == 0
        written.append({p.name: p.read_bytes() for p in tmp_path.iterdir()})
        if attempt == 0:
            (tmp_path / "r.json").write_text("{")
    assert written[0] == written[1]
    assert set(written[0]) == {"r.json", "r.png", "r.svg"}


def test_the_table_shows_models_and_percentages(run: Path, benchmark_folder: Path, images: Path) -> None:
    """Rows and groups are on the terminal."""
    result = _run(run, "--benchmarks", benchmark_folder, "--images", images)
    assert result.exit_code == 0
    for word in ("default", "plain", "fused", "blind", "swap attribute", "mean"):
        assert word in result.stdout


def test_one_lost_image_of_many_is_counted(
    clip_folder: Path, tmp_path: Path, write_dataset: WriteDataset, benchmark_rows: list[dict[str, Any]], images: Path
) -> None:
    """Under 1 %: left out with id and reason, the rest is measured."""
    rows = [{**row, "caption_id": f"{i}-{n}"} for n in range(10) for i, row in enumerate(benchmark_rows)]
    rows[7]["image"] = "lost.png"
    folder = write_dataset(tmp_path / "b", "benchmark", rows)
    found = _json(clip_folder, "--benchmarks", folder, "--images", images)
    assert found["left_out"]["b"]["count"] == 1
    assert found["left_out"]["b"]["captions"][0]["caption_id"] == "7-0"
    assert found["left_out"]["b"]["captions"][0]["reason"] == "missing-image"
    assert found["details"]["clip"]["runs"][0]["rows"]["plain"]["micro"]["n"] == 119


def test_many_lost_images_stop_the_evaluation(
    clip_folder: Path, tmp_path: Path, write_dataset: WriteDataset, benchmark_rows: list[dict[str, Any]], images: Path
) -> None:
    """More than 1 %: an error that names the captions."""
    rows = [dict(row) for row in benchmark_rows]
    rows[7]["image"] = "../secret.png"
    folder = write_dataset(tmp_path / "b", "benchmark", rows)
    result = _run(clip_folder, "--benchmarks", folder, "--images", images)
    assert "1 of 12 captions" in str(result.exception)
    assert rows[7]["caption_id"] in str(result.exception)


@pytest.mark.parametrize("wrong", ["model", "benchmark", "images", "device"])
def test_a_mistake_is_answered_without_a_traceback(
    wrong: str,
    clip_folder: Path,
    benchmark_folder: Path,
    images: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2 and one error line that names what was given."""
    given = {"model": clip_folder, "benchmark": benchmark_folder, "images": images, "device": "cpu"}
    given[wrong] = tmp_path / "nothing" if wrong != "device" else "cuda:7"
    args = [
        given["model"],
        "--benchmarks",
        given["benchmark"],
        "--images",
        given["images"],
        "--device",
        given["device"],
    ]
    monkeypatch.setattr("sys.argv", ["structclip-evaluate", *map(str, args)])
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as left:
        run_command(evaluate)
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert str(given[wrong]) in told


def test_two_models_of_one_name_need_labels(make_run: Callable[[str, int], Path], benchmark_folder: Path) -> None:
    """They are not averaged by accident."""
    result = _run(make_run("same", 1), make_run("same", 2), "--benchmarks", benchmark_folder)
    assert result.exit_code == 2
    assert "LABEL=PATH" in result.output


def test_nothing_to_measure_is_a_usage_error(clip_folder: Path) -> None:
    """Neither benchmarks nor retrieval."""
    assert _run(clip_folder).exit_code == 2


def test_weights_that_are_not_finite_are_named(
    make_run: Callable[[str, int], Path], benchmark_folder: Path, images: Path
) -> None:
    """A diverged model is an error (exit 4), not a share of 0."""
    from safetensors.torch import load_file, save_file

    run = make_run("diverged", 1)
    weights = run / "checkpoints" / "step-000000012" / "model.safetensors"
    tensors = load_file(weights)
    tensors["clip.visual_projection.weight"].fill_(float("nan"))
    save_file(tensors, weights, metadata={"format": "pt"})
    result = _run(run, "--benchmarks", benchmark_folder, "--images", images)
    assert getattr(result.exception, "exit_code", None) == 4


def test_images_beside_the_dataset_are_found(
    clip_folder: Path, tmp_path: Path, write_dataset: WriteDataset, benchmark_rows: list[dict[str, Any]], images: Path
) -> None:
    """Without --images the folder images of the dataset is used; without that the message asks for it."""
    folder = write_dataset(tmp_path / "b", "benchmark", benchmark_rows)
    assert "--images ROOT" in str(_run(clip_folder, "--benchmarks", folder).exception)
    shutil.copytree(images, folder / "images")
    assert _run(clip_folder, "--benchmarks", folder).exit_code == 0
