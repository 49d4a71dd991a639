"""SugarCrepe++: two captions that mean the same must both beat a third."""

from typing import Any

from structclip_pipeline.benchmarks.items import Item, coco_id, read_json, require, row_id, sound, text_of
from structclip_pipeline.storage import stem

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
    image = text_of(values, "filename")
    return Item(
        item_id=row_id(url, row),
        image=image,
        image_id=coco_id(image),
        split=None,
        group=stem(url),
        true_caption=text_of(values, "caption"),
        false_captions=(text_of(values, "negative_caption"),),
        also_true=(text_of(values, "caption2"),),
    )
