"""pack as a plan: which images make which shard, and where each task finds them and their captions."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pyarrow as pa

from structclip_pipeline.output import PLAN_NAME, State, state_of
from structclip_pipeline.pack.encoding import Encoding, encode_image
from structclip_pipeline.pack.grouping import Group, group_captions
from structclip_pipeline.pack.images import Images, Located, image_reader, locate_images
from structclip_pipeline.plan import Plan, ShardTask
from structclip_pipeline.staging import publish_staged
from structclip_pipeline.storage import absolute, describe, exists, join, open_read
from structclip_schemas.dataset import Dataset, open_dataset
from structclip_schemas.manifest import MANIFEST_NAME, canonical_json
from structclip_schemas.packed import SHARD_BYTES, bounds_of, even_parts

_place = pa.struct([("file", pa.int32()), ("first", pa.int64()), ("second", pa.int64())])
STAGED = pa.schema(
    [
        ("image_id", pa.string()),
        ("image", pa.string()),
        ("place", _place),
        ("shards", pa.list_(pa.int32())),
        ("rows", pa.list_(pa.int64())),
    ]
)
"""An image as a task reads it: its place (null: not there), and shard and row of each of its captions."""

_SAMPLED = 32
_FEW = 256  # so few images make one shard, and of more that many times more are packed than sampled


@dataclass(frozen=True, slots=True)
class PackSettings:
    """What decides a packed dataset beside its inputs; ``shard_images`` None: as many as make 256 to 512 MB."""

    encoding: Encoding
    tokenizer: str | None = None
    """The tokenizer's hash, None for no token ids."""
    shard_images: int | None = None


def open_negatives(location: str) -> Dataset:
    """Open the negatives that are packed; InputError when there are none."""
    return open_dataset(absolute(location), "negatives", open_read)


def plan_pack(
    negatives: Dataset, images: Images, settings: PackSettings, output: str, *, overwrite: bool, dry_run: bool
) -> Plan:
    """
    Plan the packed dataset of negatives and their images, staging each task's list of images in the output folder.

    Nothing is staged for a dry run, or when the output folder holds the finished dataset already. Raises InputError
    about the images, PlanMismatchError about the output folder.
    """
    output = absolute(output)
    groups = group_captions(negatives)
    located = locate_images(images, [group.key for group in groups])
    bounds = bounds_of(len(groups), _shard_count(negatives, groups, images, located, settings))
    tasks = tuple(ShardTask(index, bounds[index + 1] - bounds[index], {}) for index in range(len(bounds) - 1))
    plan = _plan(negatives, images, settings, located, tasks)
    owned = any(exists(join(output, name)) for name in (MANIFEST_NAME, PLAN_NAME))
    if dry_run or (owned and not overwrite and state_of(output, plan) is State.FINISHED):
        return plan
    shards = [negatives.path(shard) for shard in negatives.manifest.shards]
    staged = tuple(_staged(task, bounds, groups, located, shards, output) for task in tasks)
    return _plan(negatives, images, settings, located, staged)


def _plan(
    negatives: Dataset, images: Images, settings: PackSettings, located: Located, tasks: tuple[ShardTask, ...]
) -> Plan:
    manifest = negatives.manifest
    parameters: dict[str, Any] = {
        "size": settings.encoding.size,
        "quality": settings.encoding.quality,
        "tokenizer": settings.tokenizer,
        "shards": len(tasks),
        "images": images.kind,
        "image_column": images.columns.image,
        "id_column": images.columns.image_id,
        "negatives": sha256(canonical_json([s.sha256 for s in manifest.shards]).encode()).hexdigest(),
    }
    parent = describe(join(negatives.location, MANIFEST_NAME)).sha256
    inputs = (*manifest.inputs, *located.inputs)
    return Plan("packed", parameters, inputs, manifest.graph_source, tasks, parent)


def _shard_count(
    negatives: Dataset, groups: list[Group], images: Images, located: Located, settings: PackSettings
) -> int:
    """How many shards; from the sizes of a few images spread over the dataset where the user does not say."""
    if not groups:
        return 0
    if settings.shard_images is not None:
        return -(-len(groups) // settings.shard_images)
    sampled = min(_SAMPLED, len(groups) // _FEW)
    if not sampled:
        return 1
    read = image_reader(images)
    found = []
    for number in bounds_of(len(groups), sampled)[:-1]:
        content = read(located.places[number], groups[number].key[1])
        packed = encode_image(content, settings.encoding) if isinstance(content, bytes) else content
        if isinstance(packed, bytes):
            found.append(len(packed))
    pixels = len(groups) * sum(found) / max(len(found), 1)
    return min(len(groups), even_parts(pixels + sum(s.bytes for s in negatives.manifest.shards), *SHARD_BYTES))


def _staged(
    task: ShardTask, bounds: list[int], groups: list[Group], located: Located, shards: list[str], output: str
) -> ShardTask:
    """The task with its images written where it finds them; shards are numbered among those it reads."""
    part = range(bounds[task.index], bounds[task.index + 1])
    used = sorted({shard for number in part for shard in groups[number].shards})
    rank = {shard: number for number, shard in enumerate(used)}
    table = pa.Table.from_pylist([_staged_row(groups[number], located, number, rank) for number in part], schema=STAGED)
    url = publish_staged(output, task.index, table)
    return ShardTask(task.index, task.count, {"images": url, "shards": [shards[shard] for shard in used]})


def _staged_row(group: Group, located: Located, number: int, rank: dict[int, int]) -> dict[str, Any]:
    place = located.places[number]
    return {
        "image_id": group.key[0],
        "image": group.key[1],
        "place": None if place is None else {"file": place.file, "first": place.first, "second": place.second},
        "shards": [rank[shard] for shard in group.shards],
        "rows": group.rows,
    }
