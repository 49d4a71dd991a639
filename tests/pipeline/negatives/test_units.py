"""Units of a caption: short, grammatical, made of its slices."""

from collections.abc import Callable
from typing import Any

import pytest

from structclip_pipeline.negatives.units import UnitText, read_units
from structclip_pipeline.unit_faults import spell_parts
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]
CUP: tuple[Any, ...] = (
    "A red cup and a plate stand on a blue table.",
    ["A red *cup*", "a *plate*", "a blue *table*"],
    [("cup", "red"), ("table", "blue")],
    [("cup", "stand on", "table"), ("plate", "stand on", "table")],
)


def _read(scene: Scene, *case: Any) -> tuple[list[str], dict[str, int]]:
    units, refused = read_units(case[0], scene(*case))
    return [unit.text for unit in units], dict(refused)


def test_an_object_stands_with_its_attributes(scene: Scene) -> None:
    """Objects without attributes make none."""
    assert _read(scene, *CUP)[0] == ["A red cup", "a blue table"]


def test_a_plural_verb_of_two_subjects_is_said_of_neither_alone(scene: Scene) -> None:
    """No "a plate stand on a blue table"."""
    assert _read(scene, *CUP)[1] == {"agreement": 2}


def test_a_relation_is_said_by_head_predicate_and_tail(scene: Scene) -> None:
    """What stands between them in the caption is left out; triples are those of the words that stay."""
    caption = "A man in a hat is riding a brown horse."
    graph = scene(
        caption,
        ["A *man*", "a *hat*", "a brown *horse*"],
        [("horse", "brown")],
        [("man", "in", "hat", "wear"), ("man", "riding", "horse", "ride")],
    )
    units, _ = read_units(caption, graph)
    assert [unit.text for unit in units] == ["a brown horse", "A man in a hat", "A man riding a brown horse"]
    assert [spell_parts(caption, unit.parts) for unit in units] == [unit.text for unit in units]
    said = units[2].triples(graph.triples())
    assert [t.lemmas for t in said] == [("man", "ride", "horse"), ("horse", "is", "brown")]
    assert [(t.head_object, t.tail_object) for t in said] == [(0, 2), (2, None)]
    assert units[2].objects == (0, 2)


def test_a_wrong_article_of_the_caption_is_repaired(scene: Scene) -> None:
    """The unit's own offsets follow."""
    caption = "A orange cup on a table."
    graph = scene(caption, ["A orange *cup*", "a *table*"], [("cup", "orange")], [("cup", "on", "table")])
    (cup, _) = _units(caption, graph)
    assert cup.text == "An orange cup"
    assert cup.text[cup.graph.attributes[0].start : cup.graph.attributes[0].end] == "orange"


def _units(caption: str, graph: SceneGraph) -> list[UnitText]:
    """The units; the caption ends with a mark, so it is given more words to differ from them."""
    return read_units(f"{caption} Here", graph)[0]


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (("It on a bench", ["*It*", "a *bench*"], [], [("It", "on", "bench")]), "pronoun"),
        (("a man in the background", ["a *man*", "the *background*"], [], [("man", "in", "background")]), "placeless"),
        (
            ("a dog and cat on a bed", ["a *dog*", "*cat*", "a *bed*"], [], [("cat", "on", "bed")]),
            "bare-conjunct",
        ),
        (
            ("men trying to hit a ball", ["*men*", "a *ball*"], [], [("men", "hit", "ball")]),
            "infinitive",
        ),
        (
            ("on the table is a cup", ["the *table*", "a *cup*"], [], [("cup", "on", "table")]),
            "another-order",
        ),
        (("a dog with no collar", ["a *dog*", "no *collar*"], [], [("dog", "with", "collar")]), "negated"),
        (("a women on a bed", ["a *women*", "a *bed*"], [], [("women", "on", "bed")]), "noun-number"),
        (("a man on a horse.", ["a *man*", "a *horse*"], [], [("man", "on", "horse")]), "whole-caption"),
        (("a group of red cups", ["a group of red *cups*"], [("cups", "group of")], []), "no-attribute-in-phrase"),
        (
            (
                "A cow stands in the back of a truck.",
                ["A *cow*", "a *truck*"],
                [],
                [("cow", "stands", "truck", "stand in back of")],
            ),
            "gapped-predicate",
        ),
    ],
)
def test_what_cannot_stand_alone_is_counted_with_its_reason(scene: Scene, case: tuple[Any, ...], reason: str) -> None:
    """And makes no unit."""
    assert _read(scene, *case) == ([], {reason: 1})


def test_a_unit_is_made_once(scene: Scene) -> None:
    """Two mentions in the same words are one unit."""
    caption = "a red cup beside a red cup"
    graph = scene(caption, ["a red *cup*", "a red *cup*"], [("cup", "red")], [])
    second = SceneGraph.ordered(
        list(graph.objects),
        [*graph.attributes, type(graph.attributes[0])(1, "red", "red", 19, 22)],
        [],
    )
    units, refused = read_units(caption, second)
    assert [unit.text for unit in units] == ["a red cup"]
    assert refused == {"repeated": 1}
