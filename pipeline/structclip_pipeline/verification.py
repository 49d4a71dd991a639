"""Checking a finished dataset: shards against the manifest, spans, edits, images, the tally against rows left out."""

from collections import Counter
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from structclip_pipeline.pack.encoding import header_fault
from structclip_pipeline.sources.rows import Fault
from structclip_pipeline.storage import join, names_in, open_read
from structclip_pipeline.unit_faults import unit_fault
from structclip_schemas.dataset import Dataset, read_shard
from structclip_schemas.edits import apply_edits, undo_edits
from structclip_schemas.errors import ContractError
from structclip_schemas.manifest import Shard
from structclip_schemas.packed import caption_rows
from structclip_schemas.variant import Variant, unit_from_row, variant_from_row

VARIANT_COLUMNS = ["caption_id", "caption", "negatives", "positives", "units"]


def verify_dataset(dataset: Dataset, advance: Callable[[int], None]) -> None:
    """
    Check a whole dataset; ``advance`` is told the rows checked.

    Raises ContractError that names the file and the first thing that is wrong.
    """
    for shard in dataset.manifest.shards:
        _verify_shard(dataset, shard)
        advance(shard.rows)
    _verify_tally(dataset)


def variant_fault(caption: str, variant: Variant) -> str | None:
    """What is wrong with a variant's edits; None when they make the variant and undo it, or when there are none."""
    if not variant.edits:
        return None
    try:
        made, undone = apply_edits(caption, variant.edits), undo_edits(variant.caption, variant.edits)
    except ValueError as error:
        return str(error)
    if made != variant.caption:
        return f"its edits make {made!r}, not {variant.caption!r}"
    return None if undone == caption else f"its edits undone give {undone!r}, not {caption!r}"


def _verify_shard(dataset: Dataset, shard: Shard) -> None:
    try:
        dataset.verify(shard)
    except FileNotFoundError as error:
        raise ContractError(
            f"{dataset.path(shard)}: missing, though the manifest lists it. Copy it again or remake the dataset."
        ) from error
    if dataset.manifest.table in ("negatives", "benchmark"):
        _verify_variants(dataset.read(shard, VARIANT_COLUMNS), dataset.path(shard))
    if dataset.manifest.table == "packed":
        packed = dataset.read(shard)
        _verify_pixels(packed, dataset.path(shard))
        _verify_variants(caption_rows(packed).select(VARIANT_COLUMNS), dataset.path(shard))


def _verify_pixels(packed: pa.Table, where: str) -> None:
    """Every row has an image that opens, and at least one caption."""
    captions = pc.list_value_length(packed.column("captions")).to_pylist()
    contents = pc.struct_field(packed.column("pixels"), "bytes")
    for row, (content, count) in enumerate(zip(contents, captions, strict=True)):
        fault = header_fault(content.as_py() or b"") if count else Fault("no-captions", "no captions")
        if fault:
            raise ContractError(f"{where}: row {row:,}: {fault.detail}. Remake the dataset.")


def _verify_variants(table: pa.Table, where: str) -> None:
    for batch in table.to_batches():
        for row in batch.to_pylist():
            for variant in map(variant_from_row, (*row["negatives"], *row["positives"])):
                fault = variant_fault(row["caption"], variant)
                if fault:
                    raise ContractError(
                        f"{where}: caption {row['caption_id']!r}, a variant of rule {variant.rule}: "
                        f"{fault}. Remake the dataset."
                    )
            for unit in map(unit_from_row, row["units"]):
                fault = unit_fault(row["caption"], unit)
                if fault:
                    raise ContractError(
                        f"{where}: caption {row['caption_id']!r}, the unit {unit.text!r}: {fault}. Remake the dataset."
                    )


def _verify_tally(dataset: Dataset) -> None:
    """Rows left out must be as many, by reason, as the manifest's tally says."""
    stated = dict(dataset.manifest.tally)
    if stated.pop("kept", 0) != dataset.manifest.rows:
        raise ContractError(f"{dataset.location}: the tally's kept is not the number of rows. Remake the dataset.")
    found: Counter[str] = Counter()
    for name in names_in(dataset.location):
        if name.startswith("left_out-") and name.endswith(".parquet"):
            where = join(dataset.location, name)
            with open_read(where) as file:
                found.update(read_shard(file, where, "left_out", ["reason"]).column("reason").to_pylist())
    if found != Counter(stated):
        raise ContractError(
            f"{dataset.location}: left_out files hold {dict(found)}, the tally says {stated}. Remake the dataset."
        )
