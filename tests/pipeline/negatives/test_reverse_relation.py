"""Relations of place said from their other end, on captions of COCO with graphs written by hand."""

from collections.abc import Callable

import pytest

from structclip_pipeline.negatives.candidates import build_variant
from structclip_pipeline.negatives.exchange import Exchange, Refusal
from structclip_pipeline.negatives.meaning import read_facts
from structclip_pipeline.negatives.reverse_relation import CONVERSES, reverse_relations
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]
Links = list[tuple[str, ...]]


def _made(caption: str, graph: SceneGraph) -> list[str]:
    return [build_variant(caption, o).caption for o in reverse_relations(caption, graph) if isinstance(o, Exchange)]


def _reasons(caption: str, graph: SceneGraph) -> list[str]:
    return [o.reason for o in reverse_relations(caption, graph) if isinstance(o, Refusal)]


@pytest.mark.parametrize(
    ("caption", "phrases", "relations", "wanted"),
    [
        ("a cat next to a dog", ["a *cat*", "a *dog*"], [("cat", "next to", "dog")], "a dog next to a cat"),
        ("Man next to a bus", ["*Man*", "a *bus*"], [("Man", "next to", "bus")], "Bus next to a man"),
        ("An owl near trees.", ["An *owl*", "*trees*"], [("owl", "near", "trees")], "Trees near an owl."),
        (
            "three cups that are next to a microwave",
            ["three *cups*", "a *microwave*"],
            [("cups", "next to", "microwave")],
            "a microwave that is next to three cups",
        ),
        (
            "There is a mug beside two plates",
            ["a *mug*", "two *plates*"],
            [("mug", "beside", "plates")],
            "There are two plates beside a mug",
        ),
        (
            "A man with a snowboard next to a man with a mask.",
            ["A *man*", "a *snowboard*", "a *man*", "a *mask*"],
            [("man", "with", "snowboard"), ("man", "next to", "0", "next to")],
            "A man with a mask next to a man with a snowboard.",
        ),
        (
            "A girl riding a skateboard next to two guys.",
            ["A *girl*", "a *skateboard*", "two *guys*"],
            [("girl", "riding", "skateboard", "ride"), ("girl", "next to", "guys")],
            "Two guys next to a girl riding a skateboard.",
        ),
        (
            "The tile is underneath the toilet and sink.",
            ["The *tile*", "the *toilet*", "*sink*"],
            [("tile", "underneath", "toilet", "under"), ("tile", "underneath", "sink", "under")],
            "The toilet and sink are over the tile.",
        ),
        (
            "A minivan in front of a broken house.",
            ["A *minivan*", "a broken *house*"],
            [("minivan", "in front of", "house")],
            "A broken house behind a minivan.",
        ),
        (
            "a cup to the left of a plate",
            ["a *cup*", "a *plate*"],
            [("cup", "to the left of", "plate")],
            "a plate to the right of a cup",
        ),
    ],
)
def test_a_relation_is_said_from_its_other_end(
    scene: Scene, caption: str, phrases: list[str], relations: Links, wanted: str
) -> None:
    """Both sides move whole, a directed predicate gives way to its converse, articles and verbs agree."""
    if relations[-1][2] == "0":
        relations = relations[:-1]
        graph = _two_men(scene, caption, phrases)
    else:
        graph = scene(caption, phrases, [], relations)
    assert _made(caption, graph) == [wanted]


def _two_men(scene: Scene, caption: str, phrases: list[str]) -> SceneGraph:
    """Relations between objects of one noun, by their places: 0 with 1, 0 next to 2, 2 with 3."""
    from structclip_schemas.graph import Relation

    bare = scene(caption, phrases)
    first, middle, last = caption.index("with"), caption.index("next to"), caption.rindex("with")
    relations = [
        Relation(0, 1, "with", "with", first, first + 4),
        Relation(0, 2, "next to", "next to", middle, middle + 7),
        Relation(2, 3, "with", "with", last, last + 4),
    ]
    return SceneGraph.ordered(list(bare.objects), [], relations)


@pytest.mark.parametrize(
    ("caption", "phrases", "relations", "reason"),
    [
        ("A man next to his car", ["A *man*", "his *car*"], [("man", "next to", "car")], "comparison"),
        ("A man next to another man", ["A *man*", "another *man*"], [], None),
        (
            "A cat next to a dog on a mat",
            ["A *cat*", "a *dog*", "a *mat*"],
            [("cat", "next to", "dog"), ("cat", "on", "mat")],
            "further-relations",
        ),
        (
            "A bathroom with a sink next to a toilet.",
            ["A *bathroom*", "a *sink*", "a *toilet*"],
            [("bathroom", "with", "sink"), ("bathroom", "next to", "toilet")],
            "place",
        ),
        (
            "A woman flies a kite near a child.",
            ["A *woman*", "a *kite*", "a *child*"],
            [("woman", "flies", "kite", "fly"), ("woman", "near", "child")],
            "clause",
        ),
        (
            "A factory near a track letting out smoke.",
            ["A *factory*", "a *track*", "*smoke*"],
            [("factory", "near", "track"), ("track", "letting out", "smoke", "let out")],
            "clause",
        ),
        (
            "Five sheep eating hay from behind a fence.",
            ["Five *sheep*", "*hay*", "a *fence*"],
            [("sheep", "eating", "hay", "eat"), ("sheep", "behind", "fence")],
            "clause",
        ),
        ("A man in front of a computer", ["A *man*", "a *computer*"], [("man", "in front of", "computer")], "faced"),
        ("A road under scaffold", ["A *road*", "*scaffold*"], [("road", "under", "scaffold")], "bare-noun"),
        (
            "In a park a cat next to a dog",
            ["a *park*", "a *cat*", "a *dog*"],
            [("cat", "next to", "dog")],
            "not-whole",
        ),
    ],
)
def test_relations_stay_where_the_move_would_say_more(
    scene: Scene, caption: str, phrases: list[str], relations: Links, reason: str | None
) -> None:
    """What hangs on one side, refers back, or stands outside both keeps the direction."""
    graph = scene(caption, phrases, [], relations)
    assert _made(caption, graph) == []
    assert _reasons(caption, graph) == ([reason] if reason else [])


def test_a_symmetric_relation_keeps_its_facts_with_its_ends_exchanged(scene: Scene) -> None:
    """Head and tail change places in the triple, indices name the caption's objects, the meaning is equal."""
    caption = "a brown cat next to a dog"
    graph = scene(caption, ["a brown *cat*", "a *dog*"], [("cat", "brown")], [("cat", "next to", "dog")])
    (outcome,) = reverse_relations(caption, graph)
    assert isinstance(outcome, Exchange)
    first, second = outcome.triples
    assert (first.lemmas, first.head_object, first.tail_object) == (("dog", "next to", "cat"), 1, 0)
    assert second.lemmas == ("cat", "is", "brown")
    assert read_facts(graph, outcome.triples) == read_facts(graph, graph.triples())


def test_most_converses_lead_back() -> None:
    """The converse of a converse is the predicate, or a synonym that the list names as such."""
    back = {words: CONVERSES[CONVERSES[words]] for words in CONVERSES}
    assert {w for w, b in back.items() if w != b} == {"underneath", "beneath"}
    assert {back["underneath"], back["beneath"]} == {"under"}
