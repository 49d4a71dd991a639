"""Replacements: grammatical, exclusive, known to the corpus, and never what a caption of the image may say."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from structclip_pipeline.negatives.candidates import Candidates, examine
from structclip_pipeline.negatives.neighbours import Neighbours, neighbours_from
from structclip_pipeline.negatives.replace_attribute import excluded_by
from structclip_pipeline.negatives.replace_object import holding_contexts
from structclip_pipeline.negatives.replace_relation import excludes
from structclip_pipeline.negatives.replacement import REPLACEMENTS, replacements_of
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]
Case = tuple[Any, ...]
THINGS = "man woman person girl dog puppy cat elephant horse motorcycle surfboard skateboard sofa couch bench hat cap bus train apple cake"  # fmt: skip # noqa: E501
ALIVE = ("man", "woman", "person", "girl", "dog", "puppy", "cat", "elephant", "horse")
PREDICATES = ("on", "under", "next to", "behind", "in front of", "sit on", "stand on", "lie on", "ride", "push", "wear")


def _counts() -> pa.Table:
    """A corpus that knows every word in every context, hats and caps as one thing, and motorcycles in the singular."""
    rows: list[tuple[str, str, str, int]] = []
    for noun in THINGS.split():
        rows += [("object", noun, c, 9) for c in ("=one", "=many", "=bare") if noun != "motorcycle" or c == "=one"]
        rows += [("object", noun, f"{p} >", 2) for p in PREDICATES] + [
            ("object", noun, f"> {p}", 2) for p in PREDICATES
        ]
        rows += [("object", noun, c, 2) for c in ("is furry", "man > ride", "ride > horse")]
        rows += [("object", noun, "is alive" if noun in ALIVE else "is made", 9)]
    rows += [("object", "hat", "~cap", 9), ("object", "cap", "~hat", 9)]
    for attribute in ("red", "blue", "orange", "closed", "open", "old", "young", "small"):
        rows += [("attribute", attribute, noun, 3) for noun in ("cup", "umbrella", "man", "door")]
    for predicate in PREDICATES:
        rows += [("relation", predicate, f"> {noun}", 3) for noun in ("bench", "horse", "table")]
    columns = zip(*sorted(rows), strict=True)
    return pa.table(dict(zip(("role", "word", "context", "count"), map(list, columns), strict=True)))


@pytest.fixture(scope="module")
def neighbours() -> Neighbours:
    """Neighbours of the corpus of :func:`_counts`."""
    return neighbours_from(_counts())


def _examine(neighbours: Neighbours, scene: Scene, case: Case, kind: str, others: Sequence[Case] = ()) -> Candidates:
    said = [("image", c[0], scene(*c)) for c in (case, *others)]
    return examine(case[0], said[0][2], (kind,), replacements_of(neighbours, said)[0])


def _texts(*arguments: Any) -> list[str]:
    return [variant.caption for variant in _examine(*arguments).variants]


PUPPY = ("A puppy on a bench", ["A *puppy*", "a *bench*"], [], [("puppy", "on", "bench")])
HATS = ("Two hats on a bench", ["Two *hats*", "a *bench*"], [("hats", "Two", "2")], [("hats", "on", "bench")])
RIDER = ("a man riding a horse", ["a *man*", "a *horse*"], [], [("man", "riding", "horse", "ride")])
SITTER = ("A man sits on the bench", ["A *man*", "the *bench*"], [], [("man", "sits on", "bench", "sit on")])


def test_an_object_gives_way_to_its_kind_and_the_article_follows(neighbours: Neighbours, scene: Scene) -> None:
    """A puppy becomes a cat or an elephant, no dog, no hat."""
    found = _texts(neighbours, scene, PUPPY, "replace_object")
    assert {"A cat on a bench", "An elephant on a bench", "A puppy on a couch"} <= set(found)
    assert not {"A dog on a bench", "A hat on a bench"} & set(found)


def test_a_replacement_names_one_element_and_its_triples(neighbours: Neighbours, scene: Scene) -> None:
    """Left is the replaced element, right is null, and the triples keep their order and indices."""
    found = _examine(neighbours, scene, PUPPY, "replace_object").variants
    cat = next(v for v in found if v.caption == "A cat on a bench")
    assert (cat.left.role, cat.left.index, cat.right, cat.rule) == ("object", 0, None, "replace-object/1")
    assert [(t.lemmas, t.head_object, t.tail_object) for t in cat.triples] == [(("cat", "on", "bench"), 0, 1)]


def test_a_noun_takes_the_number_of_the_replaced(neighbours: Neighbours, scene: Scene) -> None:
    """Plurals stay plurals; a noun that the corpus has in the singular alone does not replace one."""
    case = ("Two dogs on a bench", ["Two *dogs*", "a *bench*"], [("dogs", "Two", "2")], [("dogs", "on", "bench")])
    assert "Two cats on a bench" in _texts(neighbours, scene, case, "replace_object")
    riders = ("men riding horses", ["*men*", "*horses*"], [], [("men", "riding", "horses", "ride")])
    assert "men riding motorcycles" not in _texts(neighbours, scene, riders, "replace_object")


def test_what_captions_use_instead_is_no_replacement(neighbours: Neighbours, scene: Scene) -> None:
    """A hat that captions of the same image call a cap does not become a cap."""
    assert "Two caps on a bench" not in _texts(neighbours, scene, HATS, "replace_object")


@pytest.mark.parametrize("other", ["cat", "kitten"])
def test_what_another_caption_names_is_no_replacement(neighbours: Neighbours, scene: Scene, other: str) -> None:
    """With a cat or a kitten in another caption of the image, "a cat on a bench" may be true."""
    said = (f"a {other} nearby", [f"a *{other}*"], [], [])
    assert "A cat on a bench" not in _texts(neighbours, scene, PUPPY, "replace_object", [said])


def test_a_pronoun_keeps_its_antecedent(neighbours: Neighbours, scene: Scene) -> None:
    """A man whose bench it is does not become a woman."""
    case = ("a man on his bench", ["a *man*", "his *bench*"], [], [("man", "on", "bench")])
    assert "a woman on his bench" not in _texts(neighbours, scene, case, "replace_object")


@pytest.mark.parametrize("person", ["person", "skier"])
def test_roles_and_ages_overlap(neighbours: Neighbours, scene: Scene, person: str) -> None:
    """A person may be a man or a woman: neither replaces the other's more general word."""
    case = (f"a {person} riding a horse", [f"a *{person}*", "a *horse*"], [], [(person, "riding", "horse", "ride")])
    found = _texts(neighbours, scene, case, "replace_object")
    assert not {"a man riding a horse", "a woman riding a horse"} & set(found)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (("a group of dogs on a bench", ["a *group*", "a *bench*"], [], [("group", "on", "bench")]), "partitive"),
        (("a dog on a bench near a dog", ["a *dog*", "a *bench*"], [], [("dog", "on", "bench")]), "repeated-mention"),
        (("it on a bench", ["*it*", "a *bench*"], [], [("it", "on", "bench")]), "pronoun"),
        (("a hot dog stand on a bench", ["a hot *dog* stand", "a *bench*"], [], [("dog", "on", "bench")]), "compound"),
        (("no dog on a bench", ["*dog*", "a *bench*"], [], [("dog", "on", "bench")]), "negated"),
    ],
)  # fmt: skip
def test_objects_that_are_not_replaced(neighbours: Neighbours, scene: Scene, case: Case, reason: str) -> None:
    """Each refusal is counted under its rule."""
    assert reason in _examine(neighbours, scene, case, "replace_object").refusals


def test_an_attribute_gives_way_to_what_excludes_it(neighbours: Neighbours, scene: Scene) -> None:
    """A red cup is blue or an orange one, not what its object is already."""
    case = ("a red and blue cup", ["a red and blue *cup*"], [("cup", "red"), ("cup", "blue")], [])
    assert _texts(neighbours, scene, case, "replace_attribute") == ["an orange and blue cup", "a red and orange cup"]


def test_a_shared_attribute_changes_for_all(neighbours: Neighbours, scene: Scene) -> None:
    """One word that describes two objects is replaced once, in both triples."""
    case = ("open doors and cups", ["open *doors*", "*cups*"], [("doors", "open"), ("cups", "open")], [])
    (variant,) = _examine(neighbours, scene, case, "replace_attribute").variants
    assert [t.lemmas for t in variant.triples] == [("doors", "is", "closed"), ("cups", "is", "closed")]


def test_numbers_grow(neighbours: Neighbours, scene: Scene) -> None:
    """Two hats are never one or fewer: of three hats, two would still be there."""
    found = _examine(neighbours, scene, HATS, "replace_attribute").variants
    assert [v.caption for v in found] == [f"{n} hats on a bench" for n in ("Three", "Four", "Five")]
    assert found[0].triples[-1].tail == "3"


def test_ages_fit_the_noun(neighbours: Neighbours, scene: Scene) -> None:
    """The corpus knows old men and no old girls."""
    man, girl = ((f"a young {n}", [f"a young *{n}*"], [(n, "young")], []) for n in ("man", "girl"))
    assert _texts(neighbours, scene, man, "replace_attribute") == ["an old man"]
    assert _texts(neighbours, scene, girl, "replace_attribute") == []


@pytest.mark.parametrize(
    ("attribute", "other"), [("large", "huge"), ("red", "crimson"), ("tall", "long"), ("old", "aged")]
)
def test_attributes_that_may_hold_together(attribute: str, other: str) -> None:
    """Synonyms and other scales exclude nothing."""
    assert other not in excluded_by(attribute)


def test_a_preposition_gives_way_to_other_sides(neighbours: Neighbours, scene: Scene) -> None:
    """On a bench is not under, behind or next to it."""
    found = _texts(neighbours, scene, PUPPY, "replace_relation")
    assert found == ["A puppy under a bench", "A puppy next to a bench", "A puppy behind a bench"]


def test_a_verb_keeps_its_form(neighbours: Neighbours, scene: Scene) -> None:
    """Riding makes pushing, sits on makes stands on; the lemma changes along."""
    assert _texts(neighbours, scene, RIDER, "replace_relation") == ["a man pushing a horse"]
    stands = _examine(neighbours, scene, SITTER, "replace_relation").variants
    assert {v.caption: v.triples[0].relation for v in stands}["A man stands on the bench"] == "stand on"


def test_a_side_that_another_caption_states_is_no_replacement(neighbours: Neighbours, scene: Scene) -> None:
    """With something under the bench in another caption, "under a bench" may be true."""
    said = ("a dog under a bench", ["a *dog*", "a *bench*"], [], [("dog", "under", "bench")])
    assert "A puppy under a bench" not in _texts(neighbours, scene, PUPPY, "replace_relation", [said])


def test_left_and_right_are_turned(neighbours: Neighbours, scene: Scene) -> None:
    """Only the side's word is edited."""
    case = (
        "a cup to the left of a bench",
        ["a *cup*", "a *bench*"],
        [],
        [("cup", "to the left of", "bench", "to left of")],
    )
    (variant,) = _examine(neighbours, scene, case, "replace_relation").variants
    assert variant.caption == "a cup to the right of a bench"
    assert [(e.before, e.after) for e in variant.edits] == [("left", "right")]


def test_clothes_are_worn_in_one_way(neighbours: Neighbours, scene: Scene) -> None:
    """A man in a hat is not beside it: "in" says that he wears it."""
    case = ("a man in a hat", ["a *man*", "a *hat*"], [], [("man", "in", "hat")])
    assert _texts(neighbours, scene, case, "replace_relation") == []


@pytest.mark.parametrize("kind", REPLACEMENTS)
def test_no_graph_breaks_a_replacement(neighbours: Neighbours, scene: Scene, kind: str) -> None:
    """An empty graph and an empty caption have no replacement and no error."""
    assert _examine(neighbours, scene, ("", []), kind).variants == ()


def test_what_a_place_may_hold_unmentioned_is_no_replacement(neighbours: Neighbours, scene: Scene) -> None:
    """The corpus knows sofas in rooms, so "a room with a sofa" may be true where "a room with a bench" is."""
    held = ("a room with a bench", ["a *room*", "a *bench*"], [], [("room", "with", "bench")])
    inside = ("a bench in a room", ["a *bench*", "a *room*"], [], [("bench", "in", "room")])
    assert holding_contexts(scene(*held), 1) == ["room > with"]
    assert holding_contexts(scene(*inside), 0) == ["in > room"]
    assert holding_contexts(scene(*PUPPY), 0) == []


@pytest.mark.parametrize(
    ("said", "other", "tail", "wanted"),
    [("in", "on top of", "car", True), ("in", "on top of", "chair", False), ("on top of", "next to", "lake", False),
     ("on", "next to", "table", True), ("near", "inside", "street", False), ("near", "inside", "box", True),
     ("in", "behind", "rain", False), ("in", "under", "shirt", False)],
)  # fmt: skip
def test_sides_that_exclude_each_other(said: str, other: str, tail: str, wanted: bool) -> None:
    """Whether something may be both depends on what it is in, on or near."""
    assert excludes(said, other, tail) is wanted
