"""Participles of place told from their other end, on captions of COCO with graphs written by hand."""

from collections.abc import Callable

import pytest

from structclip_pipeline.negatives.candidates import build_variant
from structclip_pipeline.negatives.exchange import Exchange, Refusal
from structclip_pipeline.negatives.reverse_participle import reverse_participles
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]
Links = list[tuple[str, ...]]


def _made(caption: str, graph: SceneGraph) -> list[str]:
    return [build_variant(caption, o).caption for o in reverse_participles(caption, graph) if isinstance(o, Exchange)]


@pytest.mark.parametrize(
    ("caption", "phrases", "relation", "wanted"),
    [
        (
            "An orange cat sitting on top of a bench.",
            ["An orange *cat*", "a *bench*"],
            "sitting on top of",
            "A bench with an orange cat sitting on top of it.",
        ),
        (
            "Two white sheep are resting in a field.",
            ["Two white *sheep*", "a *field*"],
            "resting in",
            "A field has two white sheep resting in it.",
        ),
        ("a man riding a horse", ["a *man*", "a *horse*"], "riding", "a horse with a man riding it"),
        (
            "A bike parked next to some flowers.",
            ["A *bike*", "some *flowers*"],
            "parked next to",
            "Some flowers with a bike parked next to them.",
        ),
        ("A cat is lying on pillows", ["A *cat*", "*pillows*"], "lying on", "Pillows have a cat lying on them"),
    ],
)
def test_the_other_end_opens_the_caption(
    scene: Scene, caption: str, phrases: list[str], relation: str, wanted: str
) -> None:
    """The place comes first, its subject behind "with" or "has", and a pronoun stands for the place."""
    nouns = [phrase.split("*")[1] for phrase in phrases]
    graph = scene(caption, phrases, [], [(nouns[0], relation, nouns[1])])
    assert _made(caption, graph) == [wanted]


@pytest.mark.parametrize(
    ("caption", "phrases", "relations", "reason"),
    [
        ("A man standing next to a woman", ["A *man*", "a *woman*"], [("man", "standing next to", "woman")], "number"),
        ("The man is standing in a lake", ["The *man*", "a *lake*"], [("man", "standing in", "lake")], "definite"),
        ("A boy sleeping in his bed", ["A *boy*", "his *bed*"], [("boy", "sleeping in", "bed")], "comparison"),
        ("Cat sitting on a table", ["*Cat*", "a *table*"], [("Cat", "sitting on", "table")], "bare-noun"),
        (
            "A row of cows walking in a line",
            ["A row of *cows*", "a *line*"],
            [("cows", "walking in", "line")],
            "no-noun",
        ),
        (
            "An airport filled with planes sitting on tarmacs",
            ["An *airport*", "*planes*", "*tarmacs*"],
            [("airport", "filled with", "planes"), ("airport", "sitting on", "tarmacs")],
            "filled",
        ),
        (
            "A cat on a mat sitting in a room",
            ["A *cat*", "a *mat*", "a *room*"],
            [("cat", "on", "mat"), ("mat", "sitting in", "room"), ("cat", "sitting in", "room")],
            "clause",
        ),
        (
            "A train and a man riding a bicycle",
            ["A *train*", "a *man*", "a *bicycle*"],
            [("train", "riding", "bicycle"), ("man", "riding", "bicycle")],
            "unlike-subjects",
        ),
        (
            "Dogs sitting in front of a fruit and veggie stand",
            ["*Dogs*", "a *fruit*", "*veggie stand*"],
            [("Dogs", "sitting in front of", "fruit"), ("Dogs", "sitting in front of", "veggie stand")],
            "number",
        ),
        (
            "A cat sitting on a table with a cup",
            ["A *cat*", "a *table*", "a *cup*"],
            [("cat", "sitting on", "table"), ("table", "with", "cup")],
            "long-phrase",
        ),
    ],
)
def test_captions_keep_their_beginning_where_the_english_would_suffer(
    scene: Scene, caption: str, phrases: list[str], relations: Links, reason: str
) -> None:
    """Persons, pronouns, headlines, formations and long phrases stand in the way."""
    graph = scene(caption, phrases, [], relations)
    assert _made(caption, graph) == []
    assert reason in [o.reason for o in reverse_participles(caption, graph) if isinstance(o, Refusal)]


def test_the_graph_stays_as_it_is(scene: Scene) -> None:
    """The relation has its head and tail, and left and right name the phrases that changed places."""
    caption = "A red bird sitting on a beach."
    graph = scene(caption, ["A red *bird*", "a *beach*"], [("bird", "red")], [("bird", "sitting on", "beach")])
    (outcome,) = reverse_participles(caption, graph)
    assert isinstance(outcome, Exchange)
    assert outcome.triples == graph.triples()
    assert [(e.role, e.index) for e in (outcome.left, outcome.right) if e] == [("object", 0), ("object", 1)]
