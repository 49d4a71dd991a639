"""audit balance as plan and work: what is kept is decided over all shards, then each shard is written by itself."""

from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from math import isfinite
from typing import Any

from structclip_pipeline.audit.balance import Balance, balance, is_kept
from structclip_pipeline.audit.variants import NEGATIVE, Listed, listed, variants_of
from structclip_pipeline.plan import QUARANTINED, LeftOut, Plan, ShardResult, ShardTask
from structclip_pipeline.storage import absolute, describe, join, open_read
from structclip_schemas.dataset import Dataset, open_dataset, read_shard
from structclip_schemas.errors import InputError
from structclip_schemas.manifest import MANIFEST_NAME, canonical_json

NONE_BEFORE, BALANCED_AWAY = "none-before", "balanced-away"
"""Why a caption has no negative: it had none in the input, or all were taken for the balance."""


def open_negatives(location: str) -> Dataset:
    """Open the negatives to balance; InputError when there are none."""
    return open_dataset(absolute(location), "negatives", open_read)


def plan_balance(negatives: Dataset, width: float, seed: int) -> tuple[Plan, Balance]:
    """
    Decide which negatives of a dataset stay, and plan one task a shard, with its bounds and order.

    Reads kinds, texts and plausibilities of all shards; nothing is written. Raises InputError when a negative has no
    plausibility.
    """
    manifest = negatives.manifest
    found = balance(_with_plausibility(negatives), width, seed)
    parameters = {
        "balance": {"width": width, "seed": seed},
        "negatives": sha256(canonical_json([s.sha256 for s in manifest.shards]).encode()).hexdigest(),
        "made_with": dict(manifest.parameters),
    }
    limits = [[kind, number, limit] for (kind, number), limit in sorted(found.limits.items())]
    tasks = tuple(
        ShardTask(index, shard.rows, {"shard": negatives.path(shard), "limits": limits})
        for index, shard in enumerate(manifest.shards)
    )
    parent = describe(join(negatives.location, MANIFEST_NAME)).sha256
    return Plan("negatives", parameters, manifest.inputs, manifest.graph_source, tasks, parent), found


def balance_shard(parameters: Mapping[str, Any], task: ShardTask) -> ShardResult:
    """Write one shard without the negatives that are not kept: every row stays but those quarantined."""
    location = task.payload["shard"]
    limits = {(kind, number): limit for kind, number, limit in task.payload["limits"]}
    width, seed = parameters["balance"]["width"], parameters["balance"]["seed"]
    with open_read(location) as file:
        table = read_shard(file, location, "negatives")
    kept = {(n.row, n.number) for n in listed(table, task.index, NEGATIVE) if is_kept(n, limits, width, seed)}
    rows = table.to_pylist()
    had = [len(row["negatives"]) for row in rows]
    for number, row in enumerate(rows):
        row["negatives"] = [variant for place, variant in enumerate(row["negatives"]) if (number, place) in kept]
    healthy = [number for number in range(len(rows)) if number not in task.quarantined]
    reasons = Counter(
        BALANCED_AWAY if had[number] else NONE_BEFORE for number in healthy if not rows[number]["negatives"]
    )
    left_out = [
        LeftOut(rows[number]["caption_id"], location.rsplit("/", 1)[-1], number, QUARANTINED, detail)
        for number, detail in sorted(task.quarantined.items())
    ]
    counts = {"negatives": len(kept), "balanced_away": sum(had) - len(kept)}
    return ShardResult([rows[number] for number in healthy], left_out, reasons, counts)


def _with_plausibility(negatives: Dataset) -> Iterator[Listed]:
    for found in variants_of(negatives, (NEGATIVE,)):
        if found.plausibility is None or not isfinite(found.plausibility):
            raise InputError(
                f"{negatives.location}: caption {found.caption_id!r} has a negative of plausibility "
                f"{found.plausibility}, so there is nothing to balance by. Make them with --verify flag or drop."
            )
        yield found
