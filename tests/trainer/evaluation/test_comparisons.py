"""What datasets ask: comparisons, galleries, and the names of benchmarks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from structclip_schemas.dataset import open_dataset
from structclip_schemas.errors import InputError
from structclip_trainer.evaluation.comparisons import Picture, read_comparisons, read_gallery, without_pictures
from structclip_trainer.evaluation.evaluator import distinct_names
from structclip_trainer.evaluation.pictures import Fault, read_picture
from structclip_trainer.evaluation.text_table import shown_columns

Rows = list[dict[str, Any]]
WriteDataset = Callable[[Path, str, Rows], Path]


def test_negatives_of_a_benchmark_row_are_one_comparison(
    tmp_path: Path, write_dataset: WriteDataset, benchmark_rows: Rows
) -> None:
    """The true caption has to beat all of them at once."""
    row = {**benchmark_rows[0], "negatives": benchmark_rows[0]["negatives"] * 2}
    (comparison,), _ = read_comparisons(open_dataset(str(write_dataset(tmp_path, "benchmark", [row])), "benchmark"))
    assert (len(comparison.false), comparison.group) == (2, "swap_attribute")


def test_negatives_of_other_kinds_are_comparisons_of_their_own(
    tmp_path: Path, write_dataset: WriteDataset, benchmark_rows: Rows
) -> None:
    """Their kind is their group."""
    negative = benchmark_rows[0]["negatives"][0]
    row = {**benchmark_rows[0], "negatives": [{**negative, "kind": kind} for kind in ("swap_object", "pos_swap")]}
    comparisons, _ = read_comparisons(open_dataset(str(write_dataset(tmp_path, "benchmark", [row])), "benchmark"))
    assert [c.group for c in comparisons] == ["swap_object", "pos_swap"]


def test_a_benchmark_without_groups_is_grouped_by_its_name(
    tmp_path: Path, write_dataset: WriteDataset, benchmark_rows: Rows
) -> None:
    """The part of the kind after the colon."""
    row = {**benchmark_rows[0], "group": None}
    (comparison,), _ = read_comparisons(open_dataset(str(write_dataset(tmp_path, "benchmark", [row])), "benchmark"))
    assert comparison.group == "demo"


def test_a_row_without_an_image_is_left_out_with_its_id(
    tmp_path: Path, write_dataset: WriteDataset, benchmark_rows: Rows
) -> None:
    """It is listed, not skipped."""
    row = {**benchmark_rows[0], "image": None}
    comparisons, (left_out,) = read_comparisons(
        open_dataset(str(write_dataset(tmp_path, "benchmark", [row])), "benchmark")
    )
    assert comparisons == []
    assert (left_out.caption_id, left_out.reason) == (row["caption_id"], "missing-image")


def test_captions_of_one_image_id_share_an_image(negatives_folder: Path) -> None:
    """24 captions of twelve images."""
    gallery, _ = read_gallery(open_dataset(str(negatives_folder), "negatives"))
    assert (len(gallery.captions), len(gallery.pictures)) == (24, 12)
    assert gallery.owner == tuple(i // 2 for i in range(24))


def test_a_gallery_loses_pictures_with_their_captions(negatives_folder: Path) -> None:
    """Owners are renumbered."""
    gallery, _ = read_gallery(open_dataset(str(negatives_folder), "negatives"))
    less = without_pictures(gallery, {gallery.pictures[0], gallery.pictures[5]})
    kept = [gallery.pictures[o] for o in gallery.owner if o not in (0, 5)]
    assert [less.pictures[o] for o in less.owner] == kept


def test_a_crop_is_cut_out(images: Path) -> None:
    """The right half of red-blue is blue."""
    image = read_picture(str(images), Picture("red-blue.png", (16, 0, 16, 32)))
    assert image.getcolors() == [(512, (0, 0, 255))]


@pytest.mark.parametrize("crop", [(20, 0, 16, 32), (-1, 0, 4, 4), (0, 0, 0, 4)])
def test_a_crop_outside_its_image_is_a_fault(images: Path, crop: tuple[int, int, int, int]) -> None:
    """Never padded with black."""
    assert isinstance(read_picture(str(images), Picture("red-blue.png", crop)), Fault)


def test_benchmarks_of_one_name_are_told_apart_by_their_parents() -> None:
    """As many parents as needed; the very same folder twice is a mistake."""
    assert distinct_names(["x/a/test", "x/b/test/"]) == ["a/test", "b/test"]
    with pytest.raises(InputError, match="twice"):
        distinct_names(["a/test", "a/test"])


def test_wide_results_show_means_first() -> None:
    """Hundreds of groups do not fit a terminal; the JSON has them."""
    assert shown_columns([*(f"group {i}" for i in range(50)), "mean", "micro", "i2t_r1"]) == ["mean", "i2t_r1"]
    assert shown_columns(["a", "mean", "micro", "i2t_r1", "i2t_r5"]) == ["a", "mean", "micro", "i2t_r1", "i2t_r5"]
