"""Scenes as pictures: drawn three times too large with Pillow and scaled down."""

import io
import math
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageChops, ImageDraw

from structclip_pipeline.demo.scene import Scene, Thing
from structclip_pipeline.demo.vocabulary import COLOURS

_SCALE = 3
Colour = tuple[int, int, int]
Pencil = ImageDraw.ImageDraw
Points = list[tuple[float, float]]
_LINE: Colour = (20, 20, 20)


def render_scene(scene: Scene, size: int) -> bytes:
    """The picture of a scene as PNG bytes, ``size`` by ``size`` pixels, RGB; the same bytes on every call."""
    side = size * _SCALE
    picture = Image.new("RGB", (side, side), (scene.background,) * 3)
    for thing in scene.things:
        for x, y in _middles(thing):
            _draw_object(picture, thing, x * side, y * side, thing.radius * side)
    buffer = io.BytesIO()
    picture.reduce(_SCALE).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _middles(thing: Thing) -> Points:
    """Where each object of a group stands: side by side, the third above the two."""
    if thing.count == 1:
        return [(thing.x, thing.y)]
    step = 1.1 * thing.radius
    low = thing.y if thing.count == 2 else thing.y + thing.radius
    pair = [(thing.x - step, low), (thing.x + step, low)]
    return pair if thing.count == 2 else [(thing.x, thing.y - thing.radius), *pair]


def _draw_object(picture: Image.Image, thing: Thing, x: float, y: float, radius: float) -> None:
    """Fill the silhouette, lay the pattern over it, then the outline and the shape's own lines."""
    half = math.ceil(radius) + 2 * _SCALE
    corner = (round(x) - half, round(y) - half)
    mask = Image.new("L", (2 * half, 2 * half), 0)
    lines = Image.new("L", mask.size, 0)
    _SHAPES[thing.shape](ImageDraw.Draw(mask), ImageDraw.Draw(lines), half, radius)
    colour = COLOURS[thing.colour]
    picture.paste(colour, corner, mask)
    if thing.pattern is not None:
        tile = _pattern(thing.pattern, 2 * half, max(2, round(picture.width / 40)))
        picture.paste(_ink(colour), corner, ImageChops.multiply(mask, tile))
    picture.paste(_LINE if sum(colour) > 120 else (120, 120, 120), corner, lines)


def _ink(colour: Colour) -> Colour:
    """What a pattern is drawn in: a dark shade of light colours, a light tint of dark ones."""
    bright = sum(weight * part for weight, part in zip((0.3, 0.59, 0.11), colour, strict=True)) > 130
    goal, share = (0, 0.75) if bright else (255, 0.7)
    red, green, blue = (round(part + share * (goal - part)) for part in colour)
    return red, green, blue


@cache
def _pattern(name: str, side: int, step: int) -> Image.Image:
    """A mask of stripes, dots or checks; a stripe is ``step`` pixels wide, a dot and a check two."""
    tile = Image.new("L", (side, side), 0)
    pencil = ImageDraw.Draw(tile)
    middle, reach = side // 2, side // step + 2
    for i in range(-reach, reach + 1):
        if name == "striped" and i % 2 == 0:
            pencil.line((middle + i * step - side, 0, middle + i * step + side, 2 * side), fill=255, width=step)
        for j in range(-reach, reach + 1):
            _mark_cell(pencil, name, (middle + i * step, middle + j * step), step, (i, j))
    return tile


def _mark_cell(pencil: Pencil, name: str, corner: tuple[int, int], step: int, cell: tuple[int, int]) -> None:
    (x, y), (i, j) = corner, cell
    if name == "checkered" and (i // 2 + j // 2) % 2 == 0:
        pencil.rectangle((x, y, x + step - 1, y + step - 1), fill=255)
    if name == "dotted" and (j % 4, i % 4) in ((0, 0), (2, 2)):
        pencil.ellipse((x - 0.85 * step, y - 0.85 * step, x + 0.85 * step, y + 0.85 * step), fill=255)


Drawer = Callable[[Pencil, Pencil, float, float], None]
_WIDTH = 2


def _fill(mask: Pencil, lines: Pencil, points: Points) -> None:
    mask.polygon(points, fill=255)
    lines.line([*points, points[0], points[1]], fill=255, width=_WIDTH, joint="curve")


def _ball(mask: Pencil, lines: Pencil, c: float, r: float) -> None:
    box = (c - r, c - r, c + r, c + r)
    mask.ellipse(box, fill=255)
    lines.ellipse(box, outline=255, width=_WIDTH)


def _cube(mask: Pencil, lines: Pencil, c: float, r: float) -> None:
    d = 0.5 * r
    left, right, top, bottom = c - r, c + r, c - r, c + r
    outline = [(left, top + d), (left + d, top), (right, top), (right, bottom - d), (right - d, bottom), (left, bottom)]
    _fill(mask, lines, outline)
    inner = (right - d, top + d)
    for end in ((left, top + d), (right, top), (right - d, bottom)):
        lines.line([inner, end], fill=255, width=_WIDTH)


def _cone(mask: Pencil, lines: Pencil, c: float, r: float) -> None:
    base = (c - 0.85 * r, c + 0.5 * r, c + 0.85 * r, c + r)
    sides: Points = [(c - 0.85 * r, c + 0.75 * r), (c, c - r), (c + 0.85 * r, c + 0.75 * r)]
    mask.polygon(sides, fill=255)
    mask.ellipse(base, fill=255)
    lines.line(sides, fill=255, width=_WIDTH)
    lines.arc(base, 0, 180, fill=255, width=_WIDTH)


def _cylinder(mask: Pencil, lines: Pencil, c: float, r: float) -> None:
    left, right, lid = c - 0.7 * r, c + 0.7 * r, 0.28 * r
    mask.rectangle((left, c - r + lid, right, c + r - lid), fill=255)
    for y in (c - r, c + r - 2 * lid):
        mask.ellipse((left, y, right, y + 2 * lid), fill=255)
    lines.ellipse((left, c - r, right, c - r + 2 * lid), outline=255, width=_WIDTH)
    lines.arc((left, c + r - 2 * lid, right, c + r), 0, 180, fill=255, width=_WIDTH)
    for x in (left, right):
        lines.line([(x, c - r + lid), (x, c + r - lid)], fill=255, width=_WIDTH)


def _star(mask: Pencil, lines: Pencil, c: float, r: float) -> None:
    points = []
    for i in range(10):
        reach = r * (1.1 if i % 2 == 0 else 0.46)
        angle = math.pi * (i / 5 - 0.5)
        points.append((c + reach * math.cos(angle), c + 0.1 * r + reach * math.sin(angle)))
    _fill(mask, lines, points)


def _heart(mask: Pencil, lines: Pencil, c: float, r: float) -> None:
    points = []
    for i in range(40):
        t = 2 * math.pi * i / 40
        x = 16 * math.sin(t) ** 3
        y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        points.append((c + r * x / 16, c - r * (y + 2.5) / 14.5))
    _fill(mask, lines, points)


def _ring(mask: Pencil, lines: Pencil, c: float, r: float) -> None:
    for radius, fill in ((r, 255), (0.62 * r, 0)):
        box = (c - radius, c - radius, c + radius, c + radius)
        mask.ellipse(box, fill=fill)
        lines.ellipse(box, outline=255, width=_WIDTH)


def _box(mask: Pencil, lines: Pencil, c: float, r: float) -> None:
    for radius, fill in ((r, 255), (0.64 * r, 0)):
        box = (c - radius, c - radius, c + radius, c + radius)
        mask.rectangle(box, fill=fill)
        lines.rectangle(box, outline=255, width=_WIDTH)


_SHAPES: dict[str, Drawer] = {
    "ball": _ball,
    "cube": _cube,
    "cone": _cone,
    "cylinder": _cylinder,
    "star": _star,
    "heart": _heart,
    "ring": _ring,
    "box": _box,
}
