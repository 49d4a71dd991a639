"""SugarCrepe++: two captions that mean the same must both beat a third."""

from dataclasses import replace
from typing import Any

from structclip_pipeline.benchmarks.items import Item, read_json, require, sound, sugarcrepe_item, text_of

NAME = "a SugarCrepe++ file"


def read_sugarcrepe_plus(url: str) -> list[Item]:
    """
    One of its five files: a list (or object) of {"filename", "caption", "caption2", "negative_caption"}.

    The group is the file's stem. Raises InputError when the file is missing or not of this format.
    """
    document = read_json(url, NAME)
    require(isinstance(document, list | dict), url, NAME, "wanted a list of objects", document)
    records = list(document.values()) if isinstance(document, dict) else document
    items = [_item(url, row, record) for row, record in enumerate(records)]
    return sound(url, NAME, "filename, caption, caption2, negative_caption", items)


def _item(url: str, row: int, record: Any) -> Item:
    values = record if isinstance(record, dict) else {}
    return replace(sugarcrepe_item(url, row, record), also_true=(text_of(values, "caption2"),))
