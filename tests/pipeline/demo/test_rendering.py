"""Pictures: their format, and that every attribute shows in the pixels."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from structclip_pipeline.demo.rendering import render_scene
from structclip_pipeline.demo.scene import Scene, Thing
from structclip_pipeline.demo.vocabulary import COLOURS, PATTERNS, SHAPES

THING = Thing("ball", "red", None, None, 1, 0.5, 0.5, 0.13)


def render(thing: Thing) -> bytes:
    return render_scene(Scene("by hand", (thing,), 210), 64)


def test_a_picture_is_an_rgb_png_of_the_wanted_size() -> None:
    """Format, mode and size."""
    picture = Image.open(io.BytesIO(render_scene(Scene("by hand", (THING,), 210), 48)))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (48, 48))


def test_every_attribute_changes_the_picture() -> None:
    """Shapes, colours, patterns, sizes and counts all give different pictures."""
    things = [replace(THING, shape=s) for s in SHAPES]
    things += [replace(THING, colour=c) for c in COLOURS if c != "red"]
    things += [replace(THING, pattern=p) for p in PATTERNS]
    things += [replace(THING, radius=0.09), replace(THING, radius=0.18)]
    things += [replace(THING, count=n, radius=0.08) for n in (2, 3)]
    assert len({render(t) for t in things}) == len(things)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_thing_stays_inside_its_box(shape: str) -> None:
    """Nothing is drawn more than a pixel outside the box that the truth check reckons with."""
    thing = replace(THING, shape=shape)
    picture = Image.open(io.BytesIO(render(thing))).convert("L")
    left, top, right, bottom = picture.point([255 if v != 210 else 0 for v in range(256)]).getbbox()
    box = [64 * side for side in thing.box]
    assert left >= box[0] - 2
    assert top >= box[1] - 2
    assert right <= box[2] + 2
    assert bottom <= box[3] + 2
    assert bottom >= box[3] - 2
