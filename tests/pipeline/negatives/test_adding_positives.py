"""Hard positives put into rows of negatives."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from structclip_pipeline.negatives.adding_positives import add_positives
from structclip_pipeline.negatives.making import Made, negatives_row
from structclip_pipeline.negatives.positives import examine_positives
from structclip_schemas.graph import SceneGraph
from structclip_schemas.tables import row_from_record
from structclip_schemas.variant import CaptionRecord, Variant

Scene = Callable[..., SceneGraph]


def _row(scene: Scene, negatives: list[Variant]) -> dict[str, Any]:
    caption = "a cat and a dog"
    graph = scene(caption, ["a *cat*", "a *dog*"])
    return negatives_row(row_from_record(CaptionRecord("7", None, None, None, caption, graph, "stub 1 0")), negatives)


def test_a_positive_in_the_words_of_a_negative_is_left_out_and_counted(scene: Scene) -> None:
    """Variants of a caption never share their words, whichever kind they are of."""
    row = _row(scene, [])
    (positive,) = examine_positives(row["caption"], scene(row["caption"], ["a *cat*", "a *dog*"])).variants
    clash = Made([{**row, "negatives": [asdict(positive)]}], Counter(), Counter(cut=0))
    made = add_positives(clash, 0, "off", None, None)
    assert made.rows[0]["positives"] == []
    assert made.counts == {
        "cut": 0,
        "positive_candidates": 1,
        "positive_as_negative": 1,
        "positives": 0,
        "captions_with_positive": 0,
    }


def test_nothing_is_changed_but_the_positives(scene: Scene) -> None:
    """Every other column and count is passed on."""
    row = _row(scene, [])
    made = add_positives(Made([row], Counter({"no-pair": 1}), Counter(negatives=0)), 0, "off", None, None)
    assert {k: v for k, v in made.rows[0].items() if k != "positives"} == {
        k: v for k, v in row.items() if k != "positives"
    }
    assert [v["caption"] for v in made.rows[0]["positives"]] == ["a dog and a cat"]
    assert made.without_negative == {"no-pair": 1}
