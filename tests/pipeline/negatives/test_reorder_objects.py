"""Coordinated objects in another order, on captions of COCO with graphs written by hand."""

from collections.abc import Callable

import pytest

from structclip_pipeline.negatives.candidates import build_variant
from structclip_pipeline.negatives.exchange import Exchange, Refusal
from structclip_pipeline.negatives.reorder_objects import reorder_objects
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]
Links = list[tuple[str, ...]]


def _made(caption: str, graph: SceneGraph) -> list[str]:
    return [build_variant(caption, o).caption for o in reorder_objects(caption, graph) if isinstance(o, Exchange)]


def _reasons(caption: str, graph: SceneGraph) -> list[str]:
    return [o.reason for o in reorder_objects(caption, graph) if isinstance(o, Refusal)]


@pytest.mark.parametrize(
    ("caption", "phrases", "relations", "wanted"),
    [
        ("a cat and a dog", ["a *cat*", "a *dog*"], [], "a dog and a cat"),
        ("A couch and ottoman are shown.", ["A *couch*", "*ottoman*"], [], "An ottoman and couch are shown."),
        ("A giraffe and zebra.", ["A *giraffe*", "*zebra*"], [], "A zebra and giraffe."),
        ("A group of men and women.", ["A group of *men*", "*women*"], [], "A group of women and men."),
        (
            "A kitchen with a table and chairs.",
            ["A *kitchen*", "a *table*", "*chairs*"],
            [("kitchen", "with", "table"), ("kitchen", "with", "chairs")],
            "A kitchen with chairs and a table.",
        ),
        (
            "A man and a boy are sitting on a bench.",
            ["A *man*", "a *boy*", "a *bench*"],
            [("man", "sitting on", "bench", "sit on"), ("boy", "sitting on", "bench", "sit on")],
            "A boy and a man are sitting on a bench.",
        ),
        (
            "A cup of coffee and a doughnut on a table.",
            ["A *cup*", "*coffee*", "a *doughnut*", "a *table*"],
            [("cup", "on", "table"), ("doughnut", "on", "table")],
            "A doughnut and a cup of coffee on a table.",
        ),
        ("There is a bath tub and a toilet.", ["a *bath tub*", "a *toilet*"], [], "There is a toilet and a bath tub."),
    ],
)  # fmt: skip
def test_coordinated_objects_change_places(
    scene: Scene, caption: str, phrases: list[str], relations: Links, wanted: str
) -> None:
    """Whole phrases change places; an article that stands for both stays."""
    graph = scene(caption, phrases, [], relations)
    assert _made(caption, graph) == [wanted]


def test_any_member_of_a_list_changes_places_with_the_last(scene: Scene) -> None:
    """A list of three gives two variants."""
    caption = "A park with benches, a lamppost, and trees."
    phrases = ["A *park*", "*benches*", "a *lamppost*", "*trees*"]
    graph = scene(caption, phrases, [], [("park", "with", noun) for noun in ("benches", "lamppost", "trees")])
    assert _made(caption, graph) == [
        "A park with trees, a lamppost, and benches.",
        "A park with benches, trees, and a lamppost.",
    ]


@pytest.mark.parametrize(
    ("caption", "phrases", "relations", "reason"),
    [
        ("A man and his dog", ["A *man*", "his *dog*"], [], "possessive"),
        ("A man and another man", ["A *man*", "another *man*"], [], "comparison"),
        ("white plates and cups", ["white *plates*", "*cups*"], [], "determiner"),
        ("There is a cat and two dogs", ["a *cat*", "two *dogs*"], [], "number"),
        (
            "A man is riding a horse and a woman is walking",
            ["A *man*", "a *horse*", "a *woman*"],
            [("man", "riding", "horse", "ride")],
            "not-parallel",
        ),
        (
            "a table and a chair with a cushion",
            ["a *table*", "a *chair*", "a *cushion*"],
            [("chair", "with", "cushion")],
            "not-parallel",
        ),
        (
            "a cat and a dog with a collar",
            ["a *cat*", "a *dog*", "a *collar*"],
            [("cat", "with", "collar"), ("dog", "with", "collar")],
            "behind",
        ),
        (
            "A train and a man riding a bicycle",
            ["A *train*", "a *man*", "a *bicycle*"],
            [("train", "riding", "bicycle", "ride"), ("man", "riding", "bicycle", "ride")],
            "behind",
        ),
        ("small figures of a man and a horse", ["small *figures*", "a *man*", "a *horse*"], [], "complement"),
        (
            "A boy rides on a skateboard and smiles",
            ["A *boy*", "a *skateboard*", "*smiles*"],
            [("boy", "rides on", "skateboard", "ride on"), ("boy", "rides on", "smiles", "ride on")],
            "verb",
        ),
    ],
)
def test_objects_stay_where_one_alone_is_described(
    scene: Scene, caption: str, phrases: list[str], relations: Links, reason: str
) -> None:
    """What hangs on one by standing beside it, agrees with it, or refers to it keeps the order."""
    graph = scene(caption, phrases, [], relations)
    assert reason in _reasons(caption, graph)
    assert _made(caption, graph) == []


def test_the_graph_stays_as_it_is(scene: Scene) -> None:
    """Every triple keeps its objects and its place."""
    caption = "a cat and a dog on a mat"
    graph = scene(caption, ["a *cat*", "a *dog*", "a *mat*"], [], [("cat", "on", "mat"), ("dog", "on", "mat")])
    (outcome,) = reorder_objects(caption, graph)
    assert isinstance(outcome, Exchange)
    assert build_variant(caption, outcome).caption == "a dog and a cat on a mat"
    assert outcome.triples == graph.triples()
