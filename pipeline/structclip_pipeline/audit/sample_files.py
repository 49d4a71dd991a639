"""audit sample from end to end: a dataset's variants drawn, written as sheet and page."""

from collections import defaultdict
from typing import Any

from structclip_pipeline.audit.page import render_page
from structclip_pipeline.audit.sampling import Sample, draw
from structclip_pipeline.audit.sheet import Line, sheet_text
from structclip_pipeline.audit.variants import COLUMN_OF, Listed, variants_of
from structclip_pipeline.storage import exists, join, publish_text, read_text
from structclip_pipeline.verification import variant_fault
from structclip_schemas.dataset import Dataset
from structclip_schemas.edits import Edit
from structclip_schemas.errors import ContractError, InputError
from structclip_schemas.variant import variant_from_row

SHEET_NAME, PAGE_NAME = "sheet.csv", "page.html"


def write_sample(
    dataset: Dataset, lists: tuple[str, ...], n: int, seed: int, output: str, *, overwrite: bool = False
) -> Sample:
    """
    Draw ``n`` variants of a dataset and write sheet.csv and page.html into the folder ``output``.

    The same arguments give the same bytes. Raises InputError when there is no variant, or when the folder has another
    sheet (somebody's answers may be in it) and ``overwrite`` is not given; ContractError when edits do not fit.
    """
    sample = draw(variants_of(dataset, lists), n, seed)
    if not sample.variants:
        names = " and ".join(COLUMN_OF[name] for name in lists)
        raise InputError(f"{dataset.location}: its {dataset.manifest.rows:,} rows hold no {names}. Nothing to read.")
    lines = read_lines(dataset, sample.variants)
    text = sheet_text(line for line, _ in lines)
    sheet = join(output, SHEET_NAME)
    if not overwrite and exists(sheet) and read_text(sheet) != text:
        raise InputError(
            f"{sheet}: another sheet, perhaps with answers in it. Choose another --output, or replace it with "
            "--overwrite."
        )
    title = f"Audit of {len(lines)} variants, seed {seed}"
    publish_text(join(output, PAGE_NAME), render_page(lines, title))
    publish_text(sheet, text)
    return sample


def read_lines(dataset: Dataset, chosen: tuple[Listed, ...]) -> list[tuple[Line, tuple[Edit, ...]]]:
    """The unanswered lines of chosen variants, in their order, with the edits that made them."""
    of_shard: dict[int, list[int]] = defaultdict(list)
    for place, variant in enumerate(chosen):
        of_shard[variant.shard].append(place)
    lines: dict[int, tuple[Line, tuple[Edit, ...]]] = {}
    for index, places in of_shard.items():
        shard = dataset.manifest.shards[index]
        table = dataset.read(shard, ["caption", *COLUMN_OF.values()])
        for place in places:
            row = table.slice(chosen[place].row, 1).to_pylist()[0]
            lines[place] = _line(row, chosen[place], dataset.path(shard))
    return [lines[place] for place in range(len(chosen))]


def _line(row: dict[str, Any], of: Listed, where: str) -> tuple[Line, tuple[Edit, ...]]:
    variant = variant_from_row(row[COLUMN_OF[of.list_name]][of.number])
    fault = variant_fault(row["caption"], variant)
    if fault:
        raise ContractError(f"{where}: caption {of.caption_id!r}: {fault}. Remake the dataset.")
    line = Line(of.caption_id, of.list_name, of.number, of.kind, variant.rule, row["caption"], variant.caption)
    return line, variant.edits
