"""Counts that change places: articles, numbers, collectives, bare plurals, on captions of COCO."""

from collections.abc import Callable

import pytest

from structclip_pipeline.negatives.candidates import examine, swap_candidates
from structclip_pipeline.negatives.quantities import count_of
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]
Case = tuple[str, list[str], list[tuple[str, ...]], list[tuple[str, ...]]]

CITY: Case = (
    "A city with many people waiting for a train.",
    ["A *city*", "many *people*", "a *train*"],
    [("people", "many")],
    [("city", "with", "people"), ("people", "waiting for", "train", "wait for")],
)
GROUP: Case = (
    "A group of people stand near a fence",
    ["A group of *people*", "a *fence*"],
    [("people", "group of")],
    [("people", "stand near", "fence")],
)
BARE: Case = (
    "Vegetables are displayed in a wooden barrel.",
    ["*Vegetables*", "a wooden *barrel*"],
    [("barrel", "wooden")],
    [("Vegetables", "displayed in", "barrel", "display in")],
)
DRAWERS: Case = (
    "A kitchen with drawers and an oven",
    ["A *kitchen*", "*drawers*", "an *oven*"],
    [],
    [("kitchen", "with", "drawers"), ("kitchen", "with", "oven")],
)


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        (CITY, {"Many cities with a person waiting for a train.", "A city with a person waiting for many trains."}),
        (GROUP, {"A person stands near a group of fences"}),
        (BARE, {"A vegetable is displayed in wooden barrels."}),
        (DRAWERS, {"A kitchen with a drawer and ovens"}),
    ],
    ids=lambda value: value[0][:12] if isinstance(value, tuple) else "",
)
def test_what_counts_changes_places(scene: Scene, case: Case, wanted: set[str]) -> None:
    """Articles, numbers, collectives and their absence are exchanged; nouns, verbs and capitals follow."""
    made = swap_candidates(case[0], scene(*case), ["swap_object"])
    assert {v.caption for v in made if v.rule.startswith("swap-object-count")} == wanted


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (
            (
                "Two people in helmets sitting on a motorcycle",
                ["Two *people*", "*helmets*", "a *motorcycle*"],
                [("people", "Two", "2")],
                [("people", "in", "helmets"), ("people", "sitting on", "motorcycle", "sit on")],
            ),
            "shared-plural",
        ),
        (
            (
                "A boy in a straw hat sits with two stuffed bears.",
                ["A *boy*", "a straw *hat*", "two stuffed *bears*"],
                [("hat", "straw"), ("bears", "two", "2"), ("bears", "stuffed")],
                [("boy", "in", "hat"), ("boy", "sits with", "bears", "sit with")],
            ),
            "shared-plural",
        ),
        (
            (
                "A train traveling between two mountains",
                ["A *train*", "two *mountains*"],
                [("mountains", "two", "2")],
                [("train", "traveling between", "mountains", "travel between")],
            ),
            "between",
        ),
        (
            (
                "A bathroom with a sink and mirror and tissues",
                ["A *bathroom*", "a *sink*", "*mirror*", "*tissues*"],
                [],
                [("bathroom", "with", "sink"), ("bathroom", "with", "mirror"), ("bathroom", "with", "tissues")],
            ),
            "coordination",
        ),
        (
            ("A cup and other vegetables", ["A *cup*", "other *vegetables*"], [("vegetables", "other")], []),
            "determiner",
        ),
        (
            (
                "Two girls are each carrying an umbrella",
                ["Two *girls*", "an *umbrella*"],
                [("girls", "Two", "2")],
                [("girls", "carrying", "umbrella", "carry")],
            ),
            "reciprocal",
        ),
    ],
)
def test_what_another_number_would_break_is_named(scene: Scene, case: Case, reason: str) -> None:
    """Counts stay where something else goes with them."""
    assert reason in examine(case[0], scene(*case), ["swap_object"]).refusals


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("several", "many", True),
        ("a couple of", "two", True),
        ("a group of", "lots of", True),
        ("two", "several", False),
    ],
)
def test_openings_that_say_as_many_are_alike(first: str, second: str, alike: bool) -> None:
    """Vague counts are one, a couple is two."""
    assert (count_of(first) == count_of(second)) is alike
