"""build-graphs as plan and work: captions of a source become rows of the graphs table."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

from structclip_pipeline.output import PLAN_NAME, State, require_folder, state_of
from structclip_pipeline.parser import GraphParser, load_parser
from structclip_pipeline.plan import QUARANTINED, LeftOut, Plan, ShardResult, ShardTask
from structclip_pipeline.shards import Work
from structclip_pipeline.staging import Selection, Source, Staged, discard_staged, open_sources, read_staged, stage
from structclip_pipeline.storage import absolute, exists, join, stem
from structclip_schemas.errors import InputError
from structclip_schemas.graph import SceneGraph
from structclip_schemas.manifest import MANIFEST_NAME
from structclip_schemas.spans import graph_faults
from structclip_schemas.tables import row_from_record
from structclip_schemas.variant import CaptionRecord


@cache
def parser_of(spec: str) -> GraphParser:
    """The parser of ``--parser``, loaded once a process."""
    return load_parser(spec)


def graphs_work(parser: str) -> Work:
    """The work function of build-graphs with a parser given as in ``--parser``."""
    return partial(parse_shard, parser)


def plan_graphs(
    uris: tuple[str, ...], selection: Selection, parser: str, output: str, *, overwrite: bool, dry_run: bool
) -> Plan:
    """
    Plan the graphs of sources, staging their rows in the output folder.

    Nothing is staged for a dry run, or when the output folder turns out to hold the finished dataset already. Raises
    InputError about the sources, PlanMismatchError about the output folder.
    """
    output = absolute(output)
    require_folder(output)
    sources = open_sources(uris, selection)
    graph_source = parser_of(parser).source
    owned = any(exists(join(output, name)) for name in (MANIFEST_NAME, PLAN_NAME))
    if dry_run or (owned and not overwrite):
        plan = _plan(sources, selection, graph_source, stage(sources, selection, None))
        if dry_run or state_of(output, plan) is State.FINISHED:
            return plan
    return _plan(sources, selection, graph_source, stage(sources, selection, output))


@contextmanager
def leaving_nothing_half_staged(output: str) -> Iterator[None]:
    """Remove rows staged in the output folder when an InputError ends the run before its plan is there."""
    try:
        yield
    except InputError:
        if not exists(join(output, PLAN_NAME)):
            discard_staged(absolute(output))
        raise


def parse_shard(spec: str, _parameters: Mapping[str, Any], task: ShardTask) -> ShardResult:
    """Parse a shard's captions, each distinct one once; rows with a reason, or a graph with a fault, are left out."""
    rows = read_staged(task.payload["rows"])
    for number, detail in task.quarantined.items():
        rows[number] |= {"reason": QUARANTINED, "detail": detail}
    parser = parser_of(spec)
    captions = list(dict.fromkeys(row["caption"] for row in rows if row["reason"] is None))
    graphs = dict(zip(captions, parser.parse(captions), strict=True)) if captions else {}
    result = ShardResult([])
    for row in rows:
        fault = _first_fault(row, graphs)
        if fault is None:
            result.rows.append(_graph_row(row, graphs[row["caption"]], parser.source))
        else:
            result.left_out.append(LeftOut(row["caption_id"], row["source"], row["row"], *fault))
    return result


def _first_fault(row: Mapping[str, Any], graphs: Mapping[str, SceneGraph]) -> tuple[str, str] | None:
    """(reason, detail) why a row is left out."""
    if row["reason"] is not None:
        return row["reason"], row["detail"]
    faults = graph_faults(row["caption"], graphs[row["caption"]])
    return (QUARANTINED, f"the parser's graph: {faults[0]}") if faults else None


def _graph_row(row: Mapping[str, Any], graph: SceneGraph, graph_source: str) -> dict[str, Any]:
    record = CaptionRecord(
        caption_id=row["caption_id"],
        image_id=row["image_id"],
        image=row["image"],
        split=row["split"],
        caption=row["caption"],
        graph=graph,
        graph_source=graph_source,
    )
    return row_from_record(record)


def _plan(sources: tuple[Source, ...], selection: Selection, graph_source: str, staged: Staged) -> Plan:
    inputs = tuple(
        {"uri": source.uri, **source.mark, "rows": rows} for source, rows in zip(sources, staged.rows, strict=True)
    )
    return Plan("graphs", _parameters(sources, selection, staged), inputs, graph_source, staged.tasks)


def _parameters(sources: tuple[Source, ...], selection: Selection, staged: Staged) -> dict[str, Any]:
    """What decides the content beside the inputs; stems of file names only where ids were made from them."""
    columns = selection.columns
    return {
        "formats": [source.format for source in sources],
        "caption_column": columns.caption,
        "image_column": columns.image,
        "id_column": columns.caption_id,
        "id_prefix": selection.id_prefix,
        "id_stems": [stem(source.uri) for source in sources] if staged.made_ids else None,
        "splits": None if selection.splits is None else sorted(selection.splits),
        "shard_rows": selection.shard_rows,
        "limit": selection.limit,
    }
