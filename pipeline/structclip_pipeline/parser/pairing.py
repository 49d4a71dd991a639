"""Which objects may be joined, which attributes owned, and how far apart they stand."""

from collections.abc import Sequence

from structclip_pipeline.parser.shapes import FARTHEST, FARTHEST_RANK

Span = tuple[int, int]


def list_pairs(objects: Sequence[Span]) -> list[tuple[int, int, int, int]]:
    """(head, tail, distance, rank distance) of every ordered pair near enough, distances counted from 0."""
    return [
        (i, j, clip_distance(objects[i], objects[j]), j - i + FARTHEST_RANK)
        for i in range(len(objects))
        for j in range(max(0, i - FARTHEST_RANK), min(len(objects), i + FARTHEST_RANK + 1))
        if i != j
    ]


def list_owners(attributes: Sequence[Span], objects: Sequence[Span]) -> list[tuple[int, int, int, int]]:
    """(attribute, object, distance, rank distance) of every attribute with the objects near it."""
    found = []
    for i, attribute in enumerate(attributes):
        following = sum(1 for o in objects if o[0] < attribute[0])
        for j in range(max(0, following - FARTHEST_RANK), min(len(objects), following + FARTHEST_RANK + 1)):
            found.append((i, j, clip_distance(attribute, objects[j]), j - following + FARTHEST_RANK))
    return found


def clip_distance(a: Span, b: Span) -> int:
    """
    Signed number of tokens between two spans, clipped, counted from 0.

    >>> clip_distance((0, 1), (1, 2)), clip_distance((5, 6), (0, 1))
    (13, 7)
    """
    signed = b[0] - a[1] + 1 if b[0] >= a[1] else -(a[0] - b[1] + 1)
    return max(-FARTHEST, min(FARTHEST, signed)) + FARTHEST
