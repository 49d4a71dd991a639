"""import-negatives as plan and work: a foreign file becomes rows of the negatives table, its defects counted."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from structclip_pipeline.foreign.ce_clip import read_ce_clip
from structclip_pipeline.foreign.judging import Judged, Question, judge
from structclip_pipeline.foreign.negclip import read_negclip
from structclip_pipeline.foreign.records import ForeignRow, Reader
from structclip_pipeline.foreign.structure_clip import read_structure_clip
from structclip_pipeline.graphs import parser_of
from structclip_pipeline.negatives.true_of_image import assertions_of
from structclip_pipeline.parser import GraphParser
from structclip_pipeline.plan import QUARANTINED, LeftOut, Plan, ShardResult, ShardTask
from structclip_pipeline.shards import Work
from structclip_pipeline.sources.rows import Fault, SourceRow, fault_of
from structclip_pipeline.storage import absolute, describe, stem
from structclip_schemas.edits import folded_words
from structclip_schemas.errors import InputError
from structclip_schemas.graph import SceneGraph
from structclip_schemas.spans import graph_faults
from structclip_schemas.tables import row_from_record
from structclip_schemas.variant import CaptionRecord

READERS: dict[str, Reader] = {
    "negclip": read_negclip,
    "ce-clip": read_ce_clip,
    "structure-clip": read_structure_clip,
}
"""Foreign formats by the name they are imported under."""

SHARD_ROWS = 20_000
_NAMED = 5


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """A file read once: its rows, and the row numbers of each image."""

    rows: list[ForeignRow]
    of_image: Mapping[str, list[int]]


def rule_of(name: str) -> str:
    """Rule name and version of negatives imported under a name."""
    return f"import-{name}/1"


def plan_import(name: str, url: str, parser: str) -> Plan:
    """
    Plan the negatives dataset of a foreign file.

    Raises InputError for a file that is missing, empty or of another format, and for ids that occur twice.
    """
    rows = READERS[name](url)
    if not rows:
        raise InputError(f"{url}: holds no captions. Check that it was written to the end.")
    _require_unique(url, rows)
    payload = {"file": absolute(url), "sha256": describe(absolute(url)).sha256}
    tasks = tuple(
        ShardTask(index, min(SHARD_ROWS, len(rows) - start), {**payload, "start": start})
        for index, start in enumerate(range(0, len(rows), SHARD_ROWS))
    )
    parameters = {
        "import": name,
        "shard_rows": SHARD_ROWS,
        "id_stems": stem(url) if any(row.caption_id is None for row in rows) else None,
        "rules": [rule_of(name)],
    }
    source = {"uri": url, "sha256": payload["sha256"], "rows": len(rows)}
    return Plan("negatives", parameters, (source,), parser_of(parser).source, tasks)


def import_work(parser: str) -> Work:
    """The work function of import-negatives."""
    return partial(import_shard, parser)


def import_shard(spec: str, parameters: Mapping[str, Any], task: ShardTask) -> ShardResult:
    """
    Judge the negatives of a shard's captions and keep those that hold the contract; every caption keeps its row.

    Captions of a shard's images are read wherever in the file they stand, so that shards decide nothing.
    """
    name, url, start = parameters["import"], task.payload["file"], task.payload["start"]
    file, parser = _read_once(name, url, task.payload["sha256"]), parser_of(spec)
    numbers = range(start, start + task.count)
    faults = {n: _row_fault(file.rows[n], task.quarantined.get(n - start)) for n in numbers}
    graphs = _graphs(file, [n for n in numbers if faults[n] is None], parser)
    faults = {n: fault or _graph_fault(file.rows[n], graphs) for n, fault in faults.items()}
    sound = [n for n in numbers if faults[n] is None]
    judged = judge([_question(file, n, graphs) for n in sound], rule_of(name), parser.parse)
    records = [_record(url, file.rows[n], n, graphs, j, parser.source) for n, j in zip(sound, judged, strict=True)]
    return ShardResult(
        [row_from_record(record) for record in records],
        [_left_out(url, file.rows[n], n, fault) for n, fault in faults.items() if fault is not None],
        Counter(j.reason for j in judged if j.reason is not None),
        sum((j.counts for j in judged), Counter[str]()),
    )


@cache
def _read_once(name: str, url: str, _sha256: str) -> ForeignFile:
    """The rows of a file, read once a process for each content."""
    rows = READERS[name](url)
    of_image: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        if row.image_id is not None:
            of_image[row.image_id].append(number)
    return ForeignFile(rows, of_image)


def _graphs(file: ForeignFile, numbers: list[int], parser: GraphParser) -> dict[str, SceneGraph]:
    """The graphs of these rows' captions and of all captions of their images, each distinct one parsed once."""
    images = dict.fromkeys(file.rows[n].image_id for n in numbers)
    siblings = [k for image in images if image is not None for k in file.of_image[image] if _is_sound(file.rows[k])]
    captions = list(dict.fromkeys(file.rows[n].caption or "" for n in [*numbers, *siblings]))
    return dict(zip(captions, parser.parse(captions), strict=True)) if captions else {}


def _question(file: ForeignFile, number: int, graphs: Mapping[str, SceneGraph]) -> Question:
    row = file.rows[number]
    caption = row.caption or ""
    siblings = [k for k in file.of_image.get(row.image_id or "", ()) if k != number and _is_sound(file.rows[k])]
    texts = [file.rows[k].caption or "" for k in siblings] if row.negatives else []
    others = assertions_of((text, graphs[text]) for text in texts)
    return Question(caption, graphs[caption], row, _previous(file.rows, number), others)


def _previous(rows: list[ForeignRow], number: int) -> frozenset[tuple[str, ...]]:
    """Folded words of the negatives of the row before, unless it has the same caption."""
    if not number or folded_words(rows[number - 1].caption or "") == folded_words(rows[number].caption or ""):
        return frozenset()
    return frozenset(folded_words(negative.caption) for negative in rows[number - 1].negatives)


def _require_unique(url: str, rows: list[ForeignRow]) -> None:
    ids = Counter(row.caption_id for row in rows if row.caption_id is not None)
    twice = [own for own, count in ids.items() if count > 1]
    if twice:
        raise InputError(
            f"{url}: {len(twice):,} id(s) occur more than once, e.g. {', '.join(map(repr, twice[:_NAMED]))}. "
            "Wanted a unique id for every caption; mend the file."
        )


def _is_sound(row: ForeignRow) -> bool:
    return _row_fault(row, None) is None


def _row_fault(row: ForeignRow, quarantined: str | None) -> Fault | None:
    if quarantined is not None:
        return Fault(QUARANTINED, quarantined)
    return fault_of(SourceRow(row.caption, row.caption_id, row.image_id, row.image, unreadable=row.unreadable))


def _graph_fault(row: ForeignRow, graphs: Mapping[str, SceneGraph]) -> Fault | None:
    faults = graph_faults(row.caption or "", graphs[row.caption or ""])
    return Fault(QUARANTINED, f"the parser's graph: {faults[0]}") if faults else None


def _id(url: str, row: ForeignRow, number: int) -> str:
    return f"{stem(url)}-{number:012d}" if row.caption_id is None else row.caption_id


def _left_out(url: str, row: ForeignRow, number: int, fault: Fault) -> LeftOut:
    return LeftOut(_id(url, row, number), url.rsplit("/", 1)[-1], number, fault.reason, fault.detail)


def _record(
    url: str, row: ForeignRow, number: int, graphs: Mapping[str, SceneGraph], judged: Judged, source: str
) -> CaptionRecord:
    caption = row.caption or ""
    return CaptionRecord(
        caption_id=_id(url, row, number),
        image_id=row.image_id,
        image=row.image,
        split=None,
        caption=caption,
        graph=graphs[caption],
        graph_source=source,
        negatives=tuple(judged.variants),
    )
