"""Reading the sources once: ids, faults, shard bounds, and the rows of each shard put where its task finds them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import pyarrow as pa

from structclip_pipeline.ids import Ids
from structclip_pipeline.plan import ShardTask
from structclip_pipeline.shards import UNFINISHED, storable
from structclip_pipeline.sources.faults import empty_source
from structclip_pipeline.sources.formats import GROUPED, READERS, detect_format, mark_of
from structclip_pipeline.sources.rows import Columns, Fault, SourceRow, fault_of
from structclip_pipeline.storage import expand, is_folder, join, names_in, open_read, publish, remove, stem
from structclip_schemas.errors import InputError

STAGED = pa.schema(
    [
        pa.field("caption_id", pa.string()),
        pa.field("image_id", pa.string()),
        pa.field("image", pa.string()),
        pa.field("split", pa.string()),
        pa.field("caption", pa.string()),
        pa.field("source", pa.string()),
        pa.field("row", pa.int64()),
        pa.field("reason", pa.string()),
        pa.field("detail", pa.string()),
    ]
)
"""A row as a task reads it; one with a ``reason`` is left out for it."""

_NAMED = 5
_TEXTS = ("image_id", "image", "split", "caption")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is read from the sources and how it is cut; all of it decides the dataset's content."""

    format: str = "auto"
    columns: Columns = field(default_factory=Columns)
    id_prefix: str | None = None
    splits: tuple[str, ...] | None = None
    shard_rows: int = 20_000
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One input: as the user gave it, its format, and its sha256 or its size and ETag as the manifest has them."""

    uri: str
    format: str
    mark: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Staged:
    """
    The sources read: tasks in order, rows read by source, splits met.

    ``made_ids`` is True when some ids were made from file names.
    """

    tasks: tuple[ShardTask, ...]
    rows: tuple[int, ...]
    splits: frozenset[str | None]
    made_ids: bool


def open_sources(uris: tuple[str, ...], selection: Selection) -> tuple[Source, ...]:
    """
    Expand patterns, find each file's format and hash it.

    Raises InputError for what is missing, a folder of no known kind, empty, or unknown.
    """
    return tuple(_open_source(found, selection) for uri in uris for found in expand(uri))


def _open_source(uri: str, selection: Selection) -> Source:
    kind = selection.format
    if is_folder(uri) and kind not in ("auto", "hf"):
        raise InputError(f"{uri}: is a folder, wanted a file of format {kind}.")
    try:
        kind = detect_format(uri) if kind == "auto" else kind
        return Source(uri, kind, mark_of(uri, kind, selection.columns))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{uri}: no such file. Check the path or URL.") from error
    except OSError as error:
        raise InputError(
            f"{uri}: cannot be read ({error}). Check the path, its permissions and the network."
        ) from error


def stage(sources: tuple[Source, ...], selection: Selection, folder: str | None) -> Staged:
    """
    Read every row and write each shard's rows as an Arrow file into the output folder's place for unfinished work.

    Memory holds one shard and the set of ids. ``folder`` None reads and counts without writing. Raises InputError for
    a file that is not of its format, duplicate ids (five are named), a source without rows, and splits never met.
    """
    reading = _Reading(sources, selection)
    shard: list[dict[str, Any]] = []
    tasks: list[ShardTask] = []
    for index, group in _limited(_groups(sources, selection.columns), selection.limit):
        if shard and len(shard) + len(group) > selection.shard_rows:
            tasks.append(_staged_task(len(tasks), shard, folder))
            shard = []
        shard += [reading.staged(row, index) for row in group]
    if shard:
        tasks.append(_staged_task(len(tasks), shard, folder))
    staged = Staged(tuple(tasks), tuple(reading.rows), frozenset(reading.splits), reading.made_ids)
    _check(sources, selection, reading.ids, staged)
    return staged


def read_staged(url: str) -> list[dict[str, Any]]:
    """The staged rows of a shard."""
    with open_read(url) as file:
        rows: list[dict[str, Any]] = pa.ipc.open_file(file).read_all().to_pylist()
    return rows


def publish_staged(folder: str, index: int, table: pa.Table) -> str:
    """Write what a task works on into the output folder's place for unfinished work; its URL, for ``read_staged``."""
    url = join(folder, f"{UNFINISHED}/rows-{index:05d}.arrow")
    publish(url, lambda file: _write_arrow(file, table))
    return url


def discard_staged(folder: str) -> None:
    """Remove staged rows after an input error, and the folders when nothing else is in them."""
    unfinished = join(folder, UNFINISHED)
    for name in names_in(unfinished):
        if name.startswith("rows-"):
            remove(join(unfinished, name))
    for empty in (unfinished, folder):
        if is_folder(empty) and not names_in(empty):
            remove(empty)


def _names(sources: tuple[Source, ...]) -> list[str]:
    """File names as left_out rows give them, numbered when two files have the same."""
    names = [source.uri.rstrip("/").rsplit("/", 1)[-1] for source in sources]
    return [f"{index}:{name}" if names.count(name) > 1 else name for index, name in enumerate(names)]


class _Reading:
    """What reading the sources has met so far."""

    def __init__(self, sources: tuple[Source, ...], selection: Selection) -> None:
        self.names = _names(sources)
        self.stems = [stem(source.uri) for source in sources]
        self.splits_wanted = selection.splits
        self.ids = Ids(selection.id_prefix)
        self.rows = [0] * len(sources)
        self.splits: set[str | None] = set()
        self.made_ids = False

    def staged(self, row: SourceRow, index: int) -> dict[str, Any]:
        """The next row of source ``index`` as it is staged."""
        number = self.rows[index]
        self.rows[index] += 1
        self.splits.add(row.split)
        self.made_ids |= row.caption_id is None
        own = f"{self.stems[index]}-{number:012d}" if row.caption_id is None else row.caption_id
        fault = fault_of(row) or _other_split(row, self.splits_wanted)
        texts = {name: getattr(row, name) if fault is None else None for name in _TEXTS}
        return {
            "caption_id": storable(self.ids.give(own)),
            **texts,
            "source": storable(self.names[index]),
            "row": number,
            "reason": fault.reason if fault else None,
            "detail": storable(fault.detail) if fault else None,
        }


def _groups(sources: tuple[Source, ...], columns: Columns) -> Iterator[tuple[int, list[SourceRow]]]:
    """Rows that must stay in one shard, together: an image's in grouped formats, each alone in the others."""
    for index, source in enumerate(sources):
        for key, group in groupby(READERS[source.format](source.uri, columns), key=lambda row: row.image_id):
            if source.format in GROUPED and key is not None:
                yield index, list(group)
            else:
                yield from ((index, [row]) for row in group)


def _limited(groups: Iterable[tuple[int, list[SourceRow]]], limit: int | None) -> Iterator[tuple[int, list[SourceRow]]]:
    if limit is None:
        yield from groups
        return
    left = limit
    for index, group in groups:
        yield index, group[:left]
        left -= len(group)
        if left <= 0:
            return


def _other_split(row: SourceRow, splits: tuple[str, ...] | None) -> Fault | None:
    if splits is None or row.split in splits:
        return None
    return Fault("other-split", row.split or "")


def _staged_task(index: int, shard: list[dict[str, Any]], folder: str | None) -> ShardTask:
    if folder is None:
        return ShardTask(index, len(shard), {})
    url = publish_staged(folder, index, pa.Table.from_pylist(shard, schema=STAGED))
    return ShardTask(index, len(shard), {"rows": url})


def _write_arrow(file: Any, table: pa.Table) -> None:
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _check(sources: tuple[Source, ...], selection: Selection, ids: Ids, staged: Staged) -> None:
    if ids.duplicates:
        named = ", ".join(repr(storable(name)) for name in list(ids.duplicates)[:_NAMED])
        raise InputError(
            f"{sources[0].uri if len(sources) == 1 else 'the sources'}: {len(ids.duplicates):,} caption id(s) occur "
            f"more than once: {named}. Name another --id-column, or number repeated ids with --id-prefix."
        )
    if selection.limit is None:
        for source, rows in zip(sources, staged.rows, strict=True):
            if not rows:
                raise empty_source(source.uri)
    if selection.splits is not None and not staged.splits & set(selection.splits):
        found = ", ".join(sorted(storable(s) for s in staged.splits if s is not None)) or "none"
        raise InputError(f"--split {','.join(selection.splits)}: no row has such a split; found {found}.")
