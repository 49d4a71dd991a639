"""Options that every command running a plan shares, and how such a command runs and reports."""

import functools
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # these bring pyarrow, which --help does without
    from structclip_pipeline.plan import Plan
    from structclip_pipeline.run import Run
    from structclip_pipeline.shards import Work


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run a plan and where to; nothing here changes a byte of the dataset."""

    output: str
    workers: int
    scheduler: str | None
    max_quarantine: float
    overwrite: bool
    dry_run: bool
    as_json: bool


_OPTIONS = (
    click.option("--output", "-o", required=True, metavar="DIR", help="Folder or URL to write the dataset into."),
    click.option(
        "--workers",
        type=click.IntRange(min=0),
        default=None,
        metavar="N",
        help="Local worker processes; 0 runs in this process. [default: the cores of this machine]",
    ),
    click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler to run on, e.g. tcp://host:8786."),
    click.option(
        "--max-quarantine",
        type=click.FloatRange(0, 1),
        default=0.001,
        show_default=True,
        metavar="SHARE",
        help="End with exit code 3 when more than this share of the rows was quarantined.",
    ),
    click.option("--overwrite", is_flag=True, help="Replace what another plan wrote into the output folder."),
    click.option("--dry-run", is_flag=True, help="Print the plan and write nothing."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout."),
)


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of RunOptions to a command, which gets them as one keyword argument ``run``."""

    @functools.wraps(command)
    def gathered(*args: Any, workers: int | None, **values: Any) -> Any:
        own = {name: values.pop(name) for name in RunOptions.__dataclass_fields__ if name in values}
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return command(*args, run=RunOptions(workers=cores if workers is None else workers, **own), **values)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def execute(plan: "Plan", work: "Work", run: RunOptions, label: str) -> None:
    """
    Run a plan as the options say and report it; with --dry-run print it only.

    Raises QuarantineError after the report when too many rows were quarantined by this run.
    """
    from structclip_pipeline.run import check_quarantine, run_plan

    if run.dry_run:
        show_plan(plan, run)
        return
    done = run_plan(
        plan,
        run.output,
        work,
        workers=run.workers,
        scheduler=run.scheduler,
        overwrite=run.overwrite,
        label=label,
    )
    show_run(done, run)
    if not done.idle:
        check_quarantine(done.manifest, run.max_quarantine)


def show_plan(plan: "Plan", run: RunOptions) -> None:
    """Print what a run would do. Raises what the run would raise about the output folder."""
    from structclip_pipeline.output import State, state_of
    from structclip_pipeline.storage import absolute

    state = State.FRESH if run.overwrite else state_of(absolute(run.output), plan)
    content = {
        "table": plan.table,
        "rows": plan.rows,
        "shards": len(plan.shards),
        "parameters": dict(plan.parameters),
        "inputs": [dict(i) for i in plan.inputs],
        "graph_source": plan.graph_source,
        "plan_hash": plan.hash,
        "output": run.output,
        "found": state.value,
    }
    if run.as_json:
        click.echo(json.dumps(content, sort_keys=True, ensure_ascii=False))
        return
    for name, value in content.items():
        click.echo(f"{name}: {value if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)}")
    click.echo("dry run: nothing was written")


def show_run(done: "Run", run: RunOptions) -> None:
    """Print the final summary: rows, tally, speed."""
    manifest = done.manifest
    content: dict[str, Any] = {
        "output": run.output,
        "table": manifest.table,
        "rows": manifest.rows,
        "shards": len(manifest.shards),
        "tally": manifest.tally,
        "without_negative": manifest.without_negative,
        "counts": dict(done.counts),
        "plan_hash": manifest.plan_hash,
        "seconds": round(done.seconds, 3),
        "rows_per_second": round(done.rows_per_second, 1),
        "resumed_shards": done.resumed,
        "idle": done.idle,
    }
    if run.as_json:
        click.echo(json.dumps(content, sort_keys=True, ensure_ascii=False))
        return
    if done.idle:
        click.echo(f"{run.output}: finished earlier, nothing to do")
    click.echo(f"{manifest.table}: {manifest.rows:,} rows in {len(manifest.shards)} shard(s), {run.output}")
    click.echo(f"tally: {_counts(manifest.tally)}")
    if manifest.without_negative:
        click.echo(f"without a negative: {_counts(manifest.without_negative)}")
    if done.counts:
        click.echo(f"counts: {_counts(done.counts)}")
    if not done.idle:
        resumed = f", {done.resumed} shard(s) from an earlier run" if done.resumed else ""
        click.echo(f"{done.seconds:,.1f} s, {done.rows_per_second:,.0f} rows/s{resumed}")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda i: (-i[1], i[0])))
