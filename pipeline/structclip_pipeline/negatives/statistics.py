"""Corpus statistics: counts of hashed n-grams in five folds of images, merged exactly, and their Parquet file."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from structclip_pipeline.negatives.contexts import CONTEXTS_KIND, KEYS
from structclip_pipeline.negatives.ngrams import NO_NGRAM, ORDER, Hashes, TokenBatch, batch_tokens, ngram_hashes
from structclip_schemas.errors import InputError

FOLDS = 5
KIND = "ngram-counts/2"
ENTRIES = 1 << 24
"""Most n-grams that are kept: a gigabyte of counts. Beyond it the rarest go first."""

_KIND_KEY, _PLAN_KEY, _CONTEXTS_KEY = "structclip.statistics", "structclip.plan_hash", "structclip.contexts"


@dataclass(frozen=True, slots=True, eq=False)
class NgramCounts:
    """
    Counts per n-gram and fold, by ascending hash; compared by identity, so that models of them can be kept.

    hashes: uint64 (N,), unique. orders: int8 (N,). suffixes, histories: uint64 (N,), the n-gram without its first and
    without its last token, ``NO_NGRAM`` for single tokens. counts: int64 (N, FOLDS).
    """

    hashes: Hashes
    orders: NDArray[np.int8]
    suffixes: Hashes
    histories: Hashes
    counts: NDArray[np.int64]

    def pick(self, rows: NDArray[Any], counts: NDArray[np.int64]) -> "NgramCounts":
        """The n-grams of some rows with other counts."""
        return NgramCounts(self.hashes[rows], self.orders[rows], self.suffixes[rows], self.histories[rows], counts)


def fold_of(image_id: str | None, caption_id: str) -> int:
    """The fold of a caption, by its image so that captions of one image share it; by its own id without an image."""
    key = caption_id if image_id is None else image_id
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % FOLDS


def count_ngrams(captions: Sequence[str], folds: Sequence[int]) -> NgramCounts:
    """Count the n-grams of orders 1 to 3 of captions, each in its fold."""
    batch = batch_tokens(captions)
    fold_of_text = np.asarray(folds, dtype=np.int64)
    parts = [_list_ngrams(batch, order, fold_of_text) for order in range(1, ORDER + 1)]
    found = NgramCounts(*(np.concatenate([part[k] for part in parts]) for k in range(5)))
    return _add_up(found)


def _list_ngrams(batch: TokenBatch, order: int, fold_of_text: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
    """The fields of NgramCounts for every occurrence of an n-gram of one order."""
    found, last = ngram_hashes(batch, order)
    suffix = history = np.full(len(found), NO_NGRAM)
    if order > 1:
        shorter, ends = ngram_hashes(batch, order - 1)
        suffix, history = (shorter[np.searchsorted(ends, last - back)] for back in (0, 1))
    once = np.zeros((len(found), FOLDS), np.int64)
    once[np.arange(len(found)), fold_of_text[batch.text[last]]] = 1
    return found, np.full(len(found), order, np.int8), suffix, history, once


def _add_up(found: NgramCounts) -> NgramCounts:
    """Each n-gram once, with the sum of its counts."""
    unique, rows, inverse = np.unique(found.hashes, return_index=True, return_inverse=True)
    counts = np.zeros((len(unique), FOLDS), dtype=np.int64)
    np.add.at(counts, inverse, found.counts)
    return found.pick(rows, counts)


def merge_counts(parts: Sequence[NgramCounts], entries: int = ENTRIES) -> NgramCounts:
    """The sum of several counts; when it holds more than ``entries`` n-grams, the rarest are dropped."""
    fields = [(p.hashes, p.orders, p.suffixes, p.histories, p.counts) for p in parts]
    return prune(_add_up(NgramCounts(*map(np.concatenate, zip(*fields, strict=True)))), entries)


def prune(counts: NgramCounts, entries: int) -> NgramCounts:
    """Keep at most ``entries`` n-grams: all above some count; which of equal counts stay is not left to chance."""
    if len(counts.hashes) <= entries:
        return counts
    totals = counts.counts.sum(axis=1)
    threshold = np.partition(totals, len(totals) - entries - 1)[len(totals) - entries - 1]
    kept = np.flatnonzero(totals > threshold)
    return counts.pick(kept, counts.counts[kept])


def write_counts(file: BinaryIO, counts: NgramCounts, plan_hash: str, contexts: pa.Table | None = None) -> None:
    """
    Write counts as Parquet: columns ``ngram``, ``order``, ``suffix``, ``history`` and one column a fold.

    Counts of words' contexts, where there are any, are rows below, with columns of their own; what a row does not have
    is null.
    """
    columns = {
        "ngram": pa.array(counts.hashes),
        "order": pa.array(counts.orders),
        "suffix": pa.array(counts.suffixes),
        "history": pa.array(counts.histories),
    }
    columns |= {f"fold_{k}": pa.array(counts.counts[:, k].astype(np.uint32)) for k in range(FOLDS)}
    table, metadata = pa.table(columns), {_KIND_KEY: KIND, _PLAN_KEY: plan_hash}
    if contexts is not None:
        table = pa.concat_tables([table, contexts], promote_options="default")
        metadata[_CONTEXTS_KEY] = CONTEXTS_KIND
    table = table.replace_schema_metadata(metadata)
    pq.write_table(table, file, compression="zstd", compression_level=3, use_dictionary=["suffix", "history"])


def read_counts(file: BinaryIO, where: str) -> NgramCounts:
    """Read what :func:`write_counts` wrote. Raises InputError when it is something else."""
    schema = _schema_of(file, where)
    fields = ("ngram", "order", "suffix", "history")
    table = pq.read_table(file, columns=[*fields, *(f"fold_{k}" for k in range(FOLDS))])
    if _CONTEXTS_KEY.encode() in (schema.metadata or {}):
        table = table.filter(table["ngram"].is_valid())
    counts = np.stack([table[f"fold_{k}"].to_numpy().astype(np.int64) for k in range(FOLDS)], axis=1)
    ngrams, orders, suffixes, histories = (table[name].to_numpy() for name in fields)
    return NgramCounts(ngrams, orders, suffixes, histories, counts)


def read_contexts(file: BinaryIO, where: str) -> pa.Table:
    """Read the counts of words' contexts: role, word, context, count. Raises InputError when the file has none."""
    schema = _schema_of(file, where)
    if (schema.metadata or {}).get(_CONTEXTS_KEY.encode(), b"").decode() != CONTEXTS_KIND:
        raise InputError(
            f"{where}: statistics without the contexts of words ({CONTEXTS_KIND!r}), which replace_attribute, "
            "replace_object, replace_relation and units choose words by. Give --statistics the statistics.parquet of a "
            "run with such a kind or units, or leave the option out to count the graphs' own."
        )
    table = pq.read_table(file, columns=[*KEYS, "count"])
    return table.filter(table["word"].is_valid())


def _schema_of(file: BinaryIO, where: str) -> pa.Schema:
    try:
        schema = pq.read_schema(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{where}: no readable Parquet file ({error}). Give --statistics the statistics.parquet that "
            "make-negatives writes beside its shards."
        ) from error
    _require_counts(schema, where)
    file.seek(0)
    return schema


def _require_counts(schema: pa.Schema, where: str) -> None:
    kind = (schema.metadata or {}).get(_KIND_KEY.encode(), b"").decode()
    if kind != KIND:
        raise InputError(
            f"{where}: statistics of kind {kind or 'unknown'!r}, wanted {KIND!r}. Give --statistics the "
            "statistics.parquet that make-negatives writes beside its shards."
        )


def plan_of(file: BinaryIO) -> str | None:
    """The plan whose counts a file holds, None when it is not readable."""
    try:
        metadata = pq.read_schema(file).metadata or {}
    except (pa.ArrowInvalid, OSError):
        return None
    plan: bytes | None = metadata.get(_PLAN_KEY.encode())
    return plan.decode() if plan is not None else None
