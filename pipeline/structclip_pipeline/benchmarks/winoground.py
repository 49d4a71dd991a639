"""Winoground: two pictures and two captions in the same words, each caption true of one picture."""

import json
from pathlib import PurePosixPath
from typing import Any

from structclip_pipeline.benchmarks.items import Item, read_document_text, require, sound, text_of
from structclip_pipeline.sources.rows import as_text
from structclip_schemas.errors import InputError

NAME = "Winoground's examples.jsonl"


def read_winoground(url: str) -> list[Item]:
    """
    Lines (or a list) of {"id", "image_0", "image_1", "caption_0", "caption_1", "tag"}, two items of each.

    Both have the id as ``pair_id``; the group is the tag. Names of images without an ending are ".png", as in its
    archive. Raises InputError when the file is missing or not of this format.
    """
    items = [_item(row, record, side) for row, record in enumerate(_records(url)) for side in (0, 1)]
    return sound(url, NAME, "image_0, image_1, caption_0, caption_1", items)


def _records(url: str) -> list[Any]:
    text = read_document_text(url, NAME)
    try:
        if text.lstrip().startswith("["):
            records = json.loads(text)
        else:
            records = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{url}: not {NAME} (not JSON: {error}). Check that this is the right file.") from error
    require(isinstance(records, list), url, NAME, "wanted lines or a list of objects", records)
    return list(records)


def _item(row: int, record: Any, side: int) -> Item:
    values = record if isinstance(record, dict) else {}
    number = as_text(values.get("id")) or str(row)
    image = text_of(values, f"image_{side}")
    if image and not PurePosixPath(image).suffix:
        image = f"{image}.png"
    return Item(
        item_id=f"{number}-{side}",
        image=image,
        image_id=f"{number}-{side}",
        split=None,
        group=text_of(values, "tag"),
        true_caption=text_of(values, f"caption_{side}"),
        false_captions=(text_of(values, f"caption_{1 - side}"),),
        pair_id=number,
    )
