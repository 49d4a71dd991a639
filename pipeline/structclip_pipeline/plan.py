"""A plan: everything that decides a dataset's bytes, cut into shard tasks, before any of them runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pyarrow as pa

from structclip_schemas.manifest import canonical_json, input_mark, plan_hash

QUARANTINED = "quarantined"
"""Reason of a row that kills or fails the work; the one reason --max-quarantine counts."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row read and not kept: the columns of the left_out table. ``row`` counts from zero in its source."""

    caption_id: str | None
    source: str
    row: int
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ShardTask:
    """
    One shard's work: ``count`` rows to read, found by ``payload`` (small, picklable, the work's own business).

    ``quarantined`` maps row numbers within the shard (from zero) to the detail why they must not be touched: the work
    leaves these rows out with the reason ``quarantined`` and does everything else as always.
    """

    index: int
    count: int
    payload: Mapping[str, Any]
    quarantined: Mapping[int, str] = field(default_factory=dict)

    def quarantining(self, rows: Mapping[int, str]) -> Self:
        """The same task with these rows quarantined."""
        return replace(self, quarantined=dict(rows))


@dataclass(frozen=True, slots=True)
class ShardResult:
    """
    What the work made of a shard: table rows in source order (packed: an Arrow table), and every other row as left out.

    ``without_negative`` counts kept rows without a negative by reason. ``len(rows) + len(left_out)`` must be the
    task's ``count``; the engine checks it. ``counts`` are summed over the shards into ``run.json``: what the work wants
    known beside the rows, such as candidates that were not chosen.
    """

    rows: list[dict[str, Any]] | pa.Table
    left_out: list[LeftOut] = field(default_factory=list)
    without_negative: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A dataset to be made: its table, what decides its content, and its shards in order.

    ``parameters`` hold no path, worker count or host. ``inputs`` are the manifest's: {"uri", "sha256" or "size"
    and "etag", "rows"}.
    """

    table: str
    parameters: Mapping[str, Any]
    inputs: tuple[Mapping[str, Any], ...]
    graph_source: str
    shards: tuple[ShardTask, ...]
    parent: str | None = None

    @property
    def hash(self) -> str:
        """sha256 of table, version, parameters, input hashes (or sizes and etags) and graph source."""
        return plan_hash(self.table, dict(self.parameters), [input_mark(i) for i in self.inputs], self.graph_source)

    @property
    def rows(self) -> int:
        """Rows that will be read."""
        return sum(task.count for task in self.shards)

    def shard_name(self, index: int) -> str:
        """File name of a data shard."""
        return shard_name(self.table, index, len(self.shards))

    def left_out_name(self, index: int) -> str:
        """File name of the rows left out of a shard; the file is there only when there are such rows."""
        return shard_name("left_out", index, len(self.shards))

    def to_json(self) -> str:
        """The text of ``plan.json``, which marks an unfinished folder as this plan's."""
        content = {
            "plan_hash": self.hash,
            "table": self.table,
            "parameters": dict(self.parameters),
            "inputs": [dict(i) for i in self.inputs],
            "graph_source": self.graph_source,
            "rows": self.rows,
            "shards": len(self.shards),
        }
        return canonical_json(content) + "\n"


def shard_name(table: str, index: int, count: int) -> str:
    """
    A shard's file name.

    >>> shard_name("graphs", 3, 16)
    'graphs-00003-of-00016.parquet'
    """
    return f"{table}-{index:05d}-of-{count:05d}.parquet"
