"""What each character of a caption stands for, and the lines a caption is cut into."""

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from structclip_schemas.graph import SceneGraph

OBJECT, ATTRIBUTE, RELATION = "object", "attribute", "relation"

_PIECE = re.compile(r"\S{1,24}\s?|\s")
"""A word with the space after it; a longer one (or text without spaces) may be cut."""


def roles_of(caption: str, graph: SceneGraph) -> list[str | None]:
    """The role of each code point; where spans overlap, an object shows before an attribute before a relation."""
    roles: list[str | None] = [None] * len(caption)
    layers = ((RELATION, graph.relations), (ATTRIBUTE, graph.attributes), (OBJECT, graph.objects))
    for role, elements in layers:
        for element in elements:
            roles[element.start : element.end] = [role] * (element.end - element.start)
    return roles


def runs(roles: list[str | None], start: int, end: int) -> Iterator[tuple[int, int, str | None]]:
    """Stretches of one role between two offsets, as (start, end, role)."""
    for role, group in groupby(range(start, end), key=lambda i: roles[i]):
        offsets = list(group)
        yield offsets[0], offsets[-1] + 1, role


def line_ranges(text: str, width: float, measure: Callable[[str], float]) -> list[tuple[int, int]]:
    """Cut a text into lines no wider than ``width`` in the units of ``measure``; the ranges cover all of it."""
    starts, used = [0], 0.0
    for piece in _PIECE.finditer(text):
        wide = measure(piece[0])
        if used and used + measure(piece[0].rstrip()) > width:
            starts.append(piece.start())
            used = 0.0
        used += wide
    return list(zip(starts, [*starts[1:], len(text)], strict=True))
