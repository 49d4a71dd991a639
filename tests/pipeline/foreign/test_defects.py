"""Every defect has a name and is found where it is, and only there."""

from collections.abc import Callable

import pytest

from structclip_pipeline.foreign.defects import graph_flaws, text_fault, text_flaws
from structclip_pipeline.foreign.differences import edits_between
from structclip_schemas.edits import folded_words
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]
CARRIED = "A table and three children at a woman"


@pytest.mark.parametrize(
    ("caption", "negative", "fault"),
    [
        ("a guy rides a bike", "a bike rides a guy", None),
        ("a guy rides a bike", "A guy rides a bike .", "same-text"),
        ("a dining room table", CARRIED, "carried-over"),
        ("a dining room table", "a horse eats", "unrelated"),
        ("a dining room table", " ", "unreadable"),
        ("a dining room table", "a \ud800 room table", "unreadable"),
        ("red cup", "red mug", None),
    ],
)
def test_faults_of_a_text(caption: str, negative: str, fault: str | None) -> None:
    """The caption's own words, the row before's negative, another text, and what is no text at all."""
    assert text_fault(caption, negative, [folded_words(CARRIED)]) == fault


@pytest.mark.parametrize(
    ("caption", "negative", "flaws"),
    [
        ("a guy that is riding his bike", "a guy bike is riding his that", ["pronoun"]),
        ("giraffe are looking at a single tree", "giraffe are looking at a single We", ["pronoun"]),
        ("A man on his horse", "A horse on his man", []),
        ("A blue fence behind a girl", "a girl behind a blue fence", ["capital-lost"]),
    ],
)
def test_flaws_of_a_text(caption: str, negative: str, flaws: list[str]) -> None:
    """A pronoun that moved or came is one, a pronoun that stayed is not; so is a capital that got lost."""
    assert text_flaws(caption, negative, edits_between(caption, negative)) == flaws


@pytest.mark.parametrize(("relation", "flaws"), [("next to", ["symmetric-relation"]), ("on", [])])
def test_a_symmetric_relation_turned_round(scene_of: Scene, relation: str, flaws: list[str]) -> None:
    """What stands next to something has it next to itself; "on" has a direction."""
    assert graph_flaws(scene_of("cat", relation, "dog"), scene_of("dog", relation, "cat")) == flaws


def test_a_relation_that_stays_is_no_flaw(scene_of: Scene) -> None:
    """Another word in a symmetric relation's place changes what is said."""
    assert graph_flaws(scene_of("cat", "next to", "dog"), scene_of("cat", "next to", "cow")) == []
