"""Corpus statistics: counts of hashed n-grams in five folds of images, merged exactly, and their Parquet file."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from structclip_pipeline.negatives.contexts import CONTEXTS_KIND, KEYS
from structclip_pipeline.negatives.ngrams import ORDER, TOTAL, Hashes, batch_tokens, ngram_hashes
from structclip_schemas.errors import InputError

FOLDS = 5
KIND = "ngram-counts/1"
ENTRIES = 1 << 24
"""Most n-grams that are kept: 470 MB of counts. Beyond it the rarest go first."""

_KIND_KEY, _PLAN_KEY, _CONTEXTS_KEY = "structclip.statistics", "structclip.plan_hash", "structclip.contexts"


@dataclass(frozen=True, slots=True)
class NgramCounts:
    """Counts per n-gram and fold. hashes: uint64 (N,), ascending, unique. counts: int64 (N, FOLDS)."""

    hashes: Hashes
    counts: NDArray[np.int64]


def fold_of(image_id: str | None, caption_id: str) -> int:
    """The fold of a caption, by its image so that captions of one image share it; by its own id without an image."""
    key = caption_id if image_id is None else image_id
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % FOLDS


def count_ngrams(captions: Sequence[str], folds: Sequence[int]) -> NgramCounts:
    """Count the n-grams of orders 1 to 3 of captions, each in its fold."""
    batch = batch_tokens(captions)
    fold_of_text = np.asarray(folds, dtype=np.int64)
    hashes, tokens_folds = [], []
    for order in range(1, ORDER + 1):
        found, last = ngram_hashes(batch, order)
        hashes.append(found)
        tokens_folds.append(fold_of_text[batch.text[last]])
    predicted = batch.position > 0
    hashes.append(np.full(int(predicted.sum()), TOTAL, dtype=np.uint64))
    tokens_folds.append(fold_of_text[batch.text[predicted]])
    return _tally(np.concatenate(hashes), np.concatenate(tokens_folds))


def _tally(hashes: Hashes, folds: NDArray[np.int64]) -> NgramCounts:
    unique, inverse = np.unique(hashes, return_inverse=True)
    flat = np.bincount(inverse * FOLDS + folds, minlength=len(unique) * FOLDS)
    return NgramCounts(unique, flat.reshape(len(unique), FOLDS).astype(np.int64))


def merge_counts(parts: Sequence[NgramCounts], entries: int = ENTRIES) -> NgramCounts:
    """The sum of several counts; when it holds more than ``entries`` n-grams, the rarest are dropped."""
    unique, inverse = np.unique(np.concatenate([p.hashes for p in parts]), return_inverse=True)
    counts = np.zeros((len(unique), FOLDS), dtype=np.int64)
    np.add.at(counts, inverse, np.concatenate([p.counts for p in parts]))
    return prune(NgramCounts(unique, counts), entries)


def prune(counts: NgramCounts, entries: int) -> NgramCounts:
    """Keep at most ``entries`` n-grams: all above some count; which of equal counts stay is not left to chance."""
    if len(counts.hashes) <= entries:
        return counts
    totals = counts.counts.sum(axis=1)
    threshold = np.partition(totals, len(totals) - entries - 1)[len(totals) - entries - 1]
    kept = totals > threshold
    kept |= counts.hashes == TOTAL
    return NgramCounts(counts.hashes[kept], counts.counts[kept])


def write_counts(file: BinaryIO, counts: NgramCounts, plan_hash: str, contexts: pa.Table | None = None) -> None:
    """
    Write counts as Parquet: column ``ngram`` and one column a fold.

    Counts of words' contexts, where there are any, are rows below, with columns of their own; what a row does not have
    is null.
    """
    columns = {"ngram": pa.array(counts.hashes)}
    columns |= {f"fold_{k}": pa.array(counts.counts[:, k].astype(np.uint32)) for k in range(FOLDS)}
    table, metadata = pa.table(columns), {_KIND_KEY: KIND, _PLAN_KEY: plan_hash}
    if contexts is not None:
        table = pa.concat_tables([table, contexts], promote_options="default")
        metadata[_CONTEXTS_KEY] = CONTEXTS_KIND
    table = table.replace_schema_metadata(metadata)
    pq.write_table(table, file, compression="zstd", compression_level=3, use_dictionary=False)


def read_counts(file: BinaryIO, where: str) -> NgramCounts:
    """Read what :func:`write_counts` wrote. Raises InputError when it is something else."""
    schema = _schema_of(file, where)
    table = pq.read_table(file, columns=["ngram", *(f"fold_{k}" for k in range(FOLDS))])
    if _CONTEXTS_KEY.encode() in (schema.metadata or {}):
        table = table.filter(table["ngram"].is_valid())
    hashes = table["ngram"].to_numpy()
    counts = np.stack([table[f"fold_{k}"].to_numpy().astype(np.int64) for k in range(FOLDS)], axis=1)
    return NgramCounts(hashes, counts)


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
