"""Running a plan: resume what is finished, make the rest, quarantine poison, write the manifest last."""

import json
import platform
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from structclip_pipeline.output import (
    RUN_NAME,
    State,
    begin,
    clean_up,
    finished_manifest,
    state_of,
    sweep,
)
from structclip_pipeline.plan import QUARANTINED, Plan, ShardTask
from structclip_pipeline.progress import progress
from structclip_pipeline.quarantine import find_poison
from structclip_pipeline.scheduling import Failure, attempt, isolation, run_tasks
from structclip_pipeline.shards import Job, ShardRecord, Work, finished_record, job_of, make_shard, probe_shard
from structclip_pipeline.storage import absolute, join, publish_text
from structclip_schemas.errors import QuarantineError, StructclipError
from structclip_schemas.manifest import MANIFEST_NAME, Manifest


@dataclass(frozen=True, slots=True)
class Run:
    """
    A finished run: the dataset's manifest, seconds taken, rows a second.

    ``resumed`` counts the shards that an earlier run had made; ``idle`` is True when the dataset was finished before.
    ``counts`` are the work's own, summed over the shards.
    """

    manifest: Manifest
    seconds: float
    rows_per_second: float
    resumed: int = 0
    idle: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)


def run_plan(
    plan: Plan,
    output: str,
    work: Work,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    overwrite: bool = False,
    label: str = "rows",
) -> Run:
    """
    Make a plan's dataset in a folder (an fsspec URL), resuming where an earlier run of the same plan stopped.

    The bytes of all files but ``run.json`` depend on the plan alone: not on workers, order, or kills. ``workers`` 0
    runs in this process; ``scheduler`` is a Dask scheduler's address and outranks ``workers``. A finished plan is left
    as it is. Raises PlanMismatchError when the folder belongs to another plan, unless ``overwrite``, which then
    removes our files from it first. Whether too much was quarantined is for :func:`check_quarantine`.
    """
    output = absolute(output)
    try:
        if not overwrite and state_of(output, plan) is State.FINISHED:
            return _idle(output)
        begin(output, plan)
        return _run(plan, job_of(plan, output, work), workers, scheduler, overwrite, label)
    except OSError as error:
        raise StructclipError(
            f"{output}: {error}. What is finished is kept; mend the cause, then run the same command again."
        ) from error


def _run(plan: Plan, job: Job, workers: int, scheduler: str | None, overwrite: bool, label: str) -> Run:
    started = time.monotonic()
    found = {} if overwrite else _finished(job, plan)
    records = dict(found)
    missing = [task for task in plan.shards if task.index not in found]
    before = sum(record.count for record in found.values())
    with progress(label, plan.rows, before) as advance:
        for record in _make(job, missing, _useful(workers, len(missing)), scheduler):
            records[record.index] = record
            advance(record.count)
    manifest = _publish_manifest(plan, job, [records[task.index] for task in plan.shards])
    seconds = time.monotonic() - started
    counts = _summed_counts(records.values())
    run = Run(manifest, seconds, (plan.rows - before) / max(seconds, 1e-3), len(found), counts=counts)
    publish_text(join(job.output, RUN_NAME), _run_json(run, workers, scheduler))
    clean_up(job.output)
    return run


def check_quarantine(manifest: Manifest, limit: float) -> None:
    """Raise QuarantineError when more than a share ``limit`` of the rows read was quarantined."""
    read, bad = sum(manifest.tally.values()), manifest.tally.get(QUARANTINED, 0)
    if bad > limit * read:
        raise QuarantineError(
            f"{bad:,} of {read:,} rows were quarantined ({bad / read:.2%}; --max-quarantine allows {limit:.2%}). The "
            "dataset is complete without them: see the rows with reason 'quarantined' in its left_out-*.parquet."
        )


def _idle(output: str) -> Run:
    clean_up(output)
    manifest = finished_manifest(output)
    assert manifest is not None
    return Run(manifest, 0.0, 0.0, len(manifest.shards), idle=True)


def _useful(workers: int, tasks: int) -> int:
    """No more workers than tasks."""
    return min(workers, max(tasks, 1))


def _finished(job: Job, plan: Plan) -> dict[int, ShardRecord]:
    records = (finished_record(job, task.index) for task in plan.shards)
    return {record.index: record for record in records if record is not None}


def _make(job: Job, tasks: list[ShardTask], workers: int, scheduler: str | None) -> Iterable[ShardRecord]:
    """Make the shards; those that fail come last, each alone, without the rows to blame."""
    if not tasks:
        return
    failed: list[ShardTask] = []
    for task, outcome in run_tasks(partial(make_shard, job), tasks, workers=workers, scheduler=scheduler):
        if isinstance(outcome, Failure):
            failed.append(task)
        else:
            yield outcome
    if not failed:
        return
    with isolation() as isolated:
        call = attempt if workers == 0 and scheduler is None else isolated
        for task in sorted(failed, key=lambda t: t.index):
            yield _make_without_poison(job, task, call)


def _make_without_poison(job: Job, task: ShardTask, call: Any) -> ShardRecord:
    poison = find_poison(task, lambda probe: call(probe_shard, job, probe))
    outcome = call(make_shard, job, task.quarantining(poison))
    if isinstance(outcome, Failure):
        raise StructclipError(
            f"shard {task.index}: fails ({outcome.detail}) though {len(poison)} row(s) that fail alone were left out. "
            "Run the same command again with a smaller --shard-rows, and please report it."
        )
    record: ShardRecord = outcome
    return record


def _publish_manifest(plan: Plan, job: Job, records: list[ShardRecord]) -> Manifest:
    """The moment the dataset exists: its manifest, beside the shards it lists and nothing else."""
    sweep(job.output, {file.name for r in records for file in (r.data, r.left_out) if file})
    manifest = _manifest(plan, job, records)
    publish_text(join(job.output, MANIFEST_NAME), manifest.to_json())
    return manifest


def _manifest(plan: Plan, job: Job, records: list[ShardRecord]) -> Manifest:
    tally = Counter({"kept": sum(r.data.rows for r in records)})
    without_negative: Counter[str] = Counter()
    for record in records:
        tally.update(record.reasons)
        without_negative.update(record.without_negative)
    return Manifest(
        table=plan.table,
        rows=tally["kept"],
        shards=tuple(r.data for r in records),
        plan_hash=job.plan_hash,
        inputs=tuple(dict(i) for i in plan.inputs),
        parameters=dict(plan.parameters),
        graph_source=plan.graph_source,
        parent=plan.parent,
        tally=dict(tally),
        without_negative=dict(without_negative),
        software=dict(job.software),
    )


def _summed_counts(records: Iterable[ShardRecord]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for record in records:
        counts.update(record.counts)
    return dict(counts)


def _run_json(run: Run, workers: int, scheduler: str | None) -> str:
    content = {
        "counts": dict(run.counts),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(run.seconds, 3),
        "rows_per_second": round(run.rows_per_second, 1),
        "resumed_shards": run.resumed,
        "workers": workers,
        "scheduler": scheduler,
        "host": platform.node(),
        "python": platform.python_version(),
    }
    return json.dumps(content, indent=1, sort_keys=True) + "\n"
