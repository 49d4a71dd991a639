"""Attributes stated behind their noun or named before it, on captions of COCO with graphs written by hand."""

from collections.abc import Callable

import pytest

from structclip_pipeline.negatives.candidates import build_variant
from structclip_pipeline.negatives.exchange import Exchange, Refusal
from structclip_pipeline.negatives.move_attribute import move_attributes
from structclip_schemas.edits import undo_edits
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]
Links = list[tuple[str, ...]]


def _made(caption: str, graph: SceneGraph) -> list[str]:
    return [build_variant(caption, o).caption for o in move_attributes(caption, graph) if isinstance(o, Exchange)]


def _reasons(caption: str, graph: SceneGraph) -> set[str]:
    return {o.reason for o in move_attributes(caption, graph) if isinstance(o, Refusal)}


@pytest.mark.parametrize(
    ("caption", "phrases", "attributes", "relations", "wanted"),
    [
        (
            "A person walks in a white shirt.",
            ["A *person*", "a white *shirt*"],
            [("shirt", "white")],
            [("person", "walks in", "shirt", "walk in")],
            ["A person walks in a shirt that is white."],
        ),
        (
            "We look at two young women",
            ["two young *women*"],
            [("women", "two", "2"), ("women", "young")],
            [],
            ["We look at two women who are young"],
        ),
        (
            "a bear next to an orange disc",
            ["a *bear*", "an orange *disc*"],
            [("disc", "orange")],
            [("bear", "next to", "disc")],
            ["a bear next to a disc that is orange"],
        ),
        (
            "Wooden spoons are lined up on a table",
            ["Wooden *spoons*", "a *table*"],
            [("spoons", "Wooden", "wooden")],
            [("spoons", "lined up on", "table", "line up on")],
            ["Spoons that are wooden are lined up on a table"],
        ),
        (
            "A black and white cat is lying on a pillow.",
            ["A black and white *cat*", "a *pillow*"],
            [("cat", "black"), ("cat", "white")],
            [("cat", "lying on", "pillow", "lie on")],
            ["A cat that is black and white is lying on a pillow."],
        ),
        (
            "An old dog lying in front of a bookcase.",
            ["An old *dog*", "a *bookcase*"],
            [("dog", "old")],
            [("dog", "lying in front of", "bookcase", "lie in front of")],
            ["A dog lying in front of a bookcase is old."],
        ),
        (
            "Two brown horses in a field",
            ["Two brown *horses*", "a *field*"],
            [("horses", "Two", "2"), ("horses", "brown")],
            [("horses", "in", "field")],
            ["Two horses in a field are brown"],
        ),
        (
            "A bus that is empty on the street.",
            ["A *bus*", "the *street*"],
            [("bus", "empty")],
            [("bus", "on", "street")],
            ["An empty bus on the street."],
        ),
        ("The dog is brown.", ["The *dog*"], [("dog", "brown")], [], ["The brown dog."]),
        ("Dogs that are brown", ["*Dogs*"], [("Dogs", "brown")], [], ["Brown dogs"]),
    ],
)
def test_an_attribute_changes_its_place(
    scene: Scene, caption: str, phrases: list[str], attributes: Links, relations: Links, wanted: list[str]
) -> None:
    """A clause, a sentence or a place before the noun says the same; articles, capitals and verbs agree."""
    graph = scene(caption, phrases, attributes, relations)
    assert _made(caption, graph) == wanted


@pytest.mark.parametrize(
    ("caption", "phrases", "attributes", "reason"),
    [
        ("a glass of orange juice", ["orange *juice*"], [("juice", "orange")], "not-statable"),
        ("a boat on open water", ["a *boat*", "open *water*"], [("water", "open")], "not-statable"),
        ("a view of a little boy", ["a little *boy*"], [("boy", "little")], "not-statable"),
        ("a man in his white shirt", ["a *man*", "his white *shirt*"], [("shirt", "white")], "determiner"),
        ("a look at a tall wine glass", ["a tall wine *glass*"], [("glass", "tall")], "compound"),
        ("a field of very tall grass", ["very tall *grass*"], [("grass", "tall")], "compound"),
        ("red lined boats", ["red lined *boats*"], [("boats", "red"), ("boats", "lined")], "bound-word"),
        ("a man with a hat and a white shirt", ["a *hat*", "a white *shirt*"], [("shirt", "white")], "clause"),
        ("Black cat laying on a pillow", ["Black *cat*", "a *pillow*"], [("cat", "Black", "black")], "no-fragment"),
        ("A black cat sat on a pillow", ["A black *cat*", "a *pillow*"], [("cat", "black")], "no-fragment"),
        ("A woman gets a cake that is blue", ["A *woman*", "a *cake*"], [("woman", "blue")], "clause"),
    ],
)  # fmt: skip
def test_attributes_stay_where_the_meaning_or_the_english_would_suffer(
    scene: Scene, caption: str, phrases: list[str], attributes: Links, reason: str
) -> None:
    """Kinds of thing, bound words, owners, other parts of an "and" and finite verbs stand in the way."""
    graph = scene(caption, phrases, attributes)
    assert _made(caption, graph) == []
    assert reason in _reasons(caption, graph)


def test_the_graph_stays_and_nothing_is_exchanged(scene: Scene) -> None:
    """The triples are the caption's, both elements are null, and the edits are a deletion and an insertion."""
    caption = "A person walks in a white shirt."
    graph = scene(caption, ["A *person*", "a white *shirt*"], [("shirt", "white")])
    outcome = next(o for o in move_attributes(caption, graph) if isinstance(o, Exchange))
    variant = build_variant(caption, outcome)
    assert variant.triples == graph.triples()
    assert (variant.left, variant.right) == (None, None)
    assert [(e.before, e.after) for e in variant.edits] == [("white ", ""), ("", " that is white")]
    assert undo_edits(variant.caption, variant.edits) == caption
