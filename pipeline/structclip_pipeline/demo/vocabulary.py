"""The words and measures of the demo world, and which colour-shape pairs training never shows."""

import hashlib
import random
from functools import cache

SHAPES = ("ball", "cube", "cone", "cylinder", "star", "heart", "ring", "box")
CONTAINERS = ("ring", "box")
"""Drawn open: another object fits inside."""
SUPPORTS = ("cube", "cylinder", "box")
"""Flat on top: another object can stand on it."""
SOLIDS = tuple(shape for shape in SHAPES if shape not in CONTAINERS)
"""What hides the things behind it."""

COLOURS = {
    "red": (214, 39, 40),
    "blue": (38, 84, 200),
    "green": (36, 150, 60),
    "yellow": (250, 218, 40),
    "orange": (245, 132, 22),
    "purple": (138, 60, 175),
    "black": (28, 28, 30),
    "white": (255, 255, 255),
}
PATTERNS = ("striped", "dotted", "checkered")
RADII = {"small": 0.1, None: 0.15, "large": 0.2}
"""Half the height of an object, as a share of the picture's side; most objects are neither small nor large."""
GROUP_RADIUS = 0.08
"""Half the height of each object of a group of two or three."""

OPPOSITES = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
    "in front of": "behind",
    "behind": "in front of",
}
"""A R B is the same state as B OPPOSITES[R] A."""


def generator(seed: int, *key: object) -> random.Random:
    """A random generator that depends on the seed and the key alone, never on order or time."""
    text = "/".join(map(str, (seed, *key)))
    return random.Random(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big"))


@cache
def unseen_colours(seed: int) -> dict[str, tuple[str, str]]:
    """
    For half of the shapes, the two colours in which only the part ``unseen`` shows them: 8 of 64 pairs.

    They come in twos, and no colour belongs to two shapes. So an unseen pair's colour can be exchanged for its twin's
    and the result is as unseen as before: a text that names an unseen pair is no sign of being false.
    """
    rng = generator(seed, "unseen pairs")
    shapes = rng.sample(SHAPES, len(SHAPES) // 2)
    colours = rng.sample(tuple(COLOURS), len(COLOURS))
    return {shape: (colours[2 * i], colours[2 * i + 1]) for i, shape in enumerate(shapes)}


def is_unseen(seed: int, shape: str, colour: str) -> bool:
    """Whether training never shows this shape in this colour."""
    return colour in unseen_colours(seed).get(shape, ())
