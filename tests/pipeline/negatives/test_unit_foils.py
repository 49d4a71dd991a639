"""Foils of units: minimal, exclusive, exchanges before other words, never what the image's captions say."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from structclip_pipeline.negatives.image_words import words_of_images
from structclip_pipeline.negatives.neighbours import Neighbours, neighbours_from
from structclip_pipeline.negatives.replacing import Lookup
from structclip_pipeline.negatives.unit_foils import Source, choose_foil, excludes
from structclip_pipeline.negatives.unit_truth import said_of_images
from structclip_pipeline.negatives.units import read_units
from structclip_schemas.graph import Attribute, Relation, SceneGraph

Scene = Callable[..., SceneGraph]
Case = tuple[Any, ...]
CUP: Case = (
    "There is a red cup by a blue table",
    ["a red *cup*", "a blue *table*"],
    [("cup", "red"), ("table", "blue")],
    [("cup", "by", "table")],
)
RIDER: Case = (
    "There is a man riding a brown horse",
    ["a *man*", "a brown *horse*"],
    [("horse", "brown")],
    [("man", "riding", "horse", "ride")],
)


@pytest.fixture(scope="module")
def neighbours() -> Neighbours:
    """A corpus that knows colours of cups, tables and horses, and postures and places."""
    nouns = ("man", "horse", "cup", "table", "dog")
    rows = [("object", noun, "=one", 9) for noun in nouns]
    rows += [("attribute", word, noun, 3) for word in ("red", "blue", "orange", "small") for noun in nouns]
    rows += [("relation", word, f"> {noun}", 3) for word in ("on", "under", "by") for noun in nouns]
    columns = zip(*sorted(rows), strict=True)
    return neighbours_from(pa.table(dict(zip(("role", "word", "context", "count"), map(list, columns), strict=True))))


def _foils(
    neighbours: Neighbours, scene: Scene, case: Case, others: Sequence[Case] = (), seed: int = 0
) -> dict[str, tuple[str, str] | None]:
    said = [("image", c[0], scene(*c)) for c in (case, *others)]
    source = Source(case[0], said[0][2], Lookup(neighbours, words_of_images(said)[0]))
    foils = {
        unit.text: choose_foil(source, unit, said_of_images(said)[0], (seed, "id"))
        for unit in read_units(case[0], said[0][2])[0]
    }
    return {text: foil and (foil.kind, foil.text) for text, foil in foils.items()}


def test_an_object_takes_an_attribute_of_another(neighbours: Neighbours, scene: Scene) -> None:
    """A symmetric relation exchanges attributes, not ends, which would say the same."""
    assert _foils(neighbours, scene, CUP) == {
        "a red cup": ("swap_attribute", "a blue cup"),
        "a blue table": ("swap_attribute", "a red table"),
        "a red cup by a blue table": ("swap_attribute", "a blue cup by a red table"),
    }


def test_a_relation_that_holds_either_way_exchanges_no_ends(neighbours: Neighbours, scene: Scene) -> None:
    """A street is along a sign as the sign along the street; a man walks along it, not it along him."""
    sign = ("There is a red sign along a blue road", ["a red *sign*", "a blue *road*"],
            [("sign", "red"), ("road", "blue")], [("sign", "along", "road")])  # fmt: skip
    man = ("There is a man walking along a road", ["a *man*", "a *road*"], [],
           [("man", "walking along", "road", "walk along")])  # fmt: skip
    kept = _foils(neighbours, scene, sign)["a red sign along a blue road"]
    assert kept is None or kept[0] != "swap_object"
    walked = _foils(neighbours, scene, man)["a man walking along a road"]
    assert walked == ("swap_object", "a road walking along a man")


def test_the_ends_of_a_directed_relation_change_places(neighbours: Neighbours, scene: Scene) -> None:
    """Whole phrases."""
    foils = _foils(neighbours, scene, RIDER)
    assert foils["a man riding a brown horse"] == ("swap_object", "a brown horse riding a man")


def _with_soup(scene: Scene, predicate: str) -> tuple[str, SceneGraph]:
    caption = f"There is a man {predicate} a bowl of soup"
    graph = scene(
        caption, ["a *man*", "a *bowl*", "*soup*"], [], [("man", predicate, "bowl", predicate.removesuffix("ing"))]
    )
    had = Relation(1, 2, "", "have", graph.objects[1].end, graph.objects[1].end)
    return caption, SceneGraph.ordered(list(graph.objects), [], [*graph.relations, had])


def test_what_is_inside_a_phrase_moves_along(neighbours: Neighbours, scene: Scene) -> None:
    """The soup stays in its bowl, in the text and in the triples."""
    said = [(None, *_with_soup(scene, "holding"))]
    source = Source(*said[0][1:], Lookup(neighbours, words_of_images(said)[0]))
    (unit,) = read_units(*said[0][1:])[0]
    foil = choose_foil(source, unit, said_of_images(said)[0], (0, "id"))
    assert foil is not None
    assert foil.text == "a bowl of soup holding a man"
    assert [t.lemmas for t in foil.triples] == [("bowl", "hold", "man"), ("bowl", "have", "soup")]


@pytest.mark.parametrize("predicate", ["beside", "with"])
def test_ends_without_direction_stay(neighbours: Neighbours, scene: Scene, predicate: str) -> None:
    """A man beside a bowl of soup is a bowl of soup beside a man."""
    said = [(None, *_with_soup(scene, predicate))]
    source = Source(*said[0][1:], Lookup(neighbours, words_of_images(said)[0]))
    foils = [choose_foil(source, u, said_of_images(said)[0], (0, "id")) for u in read_units(*said[0][1:])[0]]
    assert all(foil is None or foil.kind != "swap_object" for foil in foils)


def test_who_is_on_skis_has_skis_on(neighbours: Neighbours, scene: Scene) -> None:
    """So the ends do not change places; those of a man on a horse do."""
    for vehicle, kind in (("*skis*", None), ("a *horse*", "swap_object")):
        caption = f"There is a man on {vehicle.replace('*', '')}"
        graph = scene(caption, ["a *man*", vehicle], [], [("man", "on", vehicle.split("*")[1])])
        said = [(None, caption, graph)]
        source = Source(caption, graph, Lookup(neighbours, words_of_images(said)[0]))
        (unit,) = (u for u in read_units(caption, graph)[0] if u.kind == "relation")
        foil = choose_foil(source, unit, said_of_images(said)[0], (0, "id"))
        assert (foil.kind if foil and foil.kind == "swap_object" else None) == kind


def test_a_word_is_replaced_only_where_nothing_can_be_exchanged(neighbours: Neighbours, scene: Scene) -> None:
    """The article follows the word."""
    chosen = {_foils(neighbours, scene, RIDER, seed=seed)["a brown horse"] for seed in range(20)}
    assert chosen == {("replace_attribute", text) for text in ("a red horse", "a blue horse", "an orange horse")}


def test_what_another_caption_of_the_image_says_is_no_foil(neighbours: Neighbours, scene: Scene) -> None:
    """By a word that may name the same thing too, and with a synonym."""
    other = ("One blue mug", ["One blue *mug*"], [("mug", "blue")], [])
    foils = _foils(neighbours, scene, CUP, [other])
    assert foils["a red cup"] == ("replace_attribute", "an orange cup")
    mounted = ("a horse rides people", ["a *horse*", "*people*"], [], [("horse", "rides", "people", "ride")])
    assert _foils(neighbours, scene, RIDER, [mounted])["a man riding a brown horse"] != (
        "swap_object",
        "a brown horse riding a man",
    )


def test_a_word_that_may_be_true_along_replaces_nothing(neighbours: Neighbours, scene: Scene) -> None:
    """A colorful cup may be red."""
    case = ("There is a colorful cup", ["a colorful *cup*"], [("cup", "colorful")], [])
    assert _foils(neighbours, scene, case) == {"a colorful cup": None}


def test_one_attribute_excludes_another_of_its_scale_only() -> None:
    """A wooden thing may be red, of three two are there."""

    def attribute(word: str) -> Attribute:
        return Attribute(0, word, word, 0, len(word))

    cases = [("red", "blue"), ("large", "small"), ("2", "3"), ("3", "2"), ("wooden", "red"), ("tall", "large")]
    assert [excludes(attribute(a), attribute(b)) for a, b in cases] == [True, True, True, False, False, False]
