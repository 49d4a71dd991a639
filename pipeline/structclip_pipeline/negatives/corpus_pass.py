"""The statistics pass: counts of every shard, merged eight at a time, one file at the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from structclip_pipeline.negatives.contexts import count_contexts, merge_contexts
from structclip_pipeline.negatives.statistics import (
    NgramCounts,
    count_ngrams,
    fold_of,
    merge_counts,
    plan_of,
    read_contexts,
    read_counts,
    write_counts,
)
from structclip_pipeline.scheduling import Failure, run_tasks
from structclip_pipeline.shards import UNFINISHED
from structclip_pipeline.storage import join, open_read, publish
from structclip_schemas.dataset import read_shard
from structclip_schemas.errors import StructclipError

NAME = "statistics.parquet"
_FAN_IN = 8


@dataclass(frozen=True, slots=True)
class CountTask:
    """
    Make the counts file ``target`` of a plan: from a graphs shard (first level) or from counts files.

    ``contexts`` tells whether the contexts of words are counted beside n-grams.
    """

    plan_hash: str
    sources: tuple[str, ...]
    from_graphs: bool
    target: str
    contexts: bool


def gather_statistics(
    plan_hash: str,
    shards: Sequence[str],
    output: str,
    workers: int,
    scheduler: str | None,
    *,
    contexts: bool = False,
) -> str:
    """
    Count the n-grams of all captions of graphs shards and leave ``statistics.parquet`` in the output folder.

    With ``contexts`` the file counts the contexts of their words too.

    What an interrupted pass of the same plan finished is used again. Returns the file's location.
    """
    final = join(output, NAME)
    if _is_made(final, plan_hash):
        return final
    level, sources = 0, list(shards)
    while level == 0 or len(sources) > 1:
        groups = [sources[k : k + (_FAN_IN if level else 1)] for k in range(0, len(sources), _FAN_IN if level else 1)]
        last = len(groups) <= 1
        targets = [final if last else _part(output, plan_hash, level, k) for k in range(len(groups))]
        tasks = [CountTask(plan_hash, tuple(g), level == 0, t, contexts) for g, t in zip(groups, targets, strict=True)]
        _run(make_counts, tasks, workers, scheduler)
        level, sources = level + 1, targets
    return final


def make_counts(task: CountTask) -> None:
    """Do one step of the pass and publish its file; nothing when it is there already."""
    if _is_made(task.target, task.plan_hash):
        return
    counts = _count_shard(task.sources[0]) if task.from_graphs else merge_counts([load_counts(s) for s in task.sources])
    contexts = _contexts(task) if task.contexts else None
    publish(task.target, lambda file: write_counts(file, counts, task.plan_hash, contexts))


def _contexts(task: CountTask) -> pa.Table:
    if not task.from_graphs:
        return merge_contexts([load_contexts(s) for s in task.sources])
    location = task.sources[0]
    with open_read(location) as file:
        return count_contexts(read_shard(file, location, "graphs").to_pylist())


def load_counts(location: str) -> NgramCounts:
    """Read a counts file by its URL."""
    with open_read(location) as file:
        return read_counts(file, location)


def load_contexts(location: str) -> pa.Table:
    """Read the contexts of words from a counts file by its URL."""
    with open_read(location) as file:
        return read_contexts(file, location)


def _count_shard(location: str) -> NgramCounts:
    with open_read(location) as file:
        table = read_shard(file, location, "graphs", ["caption_id", "image_id", "caption"])
    ids, images, captions = (table[name].to_pylist() for name in ("caption_id", "image_id", "caption"))
    return count_ngrams(captions, [fold_of(image, own) for image, own in zip(images, ids, strict=True)])


def _part(output: str, plan_hash: str, level: int, index: int) -> str:
    return join(output, f"{UNFINISHED}/statistics-{plan_hash[:16]}-{level}-{index:05d}.parquet")


def _is_made(location: str, plan_hash: str) -> bool:
    try:
        with open_read(location) as file:
            return plan_of(file) == plan_hash
    except FileNotFoundError:
        return False


def _run(function: Callable[[CountTask], None], tasks: list[CountTask], workers: int, scheduler: str | None) -> None:
    workers = min(workers, len(tasks)) if len(tasks) > 1 else 0
    for task, outcome in run_tasks(function, tasks, workers=workers, scheduler=scheduler):
        if isinstance(outcome, Failure):
            raise StructclipError(
                f"{', '.join(task.sources)}: counting its words failed ({outcome.detail}). "
                "What is finished is kept; mend the cause, then run the same command again."
            )
