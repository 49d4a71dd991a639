"""Attributes of one object in another order, on captions of COCO with graphs written by hand."""

from collections.abc import Callable

import pytest

from structclip_pipeline.negatives.candidates import build_variant
from structclip_pipeline.negatives.exchange import Exchange, Refusal
from structclip_pipeline.negatives.reorder_attributes import reorder_attributes
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]


def _made(caption: str, graph: SceneGraph) -> list[str]:
    return [build_variant(caption, o).caption for o in reorder_attributes(caption, graph) if isinstance(o, Exchange)]


def _reasons(caption: str, graph: SceneGraph) -> list[str]:
    return [o.reason for o in reorder_attributes(caption, graph) if isinstance(o, Refusal)]


@pytest.mark.parametrize(
    ("caption", "phrase", "words", "wanted"),
    [
        ("A brown and white dog.", "A brown and white *dog*", ["brown", "white"], ["A white and brown dog."]),
        ("Black and white cats", "Black and white *cats*", ["Black", "white"], ["White and black cats"]),
        ("An orange and white cat", "An orange and white *cat*", ["orange", "white"], ["A white and orange cat"]),
        ("A plate, a tall, thin bird", "a tall, thin *bird*", ["tall", "thin"], ["A plate, a thin, tall bird"]),
        ("The room is clean and tidy.", "The *room*", ["clean", "tidy"], ["The room is tidy and clean."]),
    ],
)  # fmt: skip
def test_listed_attributes_change_places(
    scene: Scene, caption: str, phrase: str, words: list[str], wanted: list[str]
) -> None:
    """What "and" or a comma joins is said in the other order; capitals and articles follow."""
    noun = phrase.split("*")[1]
    graph = scene(caption, [phrase], [(noun, word, word.lower()) for word in words])
    assert _made(caption, graph) == wanted


def test_of_three_any_two_change_places(scene: Scene) -> None:
    """A list of three colours has three other orders by one exchange."""
    caption = "A red, grey and white airplane passes overhead."
    graph = scene(caption, ["A red, grey and white *airplane*"], [("airplane", w) for w in ("red", "grey", "white")])
    assert _made(caption, graph) == [
        "A grey, red and white airplane passes overhead.",
        "A white, grey and red airplane passes overhead.",
        "A red, white and grey airplane passes overhead.",
    ]


@pytest.mark.parametrize(
    ("caption", "phrase", "words", "reason"),
    [
        ("a bright red and white kite", "a bright red and white *kite*", ["red", "white"], "bound-word"),
        ("a sky blue and white kite", "a sky blue and white *kite*", ["blue", "white"], "bound-word"),
        ("a small red cube", "a small red *cube*", ["small", "red"], "not-listed"),
        ("a large, white building", "a large, white *building*", ["large", "white"], "attribute-order"),
        ("a white and tennis ball", "a white and tennis *ball*", ["white", "tennis"], "noun-attribute"),
        ("a black and white photo", "a black and white *photo*", ["black", "white"], "photograph"),
        ("The room is clean and ready to use", "The *room*", ["clean", "ready"], "barred-attribute"),
        ("The room is clean and empty of things", "The *room*", ["clean", "empty"], "attribute-place"),
    ],
)
def test_orders_that_say_something_are_kept(
    scene: Scene, caption: str, phrase: str, words: list[str], reason: str
) -> None:
    """What belongs to one of the two, English order, kinds of thing and of picture stand in the way."""
    graph = scene(caption, [phrase], [(phrase.split("*")[1], word) for word in words])
    assert _made(caption, graph) == []
    assert _reasons(caption, graph) == [reason]


def test_the_graph_stays_as_it_is(scene: Scene) -> None:
    """Both attributes keep their place among the triples, and left and right name them."""
    caption = "a black and white tub"
    graph = scene(caption, ["a black and white *tub*"], [("tub", "black"), ("tub", "white")])
    (outcome,) = reorder_attributes(caption, graph)
    assert isinstance(outcome, Exchange)
    assert outcome.triples == graph.triples()
    assert [(e.role, e.index) for e in (outcome.left, outcome.right) if e] == [("attribute", 0), ("attribute", 1)]
