"""prepare-benchmark as plan and work: a benchmark's own file becomes rows of the benchmark table."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from structclip_pipeline.benchmarks.formats import NAMED_BY_FILE, READERS
from structclip_pipeline.benchmarks.items import Item
from structclip_pipeline.benchmarks.pictures import picture_fault, require_root
from structclip_pipeline.graphs import parser_of
from structclip_pipeline.parser import GraphParser
from structclip_pipeline.plan import QUARANTINED, LeftOut, Plan, ShardResult, ShardTask
from structclip_pipeline.shards import Work, storable
from structclip_pipeline.sources.rows import Fault, SourceRow, fault_of
from structclip_pipeline.storage import absolute, describe, stem
from structclip_schemas.edits import folded_words
from structclip_schemas.errors import InputError
from structclip_schemas.graph import SceneGraph
from structclip_schemas.spans import graph_faults
from structclip_schemas.tables import row_from_record
from structclip_schemas.variant import CaptionRecord, Variant

RULE = "benchmark/1"
SHARD_ITEMS = 1_000
_NAMED = 5


def plan_benchmark(name: str, url: str, images: str, parser: str) -> Plan:
    """
    Plan the dataset of a benchmark's file.

    Raises InputError for a missing image root, a file that is not of the benchmark's format, ids that occur twice.
    """
    require_root(images)
    items = READERS[name](url)
    _require_unique(url, items)
    payload = {"file": absolute(url), "sha256": describe(url).sha256}
    tasks = tuple(
        ShardTask(index, min(SHARD_ITEMS, len(items) - start), {**payload, "start": start})
        for index, start in enumerate(range(0, len(items), SHARD_ITEMS))
    )
    source = {"uri": url, "sha256": payload["sha256"], "rows": len(items)}
    stems = stem(url) if name in NAMED_BY_FILE else None
    parameters = {"benchmark": name, "shard_rows": SHARD_ITEMS, "id_stems": stems}
    return Plan("benchmark", parameters, (source,), parser_of(parser).source, tasks)


def benchmark_work(images: str, parser: str) -> Work:
    """The work function of prepare-benchmark."""
    return partial(prepare_shard, absolute(images), parser)


def prepare_shard(images: str, parser: str, parameters: Mapping[str, Any], task: ShardTask) -> ShardResult:
    """Check the pictures of a shard's items and parse both captions of each; what cannot be used is left out."""
    name, url, start = parameters["benchmark"], task.payload["file"], task.payload["start"]
    items = _read_once(name, url, task.payload["sha256"])[start : start + task.count]
    check = cache(partial(picture_fault, images))
    faults = [_fault(item, check, task.quarantined.get(row)) for row, item in enumerate(items)]
    sound = [item for item, fault in zip(items, faults, strict=True) if fault is None]
    graphs = _parse(parser_of(parser), sound)
    result = ShardResult([])
    for row, (item, fault) in enumerate(zip(items, faults, strict=True)):
        fault = fault or _graph_fault(item, graphs)
        if fault is None:
            result.rows.append(_row(name, item, graphs, parser_of(parser).source))
        else:
            source = storable(url.rsplit("/", 1)[-1])
            left = LeftOut(storable(item.item_id), source, start + row, fault.reason, storable(fault.detail))
            result.left_out.append(left)
    return result


@cache
def _read_once(name: str, url: str, _sha256: str) -> list[Item]:
    """The items of a file, read once a process for each content."""
    return READERS[name](url)


def _require_unique(url: str, items: list[Item]) -> None:
    twice = [item_id for item_id, count in Counter(item.item_id for item in items).items() if count > 1]
    if twice:
        raise InputError(
            f"{url}: {len(twice)} id(s) occur more than once, e.g. {', '.join(map(repr, twice[:_NAMED]))}. "
            "Wanted a unique id for every item; mend the file."
        )


def _fault(item: Item, check: Callable[[str | None], Fault | None], quarantined: str | None) -> Fault | None:
    """The first reason to leave an item out before it is parsed; ``check`` tells what is wrong with its picture."""
    if quarantined is not None:
        return Fault(QUARANTINED, quarantined)
    identity = (item.item_id, item.image_id, item.image, item.split)
    for caption in item.captions:
        if fault := fault_of(SourceRow(caption, *identity)):
            return fault
    if item.crop is not None and (min(item.crop[:2]) < 0 or min(item.crop[2:]) < 1):
        return Fault("faulty-crop", f"left, top, width, height: {item.crop}")
    true = {folded_words(text or "") for text in (item.true_caption, *item.also_true)}
    said = next((text for text in item.false_captions if folded_words(text or "") in true), None)
    if said is not None or not item.false_captions:
        return Fault("same-words", said or "no false caption is left that differs from the true one")
    return check(item.image)


def _parse(parser: GraphParser, items: list[Item]) -> dict[str, SceneGraph]:
    captions = list(dict.fromkeys(text for item in items for text in _captions(item)))
    return dict(zip(captions, parser.parse(captions), strict=True)) if captions else {}


def _captions(item: Item) -> list[str]:
    """The captions of a sound item, which lacks none."""
    return [text or "" for text in item.captions]


def _graph_fault(item: Item, graphs: Mapping[str, SceneGraph]) -> Fault | None:
    faults = [fault for caption in _captions(item) for fault in graph_faults(caption, graphs[caption])]
    return Fault(QUARANTINED, f"the parser's graph: {faults[0]}") if faults else None


def _row(name: str, item: Item, graphs: Mapping[str, SceneGraph], graph_source: str) -> dict[str, Any]:
    true = item.true_caption or ""
    record = CaptionRecord(
        caption_id=item.item_id,
        image_id=item.image_id,
        image=item.image,
        split=item.split,
        caption=true,
        graph=graphs[true],
        graph_source=graph_source,
        negatives=tuple(_variant(name, text or "", graphs) for text in item.false_captions),
        positives=tuple(_variant(name, text or "", graphs) for text in item.also_true),
    )
    crop = None if item.crop is None else dict(zip(("left", "top", "width", "height"), item.crop, strict=True))
    return row_from_record(record, crop=crop, group=item.group, pair_id=item.pair_id)


def _variant(name: str, caption: str, graphs: Mapping[str, SceneGraph]) -> Variant:
    return Variant(
        caption=caption,
        kind=f"benchmark:{name}",
        triples=graphs[caption].triples(),
        edits=(),
        left=None,
        right=None,
        rule=RULE,
    )
