"""One shard: the work's result written as Parquet files, and the record that says it is finished."""

import gc
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pyarrow as pa

from structclip_pipeline.plan import LeftOut, Plan, ShardResult, ShardTask, shard_name
from structclip_pipeline.storage import describe, join, open_read, publish, publish_text
from structclip_schemas.errors import StructclipError
from structclip_schemas.manifest import Shard, canonical_json
from structclip_schemas.packed import write_packed
from structclip_schemas.tables import with_metadata, write_rows

Work = Callable[[Mapping[str, Any], ShardTask], ShardResult]
"""``work(parameters, task)``: a picklable module-level function, the same result wherever and whenever it runs."""

UNFINISHED = ".unfinished"
_DETAIL_CHARACTERS = 500
_NEW_OBJECTS = 100_000
"""New objects after which a shard's work looks for cycles: a shard is a million values that form none."""

_PACKAGES = {"packed": ("structclip", "pyarrow", "pillow", "transformers", "tokenizers")}
_OTHER_TABLES = ("structclip", "pyarrow", "spacy")


@dataclass(frozen=True, slots=True)
class Job:
    """What every shard of a run needs to be made anywhere: the work, the place, and the plan without its tasks."""

    work: Work
    output: str
    table: str
    parameters: Mapping[str, Any]
    graph_source: str
    plan_hash: str
    shards: int
    software: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShardRecord:
    """A finished shard: its files and counts. ``reasons`` counts rows left out by reason."""

    plan_hash: str
    software: Mapping[str, str]
    index: int
    data: Shard
    left_out: Shard | None
    reasons: Mapping[str, int]
    without_negative: Mapping[str, int]
    counts: Mapping[str, int]

    @property
    def count(self) -> int:
        """Rows read."""
        return self.data.rows + sum(self.reasons.values())


def job_of(plan: Plan, output: str, work: Work) -> Job:
    """The part of a plan that travels to the workers."""
    return Job(
        work,
        output,
        plan.table,
        plan.parameters,
        plan.graph_source,
        plan.hash,
        len(plan.shards),
        software_versions(plan.table),
    )


def make_shard(job: Job, task: ShardTask) -> ShardRecord:
    """Do the work of one shard, publish its files, then its record. Raises what the work raises."""
    with _collecting_rarely():
        result = _work_checked(job, task)
    data = _publish_rows(job, job.table, task.index, result.rows)
    left_out = None
    if result.left_out:
        rows = [_left_out_row(left) for left in result.left_out]
        left_out = _publish_rows(job, "left_out", task.index, rows)
    reasons = Counter(left.reason for left in result.left_out)
    record = ShardRecord(
        job.plan_hash,
        job.software,
        task.index,
        data,
        left_out,
        dict(reasons),
        dict(result.without_negative),
        dict(result.counts),
    )
    publish_text(_record_location(job, task.index), canonical_json(asdict(record)))
    return record


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Look for cycles seldom: at Python's own threshold that takes a sixth of make-negatives' time, and finds none."""
    usual = gc.get_threshold()
    if 0 < usual[0] < _NEW_OBJECTS:  # 0: never
        gc.set_threshold(_NEW_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def probe_shard(job: Job, task: ShardTask) -> None:
    """Do the work of one shard and throw the result away."""
    job.work(job.parameters, task)


def finished_record(job: Job, index: int) -> ShardRecord | None:
    """The record of a shard that an earlier run finished; None unless its files are there byte for byte."""
    try:
        with open_read(_record_location(job, index)) as file:
            record = _record_from_json(file.read().decode())
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    if record.plan_hash != job.plan_hash or dict(record.software) != dict(job.software):
        return None
    files = [shard for shard in (record.data, record.left_out) if shard]
    return record if all(_is_intact(job.output, shard) for shard in files) else None


def software_versions(table: str) -> dict[str, str]:
    """Versions of the packages that decide the bytes of a table's shards."""
    versions = {}
    for package in _PACKAGES.get(table, _OTHER_TABLES):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def _work_checked(job: Job, task: ShardTask) -> ShardResult:
    result = job.work(job.parameters, task)
    seen = len(result.rows) + len(result.left_out)
    if seen != task.count:
        raise StructclipError(
            f"shard {task.index}: {task.count} rows to read, but {len(result.rows)} kept and "
            f"{len(result.left_out)} left out. This is a fault of structclip; please report it."
        )
    return result


def _publish_rows(job: Job, table: str, index: int, rows: list[dict[str, Any]] | pa.Table) -> Shard:
    name = shard_name(table, index, job.shards)
    if isinstance(rows, pa.Table):
        packed = rows.cast(with_metadata(table, job.graph_source, job.plan_hash, rows.schema))
        written = publish(join(job.output, name), lambda file: write_packed(file, packed))
    else:
        schema = with_metadata(table, job.graph_source, job.plan_hash)
        written = publish(join(job.output, name), lambda file: write_rows(file, rows, schema))
    return Shard(name, len(rows), written.bytes, written.sha256)


def _left_out_row(left: LeftOut) -> dict[str, Any]:
    return {
        "caption_id": None if left.caption_id is None else storable(left.caption_id),
        "source": storable(left.source),
        "row": left.row,
        "reason": left.reason,
        "detail": storable(left.detail[:_DETAIL_CHARACTERS]),
    }


def storable(text: str) -> str:
    r"""
    A text as Arrow can store it: lone surrogates are written out.

    >>> storable("a\ud800")
    'a\\ud800'
    """
    return text.encode("utf-8", "backslashreplace").decode()


def _record_location(job: Job, index: int) -> str:
    return join(job.output, f"{UNFINISHED}/finished-{index:05d}.json")


def _record_from_json(text: str) -> ShardRecord:
    content = json.loads(text)
    left_out = content.pop("left_out")
    return ShardRecord(data=Shard(**content.pop("data")), left_out=Shard(**left_out) if left_out else None, **content)


def _is_intact(folder: str, shard: Shard) -> bool:
    try:
        found = describe(join(folder, shard.name))
    except FileNotFoundError:
        return False
    return (found.bytes, found.sha256) == (shard.bytes, shard.sha256)
