"""The truth check on scenes made by hand, and against pixels."""

import io

import pytest
from PIL import Image

from structclip_pipeline.demo.rendering import render_scene
from structclip_pipeline.demo.scene import Scene, Thing, draw_scene
from structclip_pipeline.demo.truth import Claim, Mention, judge, stands
from structclip_pipeline.demo.vocabulary import COLOURS
from structclip_pipeline.demo.wording import find_facts

BALL = Thing("ball", "red", None, None, 1, 0.25, 0.5, 0.13)
CUBE = Thing("cube", "blue", "large", None, 1, 0.75, 0.5, 0.18)
SCENE = Scene("row", (BALL, CUBE), 200)
RED_BALL, BLUE_CUBE = Mention("ball", 1, "red"), Mention("cube", 1, "blue")


def scene(*things: tuple[str, float, float, float]) -> Scene:
    made = tuple(Thing(s, c, None, None, 1, x, y, r) for (s, x, y, r), c in zip(things, COLOURS, strict=False))
    return Scene("by hand", made, 200)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (Claim((RED_BALL, BLUE_CUBE), (("left of", 0, 1),)), True),
        (Claim((BLUE_CUBE, RED_BALL), (("right of", 0, 1),)), True),
        (Claim((BLUE_CUBE, RED_BALL), (("left of", 0, 1),)), False),
        (Claim((RED_BALL, BLUE_CUBE), (("above", 0, 1),)), False),
        (Claim((Mention("ball", 1, "blue"), Mention("cube", 1, "red"))), False),
        (Claim((Mention("ball"), Mention("cube", size="large"))), True),
        (Claim((Mention("cube", size="small"),)), False),
        (Claim((Mention("ball", size="small"),)), None),
        (Claim((Mention("ball", 2),)), False),
        (Claim((Mention("ball", pattern="striped"),)), False),
        (Claim((RED_BALL, RED_BALL)), False),
    ],
)
def test_claims_about_a_scene_made_by_hand(claim: Claim, verdict: bool | None) -> None:
    """True, false, or None where people could disagree (a ball of middle size that is called small)."""
    assert judge(claim, SCENE) is verdict


@pytest.mark.parametrize(
    ("made", "name", "verdict"),
    [
        (scene(("ball", 0.5, 0.33, 0.12), ("cube", 0.5, 0.6, 0.18)), "on", True),
        (scene(("ball", 0.5, 0.15, 0.12), ("cube", 0.5, 0.6, 0.18)), "on", False),
        (scene(("ball", 0.5, 0.15, 0.12), ("cube", 0.5, 0.6, 0.18)), "above", True),
        (scene(("ball", 0.5, 0.5, 0.1), ("box", 0.5, 0.5, 0.3)), "inside", True),
        (scene(("ball", 0.5, 0.5, 0.1), ("cube", 0.5, 0.5, 0.3)), "inside", False),
        (scene(("ball", 0.2, 0.5, 0.1), ("box", 0.7, 0.5, 0.2)), "inside", False),
        (scene(("cube", 0.6, 0.5, 0.13), ("ball", 0.45, 0.5, 0.13)), "behind", True),
        (scene(("cube", 0.6, 0.5, 0.13), ("ball", 0.45, 0.5, 0.13)), "in front of", False),
        (scene(("cube", 0.2, 0.2, 0.1), ("ball", 0.8, 0.8, 0.1)), "left of", None),
    ],
)
def test_relations_of_things_placed_by_hand(made: Scene, name: str, verdict: bool | None) -> None:
    """Each relation by its measures."""
    assert stands(name, *made.things, made) is verdict


def test_left_and_above_agree_with_the_pixels() -> None:
    """In the rendered picture the mean place of each thing's colour stands as the facts say."""
    compared = 0
    for index in range(600):
        drawn = draw_scene(3, "train", index)
        if any(t.colour in ("white", "black") or t.pattern for t in drawn.things):
            continue
        for name, head, tail in find_facts(drawn):
            if name in ("left of", "above"):
                axis = 0 if name == "left of" else 1
                places = [_mean_place(drawn, drawn.things[i].colour)[axis] for i in (head, tail)]
                assert places[0] < places[1]
                compared += 1
    assert compared > 50


def _mean_place(drawn: Scene, colour: str) -> tuple[float, float]:
    picture = Image.open(io.BytesIO(render_scene(drawn, 64)))
    places = [
        (x, y)
        for x in range(64)
        for y in range(64)
        if sum(abs(a - b) for a, b in zip(picture.getpixel((x, y)), COLOURS[colour], strict=True)) < 40
    ]
    return sum(x for x, _ in places) / len(places), sum(y for _, y in places) / len(places)
