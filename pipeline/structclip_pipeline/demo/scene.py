"""Scenes as values, and how one is drawn from (seed, part, index)."""

import random
from dataclasses import dataclass

from structclip_pipeline.demo.layout import LAYOUTS, Layout, Spot
from structclip_pipeline.demo.vocabulary import (
    COLOURS,
    CONTAINERS,
    GROUP_RADIUS,
    PATTERNS,
    RADII,
    SHAPES,
    SOLIDS,
    SUPPORTS,
    generator,
    is_unseen,
    unseen_colours,
)

UNSEEN = "unseen"
"""The part of the world whose every scene shows a colour-shape pair that the other parts lack."""
_ROLES = {"any": SHAPES, "support": SUPPORTS, "container": CONTAINERS, "solid": SOLIDS}


@dataclass(frozen=True, slots=True)
class Thing:
    """
    One object, or a group of two or three alike, in a picture of side 1 with y pointing down.

    ``x, y`` is the middle of the whole, ``radius`` half the height of one object, ``size`` None when neither small
    nor large, ``pattern`` None when plain. Things later in a scene's list cover earlier ones.
    """

    shape: str
    colour: str
    size: str | None
    pattern: str | None
    count: int
    x: float
    y: float
    radius: float

    @property
    def middle(self) -> tuple[float, float]:
        """The point between left and right, top and bottom."""
        return self.x, self.y

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        wide, high = self.radius, self.radius
        if self.count > 1:
            wide = 2.1 * self.radius
        if self.count > 2:
            high = 2 * self.radius
        return self.x - wide, self.y - high, self.x + wide, self.y + high


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture's state: its things from the rearmost to the foremost, its layout's name, its background's grey."""

    layout: str
    things: tuple[Thing, ...]
    background: int

    @property
    def key(self) -> str:
        """The state without its exact measures: equal for two scenes that show the same things in the same places."""
        things = (
            f"{t.shape} {t.colour} {t.size} {t.pattern} {t.count} {round(2 * t.x)} {round(2 * t.y)}"
            for t in self.things
        )
        return f"{self.layout}: " + ", ".join(things)


def draw_scene(seed: int, part: str, index: int, attempt: int = 0) -> Scene:
    """The scene ``index`` of a part of the world; another ``attempt`` gives another scene."""
    rng = generator(seed, part, index, attempt)
    while True:
        layout = rng.choices(LAYOUTS, [layout.weight for layout in LAYOUTS])[0]
        shapes = _draw_shapes(rng, layout)
        colours = _draw_colours(rng, seed, shapes, part == UNSEEN)
        if colours is not None:
            return _place(rng, layout, shapes, colours)


def _draw_shapes(rng: random.Random, layout: Layout) -> list[str]:
    """Mostly all different; a repeated shape leaves the colours to tell the things apart."""
    repeats = rng.random() < 0.15
    while True:
        shapes = [rng.choice(_ROLES[role]) for role in layout.roles]
        if repeats or len(set(shapes)) == len(shapes):
            return shapes


def _draw_colours(rng: random.Random, seed: int, shapes: list[str], unseen: bool) -> list[str] | None:
    """All different colours; one unseen pair and its twin's colour where wanted, none elsewhere. None: impossible."""
    held = unseen_colours(seed)
    fixed: dict[int, str] = {}
    if unseen:
        firsts = [i for i, shape in enumerate(shapes) if shape in held]
        pairs = [(i, j) for i in firsts for j, shape in enumerate(shapes) if shape != shapes[i]]
        if not pairs:
            return None
        first, second = rng.choice(pairs)
        fixed[first], fixed[second] = rng.sample(held[shapes[first]], 2)
    while True:
        colours = rng.sample(tuple(COLOURS), len(shapes))
        colours = [fixed.get(i, colour) for i, colour in enumerate(colours)]
        count = sum(is_unseen(seed, shape, colour) for shape, colour in zip(shapes, colours, strict=True))
        if len(set(colours)) == len(colours) and count == int(unseen):
            return colours


def _place(rng: random.Random, layout: Layout, shapes: list[str], colours: list[str]) -> Scene:
    looks = [_draw_look(rng, layout, role) for role in layout.roles]
    spots = layout.place(rng, [radius for *_, radius in looks])
    things = tuple(
        _thing(spot, shape, colour, look)
        for spot, shape, colour, look in zip(spots, shapes, colours, looks, strict=True)
    )
    return Scene(layout.name, things, rng.randrange(196, 222))


def _thing(spot: Spot, shape: str, colour: str, look: tuple[str | None, str | None, int, float]) -> Thing:
    size, pattern, count, _ = look
    return Thing(shape, colour, size, pattern, count, round(spot.x, 4), round(spot.y, 4), round(spot.radius, 4))


def _draw_look(rng: random.Random, layout: Layout, role: str) -> tuple[str | None, str | None, int, float]:
    """Size, pattern, count and radius, independent of the shape and the place."""
    pattern = rng.choice(PATTERNS) if rng.random() < 0.15 else None
    count = rng.choice((2, 3)) if layout.grouped and rng.random() < 0.12 else 1
    size = rng.choice(("small", "large")) if layout.sized and rng.random() < 0.3 else None
    if count > 1:
        return None, pattern, count, GROUP_RADIUS
    if role == "support" and size == "small":
        size = "large"
    return size, pattern, 1, RADII[size]
