"""Scenes: what each part shows and that everything fits into the picture."""

from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.demo.scene import UNSEEN, draw_scene
from structclip_pipeline.demo.vocabulary import COLOURS, SHAPES, is_unseen, unseen_colours
from structclip_pipeline.demo.world import PARTS, WorldPlan, choose_scenes, scene_of

SEEDS = st.integers(0, 2**32)
INDICES = st.integers(0, 10**6)


@given(SEEDS, INDICES, st.sampled_from(PARTS))
@settings(deadline=None)
def test_a_scene_depends_on_seed_part_and_index_alone(seed: int, index: int, part: str) -> None:
    """Drawing it again gives an equal scene."""
    assert draw_scene(seed, part, index) == draw_scene(seed, part, index)


@given(SEEDS, INDICES, st.sampled_from(PARTS))
@settings(deadline=None)
def test_unseen_pairs_are_shown_in_their_part_alone(seed: int, index: int, part: str) -> None:
    """Every scene of unseen shows one colour-shape pair that no scene of another part does."""
    things = draw_scene(seed, part, index).things
    assert sum(is_unseen(seed, t.shape, t.colour) for t in things) == (1 if part == UNSEEN else 0)


@given(SEEDS)
def test_eight_of_the_pairs_are_unseen(seed: int) -> None:
    """An eighth of the colour-shape pairs is held out, and no colour belongs to two shapes."""
    held = [(shape, colour) for shape, colours in unseen_colours(seed).items() for colour in colours]
    assert len(held) * 8 == len(SHAPES) * len(COLOURS)
    assert len({colour for _, colour in held}) == len(held)


@given(SEEDS, INDICES)
@settings(deadline=None)
def test_every_thing_is_inside_the_picture(seed: int, index: int) -> None:
    """No box leaves the square of side 1."""
    for thing in draw_scene(seed, "train", index).things:
        assert min(thing.box) >= 0
        assert max(thing.box) <= 1


@given(SEEDS, INDICES)
@settings(deadline=None)
def test_colours_tell_the_things_of_a_scene_apart(seed: int, index: int) -> None:
    """No two things share a colour."""
    things = draw_scene(seed, "train", index).things
    assert len({t.colour for t in things}) == len(things)


def test_most_scenes_have_two_things() -> None:
    """About three in four have two things, one in five three, one in twenty four."""
    counts = [len(draw_scene(0, "train", i).things) for i in range(2000)]
    two, three, four = (counts.count(n) / 2000 for n in (2, 3, 4))
    assert 0.7 < two < 0.8
    assert 0.15 < three < 0.25
    assert 0.02 < four < 0.1


def test_no_scene_to_test_on_equals_one_of_training(plan: WorldPlan) -> None:
    """States outside training are new and occur once."""
    scenes = choose_scenes(plan)
    keys = {part: [scene_of(plan, n).key for n in scenes[part]] for part in PARTS}
    new = [key for part in PARTS[1:] for key in keys[part]]
    assert len(set(new)) == len(new)
    assert not set(new) & set(keys["train"])
