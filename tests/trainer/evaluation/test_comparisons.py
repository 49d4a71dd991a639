"""What datasets ask: comparisons, galleries, and the names of benchmarks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_schemas.dataset import open_dataset
from structclip_schemas.errors import InputError
from structclip_trainer.evaluation.comparisons import (
    Comparison,
    Picture,
    Statement,
    read_comparisons,
    read_gallery,
    without_pictures,
)
from structclip_trainer.evaluation.evaluator import distinct_names
from structclip_trainer.evaluation.pictures import Fault, read_picture
from structclip_trainer.evaluation.scoring import PAIR_COLUMNS, pair_measures, score
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


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 0.5, 1.0])] * 4), min_size=1, max_size=6), st.booleans())
def test_pairs_are_scored_as_winoground_scores_them(quads: list[tuple[float, ...]], one_sided: bool) -> None:
    """Text, image and group by the published inequalities; a pair that lost an image is not counted."""
    texts, images, comparisons = [], [], []
    for number, (s00, s10, s01, s11) in enumerate(quads):
        # caption i on image j is the i-th entry of image j's vector
        images += [[s00, s10], [s01, s11]]
        texts += [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]
        first, second = Statement(f"{number}a", ()), Statement(f"{number}b", ())
        for side, (true, false) in enumerate(((first, second), (second, first))):
            made = Comparison(f"{number}-{side}", Picture(f"{number}-{side}"), "g", true, (false,), pair_id=str(number))
            comparisons.append(made)
    if one_sided:
        comparisons, images, texts = comparisons[:-1], images[:-1], texts[:-2]
        quads = quads[:-1]
    found = pair_measures(comparisons, score(comparisons, np.array(images), np.array(texts)))
    text = [s00 > s10 and s11 > s01 for s00, s10, s01, s11 in quads]
    image = [s00 > s01 and s11 > s10 for s00, s10, s01, s11 in quads]
    both = [t and i for t, i in zip(text, image, strict=True)]
    wanted = [np.mean(x) for x in (text, image, both)] if quads else []
    assert [found[name].share for name in PAIR_COLUMNS if found] == pytest.approx(wanted)


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 0.5, 1.0])] * 3), min_size=1, max_size=6))
def test_every_true_caption_must_beat_every_negative(trials: list[tuple[float, float, float]]) -> None:
    """SugarCrepe++'s image-to-text score: both captions strictly above the negative."""
    comparisons = [
        Comparison(str(n), Picture(str(n)), "g", Statement("a", ()), (Statement("c", ()),), (Statement("b", ()),))
        for n in range(len(trials))
    ]
    texts = np.array([[value] for trial in trials for value in trial])
    outcomes = score(comparisons, np.ones((len(trials), 1)), texts).won()
    assert outcomes.tolist() == [first > third and second > third for first, second, third in trials]


def test_a_benchmarks_positives_and_pairs_are_read(
    tmp_path: Path, write_dataset: Any, benchmark_rows: list[dict[str, Any]]
) -> None:
    """Other positives (hard positives of a negatives dataset) are no part of a comparison."""
    row = {**benchmark_rows[0], "pair_id": "7"}
    asked = {**row["negatives"][0], "caption": "said otherwise"}
    row["positives"] = [asked, {**asked, "kind": "reorder_objects"}]
    (comparison,), _ = read_comparisons(open_dataset(str(write_dataset(tmp_path, "benchmark", [row])), "benchmark"))
    assert [s.text for s in comparison.also_true] == ["said otherwise"] and comparison.pair_id == "7"
