"""Captions grouped by image, over all shards of a dataset of negatives, without reading more than their keys."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from structclip_schemas.dataset import Dataset

Key = tuple[str | None, str | None]
"""image_id and image of a caption; captions that have both alike are captions of one image."""


@dataclass(slots=True)
class Group:
    """An image's captions: the shard and the row of each, in the dataset's order."""

    key: Key
    shards: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def group_captions(negatives: Dataset) -> list[Group]:
    """
    One group an image, in the order of their first captions.

    A caption with neither image_id nor image is alone. Memory holds the keys of the whole dataset.
    """
    groups: dict[Key | int, Group] = {}
    for number, (key, shard, row) in enumerate(_keys(negatives)):
        group = groups.setdefault(number if key == (None, None) else key, Group(key))
        group.shards.append(shard)
        group.rows.append(row)
    return list(groups.values())


def _keys(negatives: Dataset) -> Iterator[tuple[Key, int, int]]:
    for index, shard in enumerate(negatives.manifest.shards):
        table = negatives.read(shard, ["image_id", "image"])
        ids, images = (table.column(name).to_pylist() for name in ("image_id", "image"))
        for row, key in enumerate(zip(ids, images, strict=True)):
            yield key, index, row
