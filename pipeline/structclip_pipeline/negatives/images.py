"""Captions of one image among the rows of a shard."""

from collections import defaultdict
from collections.abc import Iterable


def group_by_image(images: Iterable[str | None]) -> dict[str, list[int]]:
    """
    The places of each image's captions, from the image of every caption; those without one are in no group.

    >>> group_by_image(["a", None, "b", "a"])
    {'a': [0, 3], 'b': [2]}
    """
    places: dict[str, list[int]] = defaultdict(list)
    for index, image in enumerate(images):
        if image is not None:
            places[image].append(index)
    return dict(places)
